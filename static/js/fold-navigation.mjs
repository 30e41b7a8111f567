// The officer's left navigation: on desktops it folds to icons and stays so; on phones it opens and closes.
// Without scripts the link jumps to the navigation, which shows itself as the target.
const root = document.documentElement;
const wide = window.matchMedia("(min-width: 62rem)");

function remember(folded) {
  document.cookie = `navigation=${folded ? "folded" : "open"}; path=/; max-age=31536000; samesite=lax`;
}

export function start(link) {
  link.setAttribute("role", "button");
  link.setAttribute("aria-controls", "main-navigation");
  const show = () => {
    const visible = wide.matches ? root.dataset.nav !== "folded" : root.dataset.nav === "open";
    link.setAttribute("aria-expanded", String(visible));
  };
  const toggle = () => {
    const state = wide.matches ? "folded" : "open";
    if (root.dataset.nav === state) {
      delete root.dataset.nav;
    } else {
      root.dataset.nav = state;
    }
    if (wide.matches) {
      remember(root.dataset.nav === "folded");
    }
    show();
  };
  link.addEventListener("click", (event) => {
    event.preventDefault();
    toggle();
  });
  link.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      event.preventDefault();
      toggle();
    }
  });
  document.querySelector(".office__close")?.addEventListener("click", () => {
    delete root.dataset.nav;
    show();
  });
  wide.addEventListener("change", show);
  show();
}
