// Light, dark, or as the device: set before the page is painted, kept in this browser.
(() => {
  "use strict";
  const root = document.documentElement;

  const kept = () => {
    try {
      return localStorage.getItem("theme") || "auto";
    } catch {
      return "auto";
    }
  };

  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };

  const mark = (theme) => {
    for (const button of document.querySelectorAll("[data-theme-value]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeValue === theme));
    }
  };

  const choose = (theme) => {
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // A browser that keeps nothing still shows the choice on this page.
    }
    apply(theme);
    mark(theme);
    document.dispatchEvent(new CustomEvent("themechange"));
  };

  apply(kept());
  document.addEventListener("DOMContentLoaded", () => mark(kept()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-value]");
    if (button) choose(button.dataset.themeValue);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.dispatchEvent(new CustomEvent("themechange"));
  });

  // Paper is white, whatever the screen is.
  addEventListener("beforeprint", () => apply("light"));
  addEventListener("afterprint", () => apply(kept()));

  // An open menu closes by Escape or a click beside it.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open], details.derivation[open]")) {
      if (!menu.contains(except)) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus(null);
  });
})();
