// <math-text>: typesets the $$…$$ in it, also after the text was replaced.
//
//   <math-text>Locality, e.g. $$k \times k \ll H \times W$$</math-text>

import { typeset } from "../lib/math.js";

customElements.define("math-text", class extends HTMLElement {
  #watch = null;

  connectedCallback() {
    this.#watch = new MutationObserver(() => this.#draw());
    this.#draw();
  }

  disconnectedCallback() {
    this.#watch.disconnect();
  }

  async #draw() {
    this.#watch.disconnect();
    await typeset(this).catch(() => {});
    if (this.isConnected) this.#watch.observe(this, { childList: true, characterData: true, subtree: true });
  }
});
