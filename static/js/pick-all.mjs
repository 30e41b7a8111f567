// A box in a table's head that ticks every row of this page, and the count of what is ticked in the batch bar.
export function start(box) {
  const form = box.form ?? box.closest("form");
  const rows = () => [...form.querySelectorAll(".pick input[type='checkbox']")].filter((other) => other !== box);
  const count = form.querySelector("[data-part='picked']");
  const show = () => {
    const ticked = rows().filter((row) => row.checked).length;
    box.checked = ticked > 0 && ticked === rows().length;
    box.indeterminate = ticked > 0 && ticked < rows().length;
    if (count) {
      count.textContent = String(ticked);
    }
  };
  box.addEventListener("change", () => {
    rows().forEach((row) => (row.checked = box.checked));
    show();
  });
  form.addEventListener("change", show);
  show();
}
