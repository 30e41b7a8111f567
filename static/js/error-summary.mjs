// After a refused form the focus goes to the summary; its links go to the field, not only to its place.
export function start(summary) {
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const control = link && document.getElementById(link.hash.slice(1));
    if (control) {
      event.preventDefault();
      (control.closest(".field") ?? control).scrollIntoView();
      control.focus({ preventScroll: true });
    }
  });
}
