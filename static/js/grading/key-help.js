// <key-help>: every key, and the switch that turns single keys off (WCAG 2.1.4).
//
//   <key-help><dialog class="dialog">…<input type="checkbox" data-keys></dialog></key-help>

import { keysAreOn, switchKeys } from "../lib/keys.js";

customElements.define("key-help", class extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-keys]").addEventListener("change", this);
  }

  open() {
    this.querySelector("[data-keys]").checked = keysAreOn();
    this.querySelector("dialog").showModal();
  }

  handleEvent(event) {
    switchKeys(event.target.checked);
  }
});
