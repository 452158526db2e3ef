/* On the page that says the database is lost: ask again until it is back, then show
 * what was wanted. The page stands still meanwhile and keeps the reader's place.
 */
(() => {
  "use strict";

  const said = document.querySelector("[data-retry-after]");
  if (!said) return;
  const waitMs = Number(said.dataset.retryAfter) * 1000;

  async function tryAgain() {
    try {
      const answer = await fetch(window.location.href, { method: "HEAD", cache: "no-store" });
      if (answer.status !== 503) {
        window.location.reload();
        return;
      }
    } catch {
      // The server itself is away now: just as good a reason to go on asking.
    }
    window.setTimeout(tryAgain, waitMs);
  }

  window.setTimeout(tryAgain, waitMs);
})();
