// Keeps what is typed into a form in this browser until the server has done what it asks, so that neither Back, a new load,
// a closed tab nor the end of a session loses anything. Passwords, files and hidden fields are never kept.
import { forget, load, save } from "./draft-store.mjs";

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

function note(form, name) {
  const box = document.createElement("div");
  const clear = document.createElement("button");
  box.className = "draft-note";
  box.setAttribute("role", "status");
  clear.type = "button";
  clear.className = "btn btn-secondary btn-sm";
  clear.textContent = form.dataset.clear;
  clear.addEventListener("click", () => {
    forget(name);
    form.reset();
    box.remove();
  });
  box.append(form.dataset.restored, clear);
  form.prepend(box);
}

export function start(form) {
  const name = form.elements.namedItem("draft")?.value;
  if (!name || controls(form).length === 0 || form.querySelector("[type=password]")) {
    return;
  }
  const refused = document.querySelector(".error-summary") !== null; // then the server has filled it in again
  let store = null;
  let saved = null;
  try {
    store = "draft" in form.dataset ? localStorage : sessionStorage;
    saved = load(store, name);
  } catch {
    return; // no storage in this browser: nothing is promised
  }
  if (saved && !refused && JSON.stringify(saved.values) !== JSON.stringify(read(form))) {
    write(form, saved.values);
    note(form, name);
  }

  let timer = 0;
  let touched = false;
  const keep = () => {
    clearTimeout(timer);
    if (touched) {
      save(store, name, read(form));
    }
  };
  form.addEventListener("input", () => {
    touched = true;
    clearTimeout(timer);
    timer = setTimeout(keep, 600);
  });
  form.addEventListener("submit", keep);
  window.addEventListener("pagehide", keep);
}
