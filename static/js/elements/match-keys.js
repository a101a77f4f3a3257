// <match-keys>: the keys of "Whose paper is this?". It stays while its content is swapped.
//
//   <match-keys id="desk">
//     <section data-ahead="/crops/8/…jpg /crops/9/…jpg">
//       <h2 id="paper-title" tabindex="-1">Paper 12</h2>
//       <button name="student" value="7" data-key="1 Enter">…</button>
//       <a href="…" data-key="s">Skip</a>
//       <input type="search" data-key="/">
//     </section>
//     <div id="found"><form><button>…</button></form></div>
//   </match-keys>
//
// A key decides about the paper one sees, so none acts while the next one is on its way, nor in
// the moment it appears; aria-busy tells.

import { keyName, listenForKeys } from "../lib/keys.js";

const SETTLE = 120;

customElements.define("match-keys", class extends HTMLElement {
  #stop = null;
  #timer = 0;

  connectedCallback() {
    const press = (event) => this.#press(event);
    this.#stop = listenForKeys(new Proxy({}, { get: () => press }));
    this.addEventListener("keydown", this.#inSearch);
    this.addEventListener("htmx:beforeRequest", this.#leave);
    this.addEventListener("htmx:afterRequest", this.#arrive);
    this.#fetchAhead();
  }

  disconnectedCallback() {
    this.#stop?.();
    clearTimeout(this.#timer);
    this.removeEventListener("keydown", this.#inSearch);
    this.removeEventListener("htmx:beforeRequest", this.#leave);
    this.removeEventListener("htmx:afterRequest", this.#arrive);
  }

  #press(event) {
    const target = this.querySelector(`[data-key~="${CSS.escape(keyName(event))}"]`);
    if (!target) return false;
    if (target.matches("input")) target.select();
    else if (!event.repeat && this.ariaBusy !== "true") target.click();
    return true;
  }

  // From the field into what was found, and back.
  #inSearch = (event) => {
    const field = this.querySelector("input[type=search]");
    const found = [...this.querySelectorAll("#found button")];
    const at = found.indexOf(event.target);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.target === field && event.key === "Escape") field.blur();
    else if (event.target === field && found.length && (event.key === "Enter" || step === 1)) found[0].focus();
    else if (at >= 0 && event.key === "Escape") field.select();
    else if (at >= 0 && step) (found[at + step] ?? field).focus();
    else return;
    event.preventDefault();
  };

  #leave = (event) => {
    if (event.detail.target === this) this.ariaBusy = "true";
  };

  #arrive = (event) => {
    if (event.detail.target !== this) return;
    this.querySelector("#paper-title")?.focus({ preventScroll: true });
    this.#fetchAhead();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.ariaBusy = null; }, SETTLE);
  };

  #fetchAhead() {
    const addresses = this.querySelector("[data-ahead]")?.dataset.ahead.split(" ") ?? [];
    for (const address of addresses.filter(Boolean)) new Image().src = address;
  }
});
