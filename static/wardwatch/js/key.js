/* The page that shows a new device key once: copy buttons, the time the old key has
 * left, and no way back to the key when the page is left.
 */
(() => {
  "use strict";

  const COPIED_SHOWN_FOR_MS = 2500;

  async function copy(button) {
    const source = document.querySelector(button.dataset.copy);
    const text = source.textContent;
    const word = button.firstChild;
    try {
      await navigator.clipboard.writeText(text);
      word.textContent = "Copied";
      window.Wardwatch?.announce("Copied.");
      window.setTimeout(() => {
        word.textContent = "Copy";
      }, COPIED_SHOWN_FOR_MS);
    } catch {
      // Not allowed here (no TLS, or the browser says no): select it instead.
      window.getSelection().selectAllChildren(source);
      window.Wardwatch?.toast("Selected. Copy it with your keyboard.", "notice");
    }
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }

  /** What follows "works until 11:00:05". */
  function left(milliseconds) {
    const seconds = Math.floor(milliseconds / 1000);
    if (seconds <= 0) return ", which is over";
    return seconds < 60 ? ` (${seconds} s left)` : ` (${Math.floor(seconds / 60)} min left)`;
  }

  function tick() {
    for (const place of document.querySelectorAll("[data-until]")) {
      const words = left(Date.parse(place.dataset.until) - Date.now());
      if (place.textContent !== words) place.textContent = words;
    }
  }
  tick();
  window.setInterval(tick, 1000);

  // This page answered a form. Its address alone is a page too: reloading or coming
  // back then asks for that, without "send the form again?".
  window.history.replaceState(null, "", window.location.href);

  // A browser may keep the page in memory for its back button. The key must not stay.
  window.addEventListener("pagehide", () => {
    document.querySelector("[data-once]")?.replaceChildren("The key was shown once.");
  });
})();
