// The 24-hour strip: one stop of the Tab key, arrow keys between cells, the cell told in words.
(() => {
  "use strict";

  const cellsOf = (row) => [...row.querySelectorAll(".cell")];
  const readout = () => document.querySelector(".strip-readout");

  const tell = (cell) => {
    const line = readout();
    if (line) line.textContent = cell ? cell.title : "";
  };

  const prepare = () => {
    for (const strip of document.querySelectorAll("[data-strip]")) {
      strip.querySelectorAll(".cell").forEach((cell, place) => {
        cell.tabIndex = place === 0 ? 0 : -1;
      });
    }
  };

  const neighbour = (cell, key) => {
    const row = cell.closest("tr");
    const column = cellsOf(row).indexOf(cell);
    if (key === "ArrowRight") return cellsOf(row)[column + 1];
    if (key === "ArrowLeft") return cellsOf(row)[column - 1];
    if (key === "Home") return cellsOf(row)[0];
    if (key === "End") return cellsOf(row).at(-1);
    const other = key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
    return other ? cellsOf(other)[column] : null;
  };

  const keys = ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Home", "End"];
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.(".cell");
    if (!cell || !keys.includes(event.key)) return;
    event.preventDefault();
    const next = neighbour(cell, event.key);
    if (!next) return;
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  document.addEventListener("mouseover", (event) => {
    if (event.target.closest("[data-strip]")) tell(event.target.closest(".cell"));
  });
  document.addEventListener("mouseout", (event) => {
    if (event.target.matches?.(".cell")) tell(null);
  });
  document.addEventListener("focusin", (event) => tell(event.target.closest?.(".cell")));
  document.addEventListener("DOMContentLoaded", prepare);
  document.addEventListener("htmx:afterSettle", prepare);
})();
