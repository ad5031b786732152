// Parts that renew themselves (htmx): what changed is tinted, what was open stays open,
// nothing moves under a reader's hands, and old numbers are seen to be old.
(() => {
  "use strict";
  const texts = new Map();
  const opened = new Set();

  const rows = (part) => part.querySelectorAll("[data-live]");
  const said = (row) => row.textContent.replace(/\s+/g, " ").trim();
  const nameOf = (part, row) => `${part.id}/${row.dataset.live}`;

  const remember = () => {
    for (const part of document.querySelectorAll(".live")) {
      for (const row of rows(part)) texts.set(nameOf(part, row), said(row));
    }
    opened.clear();
    for (const drawer of document.querySelectorAll(".live details[open][id]")) opened.add(drawer.id);
  };

  const tintChanges = () => {
    for (const part of document.querySelectorAll(".live")) {
      for (const row of rows(part)) {
        if (texts.get(nameOf(part, row)) === said(row)) continue;
        row.classList.add("changed");
        setTimeout(() => row.classList.remove("changed"), 2000);
      }
    }
    for (const id of opened) {
      const drawer = document.getElementById(id);
      if (drawer) drawer.open = true;
    }
  };

  const inUse = (part) =>
    part.contains(document.activeElement) || part.querySelector("details.derivation[open]") !== null;

  const lookAtAge = () => {
    const freshness = document.getElementById("freshness-now");
    if (!freshness || !freshness.dataset.received) return;
    const age = (Date.now() - Date.parse(freshness.dataset.received)) / 1000;
    document.body.classList.toggle("is-stale", age > Number(freshness.dataset.staleAfter));
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    const polled = event.detail.elt.matches(".live");
    if (polled && (document.hidden || inUse(event.detail.elt))) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", remember);
  document.addEventListener("htmx:afterSettle", () => {
    tintChanges();
    lookAtAge();
    document.body.classList.remove("is-offline");
  });
  for (const trouble of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(trouble, () => document.body.classList.add("is-offline"));
  }
  document.addEventListener("DOMContentLoaded", lookAtAge);
  setInterval(lookAtAge, 15000);
})();
