// Asks every two seconds how far a job is, and opens this page again, with the result, when it is over.
// A lost answer is asked for again, more slowly; the job itself does not depend on this page.
const EVERY = 2_000;
const SLOWEST = 30_000;

export function start(box) {
  const bar = box.querySelector("progress");
  const message = box.querySelector("[data-part='message']");
  let pause = EVERY;

  const ask = async () => {
    try {
      const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      const job = await answer.json();
      if (job.total > 0) {
        bar.max = job.total;
        bar.value = job.done;
      }
      const sentence = job.total > 0 ? `${job.label} ${job.done} / ${job.total}` : job.label;
      if (message.textContent !== sentence) {
        message.textContent = sentence;
      }
      if (job.state === "done" || job.state === "failed") {
        window.location.reload();
        return;
      }
      pause = EVERY;
    } catch {
      message.textContent = box.dataset.lost;
      pause = Math.min(pause * 2, SLOWEST);
    }
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
}
