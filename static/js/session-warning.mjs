// Shows the warning five minutes before the session ends, counted from when the page was made.
const NOTICE_MINUTES = 5;

export function start(box) {
  const minutes = Number(box.dataset.minutes) - NOTICE_MINUTES;
  // A timer holds at most 24.8 days; a longer session needs no warning.
  if (Number.isFinite(minutes) && minutes * 60_000 < 2 ** 31) {
    setTimeout(() => (box.hidden = false), Math.max(0, minutes) * 60_000);
  }
  box.querySelector("button").addEventListener("click", () => (box.hidden = true));
}
