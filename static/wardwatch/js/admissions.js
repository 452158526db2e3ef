/* The desk's forms: a summary of what is chosen, and choices that outlive a refresh.
 * The pages work without this file; the server judges everything again.
 */
(() => {
  "use strict";

  /** What is chosen for one summary line: [what, detail], or null. */
  function chosen(name) {
    if (name === "patient" && document.getElementById("who-register")?.checked) {
      const typed = (field) => document.getElementById(`id_new-${field}`)?.value.trim() ?? "";
      const name = [typed("family_name"), typed("given_name")].filter(Boolean).join(", ");
      return [name || "New patient", name ? "to be registered" : "not typed yet"];
    }
    const input = document.querySelector(`input[name="${name}"]:checked`);
    return input ? [input.dataset.summary, input.dataset.detail] : null;
  }

  function showSummary() {
    for (const line of document.querySelectorAll("[data-summary-of]")) {
      const choice = chosen(line.dataset.summaryOf);
      line.toggleAttribute("data-empty", !choice);
      line.textContent = choice ? choice[0] : "Not chosen";
      if (!choice?.[1]) continue;
      const detail = document.createElement("span");
      detail.className = "ww-small ww-muted";
      detail.textContent = choice[1];
      line.append(detail);
    }
  }

  document.addEventListener("change", showSummary);
  document.addEventListener("input", showSummary);
  document.addEventListener("DOMContentLoaded", showSummary);
  window.addEventListener("pageshow", showSummary);

  // A choice made while an answer was under way is newer than the answer. It is kept
  // if it is still there; if it is not, the next answer says that it was taken.
  const CHOICES = { patients: "patient", beds: "bed", devices: "device" };
  let kept = null;
  let scrolled = 0;

  document.addEventListener("htmx:beforeSwap", (event) => {
    const name = CHOICES[event.detail.target.id];
    // The window of beds stays where it was scrolled to, unless it was filtered.
    const own = event.detail.requestConfig.elt === event.detail.target;
    scrolled = own ? event.detail.target.scrollTop : 0;
    kept = name ? document.querySelector(`input[name="${name}"]:checked`)?.id ?? null : null;
  });
  document.addEventListener("htmx:afterSwap", () => {
    const beds = document.getElementById("beds");
    if (beds && scrolled) beds.scrollTop = scrolled;
    const input = kept && document.getElementById(kept);
    if (input && !input.disabled) input.checked = true;
    kept = null;
    showSummary();
  });

  // Enter in a search field searches. It must not send a form that is half filled in.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("[data-search]")) {
      event.preventDefault();
    }
  });

  // "Register as a new patient" takes along what was typed into the search.
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-carry]")) return;
    const text = document.getElementById("patient-text")?.value.trim() ?? "";
    const isNumber = /\d/.test(text) && !/\s/.test(text);
    const field = document.getElementById(isNumber ? "id_new-hospital_number" : "id_new-family_name");
    if (!field) return;
    document.getElementById("who-register").checked = true;
    if (!field.value && text) field.value = text;
    showSummary();
    document.getElementById("id_new-family_name").focus();
  });
})();
