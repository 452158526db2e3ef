/* What every page can do: say things to screen readers, show toasts, and turn a
 * failed htmx request into words. Other scripts use `window.Wardwatch`.
 */
(() => {
  "use strict";

  const SUCCESS_SHOWN_FOR_MS = 8000;

  /** Say a sentence politely; the region exists from the start, as readers need. */
  function announce(sentence) {
    const region = document.getElementById("announcer");
    if (!region) return;
    // The same sentence twice must be heard twice: a changed text node is news.
    region.textContent = "";
    window.requestAnimationFrame(() => {
      region.textContent = sentence;
    });
  }

  /** Show a sentence in a corner. A failure stays until it is closed.
   *
   * `tone` is "success", "notice" or "error".
   */
  function toast(sentence, tone = "success") {
    const stack = document.getElementById("toasts");
    const template = document.getElementById("toast-template");
    if (!stack || !template) return;
    for (const old of stack.querySelectorAll(".ww-toast")) {
      if (old.dataset.sentence === sentence) old.remove();
    }
    const box = template.content.firstElementChild.cloneNode(true);
    box.dataset.tone = tone;
    box.dataset.sentence = sentence;
    box.querySelector("[data-sentence]").textContent = sentence;
    box.querySelector("button").addEventListener("click", () => box.remove());
    stack.append(box);
    if (tone === "success") window.setTimeout(() => box.remove(), SUCCESS_SHOWN_FOR_MS);
  }

  /** The sentence an error page carries, or null. */
  function sentenceOf(html) {
    if (!html) return null;
    const page = new DOMParser().parseFromString(html, "text/html");
    return page.querySelector("[data-error-sentence]")?.textContent.trim() || null;
  }

  const NOTHING_SAVED = "Nothing was saved.";

  function wordsFor(xhr) {
    const sentence = sentenceOf(xhr.responseText);
    if (sentence) return sentence;
    if (xhr.status === 403) return `You may not do that. ${NOTHING_SAVED}`;
    if (xhr.status === 404) return "That no longer exists, or is not yours to see.";
    if (xhr.status === 429) return `Too many tries. Wait a minute, then try again. ${NOTHING_SAVED}`;
    if (xhr.status === 503) {
      return "The database cannot be reached at the moment. Wait a little, look whether your change is there, and try again.";
    }
    return "Something went wrong on the server. Reload the page and look whether your change is there before trying again.";
  }

  const isRead = (event) => event.detail.requestConfig?.verb === "get";

  document.addEventListener("htmx:sendError", (event) => {
    toast(
      isRead(event)
        ? "No connection to the server. What you see may be out of date."
        : "No connection to the server. Reload the page and look whether your change is there before trying again.",
      "error",
    );
  });
  document.addEventListener("htmx:timeout", (event) => {
    toast(
      isRead(event)
        ? "The server does not answer. What you see may be out of date."
        : "The server does not answer. Reload the page and look whether your change is there before trying again.",
      "error",
    );
  });
  document.addEventListener("htmx:responseError", (event) => {
    toast(wordsFor(event.detail.xhr), "error");
  });

  // A view says `with_toast(response, "…")`; see hospital/http.py.
  document.addEventListener("toast", (event) => {
    toast(event.detail.message, event.detail.tone);
  });

  // Whatever is swapped in may carry a sentence for those who do not see it change.
  document.addEventListener("htmx:afterSettle", (event) => {
    const swapped = event.detail.elt;
    const speaking = swapped.matches?.("[data-announce]")
      ? swapped
      : swapped.querySelector?.("[data-announce]");
    if (speaking?.dataset.announce) announce(speaking.dataset.announce);
  });

  // Filters that are empty say nothing, so they stay out of the address.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") return;
    const { formData } = event.detail;
    for (const name of [...formData.keys()]) {
      const values = formData.getAll(name).filter((value) => value !== "");
      formData.delete(name);
      for (const value of values) formData.append(name, value);
    }
  });

  // What is being typed into a search is often a name. The address stays true, but the
  // browser's history keeps no row of half-typed names (decision 0015).
  document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
    const { history, requestConfig } = event.detail;
    const typed = requestConfig?.triggeringEvent?.target;
    if (history.type === "push" && typed?.matches?.("input[type=search]")) {
      history.type = "replace";
    }
  });

  // A form is sent once, however often a tired thumb taps. The server's constraints
  // would refuse the second anyway; this spares the person the refusal.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[hx-post], [data-hx-post]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "true";
    for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
      button.setAttribute("aria-disabled", "true");
    }
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) {
        button.removeAttribute("aria-disabled");
      }
    }
  });

  // htmx remembers this tab's last address, and it may hold what was searched for.
  // Whoever signs in next has no business with it.
  document.addEventListener("DOMContentLoaded", () => {
    if (document.body.classList.contains("ww-entrance")) window.sessionStorage.clear();
  });

  // After a refused form the summary of what is wrong has the focus.
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("form-errors")?.focus();
  });

  window.Wardwatch = Object.freeze({ announce, toast });
})();
