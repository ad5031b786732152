"""Whether a page fits its reader's screen, and if not, which part of it sticks out."""

from __future__ import annotations

from playwright.sync_api import Page

STICKING_OUT = """() => {
  const edge = document.documentElement.clientWidth + 0.5;
  const beyond = (part) => {
    const box = part.getBoundingClientRect();
    return box.width > 0 && box.right > edge && part.checkVisibility();
  };
  const cut = (part) => {
    for (let above = part; above && above !== document.body; above = above.parentElement) {
      const style = getComputedStyle(above);
      if (style.clipPath !== "none") return true;
      if (above !== part && style.overflowX !== "visible") return true;
    }
    return false;
  };
  const told = (part) => {
    const box = part.getBoundingClientRect();
    const name = [part.tagName.toLowerCase(), ...part.classList].join(".");
    const words = part.textContent.trim().replace(/\\s+/g, " ").slice(0, 80);
    return `${name} from ${Math.round(box.left)} to ${Math.round(box.right)} px: ${words}`;
  };
  return [...document.querySelectorAll("body *")]
    .filter((part) => beyond(part) && !cut(part) && ![...part.children].some(beyond))
    .map(told);
}"""
"""The innermost parts that pass the right edge, save those that a part around them cuts off."""

WORDIER = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walk.nextNode()) texts.push(walk.currentNode);
  for (const text of texts) {
    const said = text.data.trim();
    const mute = text.parentElement.closest("script, style, svg, option, textarea");
    if (said && !mute) text.data = `${said} ${said}`;
  }
  for (const name of document.querySelectorAll("main :is(h2, th, p, dd, li) a, main h1")) {
    name.append("Côngtytráchnhiệmhữuhạnmộtthànhviênkhôngngắtquãng");
  }
  document.body.classList.add("is-stale", "is-offline");
  for (const drawer of document.querySelectorAll("details")) drawer.open = true;
}"""
"""The same page with twice as many words, names without a space, every drawer open, grown old."""


def sticking_out(page: Page) -> list[str]:
    """What reaches beyond the right edge, told so that one finds it; the page itself if nothing
    visible does and it can be pushed sideways all the same."""
    found: list[str] = page.evaluate(STICKING_OUT)
    widest, screen = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    if widest > screen and not found:
        found = [f"the page is {widest} px wide, the screen {screen}"]
    return found


def make_wordier(page: Page) -> None:
    """As if everything had longer names, and it were the hour with the longest way to say it."""
    page.evaluate(WORDIER)
