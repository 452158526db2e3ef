/* Choosing among hundreds of check boxes: a search box, "only chosen", a count.
 * Without scripts the boxes stand there as one long list and work as well.
 */
(() => {
  "use strict";

  function enliven(picker) {
    const search = picker.querySelector("[data-pick-search]");
    const only = picker.querySelector("[data-pick-only]");
    const count = picker.querySelector("[data-pick-count]");
    const none = picker.querySelector("[data-pick-none]");
    const items = [...picker.querySelectorAll("[data-pick-item]")].map((element) => ({
      element,
      box: element.querySelector("input"),
      text: element.textContent.toLowerCase(),
    }));

    function show() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { element, box, text } of items) {
        const fits = words.every((word) => text.includes(word));
        element.hidden = !fits || (only.checked && !box.checked);
        if (!element.hidden) shown += 1;
      }
      none.hidden = shown > 0 || items.length === 0;
    }

    function tell() {
      const chosen = items.filter(({ box }) => box.checked).length;
      count.textContent = `${chosen} of ${items.length} chosen`;
    }

    search.addEventListener("input", show);
    only.addEventListener("change", show);
    // Unticking while "only chosen" is on must not make the row vanish under the finger.
    picker.addEventListener("change", tell);
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    picker.querySelector("[data-pick-tools]").hidden = false;
    show();
    tell();
  }

  document.querySelectorAll("[data-pick]").forEach(enliven);
})();
