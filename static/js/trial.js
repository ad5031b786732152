// Trying a rule: the list narrows while one types; a mistake shows the line that it names.
(() => {
  "use strict";
  const search = document.querySelector("[data-trial-search]");
  if (search) {
    const rows = [...document.querySelectorAll("[data-trial]")];
    const found = document.querySelector("[data-trial-found]");
    search.addEventListener("input", () => {
      const words = search.value.trim().toLocaleLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLocaleLowerCase().includes(words);
      for (const chapter of document.querySelectorAll(".trial-chapter")) {
        chapter.hidden = !chapter.querySelector("[data-trial]:not([hidden])");
      }
      if (found) found.textContent = rows.filter((row) => !row.hidden).length;
    });
  }
  const mistake = document.querySelector("[data-wrong-line]");
  const text = document.querySelector(".trial-text");
  if (mistake && text) {
    const lines = text.value.split("\n");
    const line = Number(mistake.dataset.wrongLine) - 1;
    const start = lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line] || "").length);
    text.scrollTop = Math.max(line - 5, 0) * parseFloat(getComputedStyle(text).lineHeight);
  }
})();
