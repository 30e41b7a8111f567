// Where drafts lie: those with a name of their own outlive the tab, the others end with it.
// A draft goes when the server says that its command was done (a cookie names it), when it is a week old, or when its owner clears it.
const WEEK = 7 * 24 * 60 * 60 * 1000;

function keyOf(name) {
  return `draft:${document.body.dataset.user ?? ""}:${name}`;
}

function stores() {
  return [localStorage, sessionStorage];
}

export function load(store, name) {
  const saved = JSON.parse(store.getItem(keyOf(name)));
  return saved && Date.now() - saved.at < WEEK ? saved : null;
}

export function save(store, name, values) {
  try {
    store.setItem(keyOf(name), JSON.stringify({ at: Date.now(), values }));
  } catch {
    // storage is full or forbidden: typing goes on
  }
}

export function forget(name) {
  stores().forEach((store) => store.removeItem(keyOf(name)));
}

export function forgetWhatIsDone() {
  const told = document.cookie.split("; ").find((one) => one.startsWith("draft_done="));
  if (!told) {
    return;
  }
  try {
    forget(decodeURIComponent(told.slice("draft_done=".length)));
  } catch {
    // no storage in this browser: there is no draft
  }
  document.cookie = "draft_done=; path=/; max-age=0; samesite=lax";
}
