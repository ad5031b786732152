// One box chooses all the others of its form.
(() => {
  "use strict";
  const all = document.querySelector("[data-choose-all]");
  if (!all) return;
  const others = all.form.querySelectorAll("input[name=station]");
  all.addEventListener("change", () => others.forEach((box) => { box.checked = all.checked; }));
})();
