// <hot-keys>: presses the button or link below it whose data-key was typed; fields get the focus.
//
//   <hot-keys>
//     <button class="button button--wide" data-key="r">Turn <kbd>R</kbd></button>
//     <a class="button" data-key="Enter" href="…">Right so <kbd>Enter</kbd></a>
//     <input type="search" data-key="/" aria-keyshortcuts="/">
//   </hot-keys>

import { keyName, listenForKeys } from "../lib/keys.js";

customElements.define("hot-keys", class extends HTMLElement {
  #stop = null;

  connectedCallback() {
    const press = (event) => this.#press(keyName(event));
    const table = new Proxy({}, { get: () => press });
    const dialog = this.closest("dialog");
    this.#stop = listenForKeys(table, { root: dialog ?? document });
  }

  disconnectedCallback() {
    this.#stop?.();
  }

  #press(name) {
    const target = [...this.querySelectorAll("[data-key]")].find(
      (one) => one.dataset.key === name && !one.disabled && one.checkVisibility(),
    );
    if (!target) return false;
    if (target.matches("input:not([type=checkbox], [type=radio]), textarea, select")) target.focus();
    else target.click();
    return true;
  }
});
