// How many candidates are ticked; the boxes work without it.
(() => {
  const form = document.querySelector("[data-count-ticks]");
  const told = form && form.querySelector("[data-ticks]");
  if (!told) return;
  const count = () => {
    const boxes = [...form.querySelectorAll("input[name=candidates]")];
    const chosen = boxes.filter((box) => box.checked).length;
    told.textContent = told.dataset.ticks.replace("{chosen}", chosen).replace("{total}", boxes.length);
  };
  form.addEventListener("change", () => window.setTimeout(count));
  window.addEventListener("pageshow", count);
  count();
})();
