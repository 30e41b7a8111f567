// Loads the modules a page asks for by data-module="name other-name" and hands each its element.
// Every page works without them; the server decides everything.
import { forgetWhatIsDone } from "./draft-store.mjs";

forgetWhatIsDone();
const wanted = new Map();

for (const element of document.querySelectorAll("[data-module]")) {
  for (const name of element.dataset.module.split(" ")) {
    if (!/^[a-z-]+$/.test(name)) {
      continue;
    }
    wanted.set(name, [...(wanted.get(name) ?? []), element]);
  }
}

for (const [name, elements] of wanted) {
  const { start } = await import(`./${name}.mjs`);
  elements.forEach(start);
}
