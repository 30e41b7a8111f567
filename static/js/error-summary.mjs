// After a refused form the focus goes to the summary; its links go to the field, not only to its place. A page that was opened at a field
// shows that one instead.
function show(control) {
  for (let folded = control.closest("details"); folded; folded = folded.parentElement.closest("details")) {
    folded.open = true;
  }
  (control.closest(".field") ?? control).scrollIntoView();
  control.focus({ preventScroll: true });
}

export function start(summary) {
  const wanted = document.getElementById(location.hash.slice(1));
  if (wanted && wanted.closest("form")) {
    show(wanted);
  } else {
    summary.focus();
  }
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const control = link && document.getElementById(link.hash.slice(1));
    if (control) {
      event.preventDefault();
      show(control);
    }
  });
}
