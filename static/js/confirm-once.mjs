// Stops a second click on a submit button while the first is on its way.
// The server refuses a repeat anyway; this only spares the user the error page.
export function start(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent === "true") {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "true";
    form.setAttribute("aria-busy", "true");
  });

  // A page that comes back from the browser's memory may be sent again.
  window.addEventListener("pageshow", () => {
    form.dataset.sent = "false";
    form.removeAttribute("aria-busy");
  });
}
