// A box above a long list of choices: what is typed there hides the choices that do not contain it.
// The list itself stays an ordinary <select data-module="filter-select" data-hint="…">.
const WORTH_IT = 12;

export function start(select) {
  if (select.options.length < WORTH_IT) {
    return;
  }
  const all = [...select.options];
  const box = document.createElement("input");
  box.type = "search";
  box.className = "form-control filter-select";
  box.placeholder = select.dataset.hint ?? "";
  box.setAttribute("aria-label", select.dataset.hint ?? "");
  box.setAttribute("aria-controls", select.id);
  box.autocomplete = "off";
  select.before(box);

  box.addEventListener("input", (event) => {
    if (event.isComposing) {
      return; // the letters of an unfinished Chinese word find nothing
    }
    const words = box.value.trim().toLowerCase();
    const chosen = select.value;
    const kept = all.filter((option) => !words || !option.value || option.value === chosen || option.text.toLowerCase().includes(words));
    select.replaceChildren(...kept);
    select.value = chosen;
    const hits = kept.filter((option) => option.value && option.text.toLowerCase().includes(words));
    if (words && hits.length === 1) {
      select.value = hits[0].value;
      select.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  box.addEventListener("compositionend", () => box.dispatchEvent(new Event("input")));
}
