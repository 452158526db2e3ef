/* Light, dark, or as the system says. Runs in the head before the first paint, so
 * that no page flashes white on a dark ward at night.
 *
 * The choice is the only thing Wardwatch ever keeps in the browser's storage.
 * Buttons with `data-theme-choice` switch it; see components/theme_switch.html.
 */
(() => {
  "use strict";

  const KEY = "theme";
  const root = document.documentElement;
  const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try {
      const choice = window.localStorage.getItem(KEY);
      return choice === "light" || choice === "dark" ? choice : "system";
    } catch {
      return "system"; // storage is blocked: follow the system
    }
  }

  function show(choice) {
    const dark = choice === "dark" || (choice === "system" && systemIsDark.matches);
    root.setAttribute("data-bs-theme", dark ? "dark" : "light");
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  }

  function choose(choice) {
    try {
      if (choice === "system") {
        window.localStorage.removeItem(KEY);
      } else {
        window.localStorage.setItem(KEY, choice);
      }
    } catch {
      // Storage is blocked: the choice holds for this page.
    }
    show(choice);
  }

  root.classList.add("js");
  show(stored());
  systemIsDark.addEventListener("change", () => show(stored()));
  // Another tab has switched: all of one person's screens look alike.
  window.addEventListener("storage", (event) => {
    if (event.key === KEY) show(stored());
  });
  document.addEventListener("DOMContentLoaded", () => show(stored()));
  document.addEventListener("htmx:historyRestore", () => show(stored()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (button) choose(button.dataset.themeChoice);
  });
})();
