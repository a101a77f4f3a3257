// <claim-keeper>: keeps an answer claimed while its page is open, and lets go when it is left.
//
//   <claim-keeper data-url="/api/v1/answers/7/claim/"></claim-keeper>

import { send } from "../lib/http.js";

const EVERY = 20_000; // a claim lasts 90 seconds (rubrics/claims.py)

customElements.define("claim-keeper", class extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.#timer = setInterval(this.#keep, EVERY);
    document.addEventListener("visibilitychange", this.#keep);
    // Back from the browser's store of pages: it was let go when it went in there.
    window.addEventListener("pageshow", this.#keep);
    window.addEventListener("pagehide", this.#leave);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#keep);
    window.removeEventListener("pageshow", this.#keep);
    window.removeEventListener("pagehide", this.#leave);
  }

  // Refused once a colleague has it: who gives the look first gives it.
  #keep = () => {
    if (document.visibilityState === "visible") send("PUT", this.dataset.url).catch(() => {});
  };

  #leave = () => {
    send("DELETE", this.dataset.url, { keepalive: true }).catch(() => {});
  };
});
