// Closes an open <details> menu on Escape and on a click elsewhere.
export function start(details) {
  document.addEventListener("click", (event) => {
    if (details.open && !details.contains(event.target)) {
      details.open = false;
    }
  });
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.open) {
      details.open = false;
      details.querySelector("summary").focus();
    }
  });
}
