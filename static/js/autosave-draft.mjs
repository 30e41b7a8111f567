// Keeps what is typed into a form in this browser until it was sent, so that a closed tab loses nothing.
// Passwords, files and hidden fields are never kept; a draft older than a week is thrown away.
const WEEK = 7 * 24 * 60 * 60 * 1000;
const SKIPPED = new Set(["hidden", "password", "file", "submit", "button"]);

function controls(form) {
  return [...form.elements].filter((control) => control.name && !SKIPPED.has(control.type));
}

function read(form) {
  const ticks = new Set(["checkbox", "radio"]);
  return controls(form).map((control) => [
    control.name,
    ticks.has(control.type) ? control.value : null,
    ticks.has(control.type) ? control.checked : control.multiple ? [...control.selectedOptions].map((o) => o.value) : control.value,
  ]);
}

function write(form, values) {
  for (const [name, choice, value] of values) {
    const control = controls(form).find((c) => c.name === name && (choice === null || c.value === choice));
    if (!control) {
      continue;
    }
    if (choice !== null) {
      control.checked = value;
    } else if (Array.isArray(value)) {
      [...control.options].forEach((option) => (option.selected = value.includes(option.value)));
    } else {
      control.value = value;
    }
  }
}

function note(form, key) {
  const box = document.createElement("div");
  const clear = document.createElement("button");
  box.className = "draft-note";
  box.setAttribute("role", "status");
  clear.type = "button";
  clear.className = "btn btn-secondary btn-sm";
  clear.textContent = form.dataset.clear;
  clear.addEventListener("click", () => {
    localStorage.removeItem(key);
    form.reset();
    box.remove();
  });
  box.append(form.dataset.restored, clear);
  form.prepend(box);
}

export function start(form) {
  const key = `draft:${document.body.dataset.user ?? ""}:${form.dataset.draft}`;
  const refused = document.querySelector(".error-summary") !== null;
  let saved = null;
  try {
    saved = JSON.parse(localStorage.getItem(key));
  } catch {
    return; // no storage in this browser: nothing is promised
  }
  // Sent, and the form is here again without an error: it was accepted.
  if (saved && ((saved.sent && !refused) || Date.now() - saved.at > WEEK)) {
    localStorage.removeItem(key);
    saved = null;
  }
  if (saved && !refused && JSON.stringify(saved.values) !== JSON.stringify(read(form))) {
    write(form, saved.values);
    note(form, key);
  }

  const keep = (sent) => {
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), sent, values: read(form) }));
    } catch {
      // storage is full or forbidden: typing goes on
    }
  };
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => keep(false), 600);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    keep(true);
  });
}
