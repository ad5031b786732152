/* The list of cases by keyboard: j and k go down and up, x chooses, Enter opens. What is chosen
   stays chosen when the list renews itself. */
"use strict";
(() => {
  const chosen = new Set();
  const rows = () => [...document.querySelectorAll("#alerts tbody tr")];
  const box = (row) => row.querySelector("input[name=alert]");
  const here = () => rows().findIndex((row) => row.contains(document.activeElement));

  function count() {
    const place = document.getElementById("chosen");
    if (place) place.textContent = chosen.size ? `(${chosen.size})` : "";
  }

  function go(step) {
    const all = rows();
    if (!all.length) return;
    const at = here();
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    all[next].querySelector(".row-link").focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "x" && here() >= 0) {
      const one = box(rows()[here()]);
      if (one) one.click();
    } else return;
    event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("#alerts input[name=alert]")) return;
    if (event.target.checked) chosen.add(event.target.value);
    else chosen.delete(event.target.value);
    count();
  });

  document.addEventListener("htmx:afterSwap", () => {
    for (const row of rows()) {
      const one = box(row);
      if (one) one.checked = chosen.has(one.value);
    }
  });
})();
