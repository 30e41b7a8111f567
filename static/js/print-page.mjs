// Shows a button that opens the browser's own print window; without scripts the browser's menu does the same.
export function start(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
