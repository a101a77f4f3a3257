// <outline-editor>: the tree, the pages and the part beside each other, over one store.
//
//   <outline-editor data-state="outline-state">
//     <outline-tree></outline-tree><outline-pages></outline-pages><outline-part></outline-part>
//   </outline-editor>
//   <script type="application/json" id="outline-state">{version, outline, pages, url, …}</script>
//
// Saving stands in saving.js, what is done to the outline in acts.js.

import { isTyping, keyName, listenForKeys } from "../lib/keys.js";
import { acts } from "./acts.js";
import "./outline-pages.js";
import "./outline-part.js";
import "./outline-tree.js";
import { Saving } from "./saving.js";
import { Store } from "./store.js";
import { fromJson } from "./tree.js";

const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];

customElements.define("outline-editor", class extends HTMLElement {
  #stops = [];

  connectedCallback() {
    const state = JSON.parse(document.getElementById(this.dataset.state).textContent);
    const store = new Store(state, fromJson(state.outline));
    const parts = Object.fromEntries(["tree", "pages", "part"].map((name) => [name, this.querySelector(`outline-${name}`)]));
    const able = acts(store, parts);
    for (const part of Object.values(parts)) part?.start(store, able);
    this.saving = new Saving(store, state, able);
    const steps = { "Ctrl+Z": () => store.undo(), "Ctrl+Shift+Z": () => store.redo(), "Ctrl+Y": () => store.redo() };
    const keys = {
      n: () => able.newRegion(),
      Delete: () => able.removeChosen(),
      Escape: () => store.choose(null),
      ...Object.fromEntries(ARROWS.flatMap((arrow) => [arrow, `Shift+${arrow}`]).map((key) => [key, able.nudgeChosen])),
      ...steps,
    };
    this.#stops = [listenForKeys(keys)];
    this.#stepBackInFields(steps);
    // In a field too, and whether or not single keys are switched off.
    this.addTo(document, "keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
      event.preventDefault();
      this.saving.save();
    });
  }

  disconnectedCallback() {
    for (const stop of this.#stops) stop();
    this.saving.stop();
  }

  // A field has its own steps back once something was typed in it. Until then, as when drawing
  // put the cursor into a new question's title, they are the outline's.
  #stepBackInFields(steps) {
    let typed = null;
    this.addTo(this, "focusin", () => { typed = null; });
    this.addTo(this, "input", ({ target }) => { typed = target.matches("select") ? null : target; });
    this.addTo(this, "keydown", (event) => {
      const step = steps[keyName(event)];
      if (!step || event.isComposing || !isTyping(event.target) || event.target === typed) return;
      event.preventDefault();
      step();
    });
  }

  addTo(target, type, act) {
    target.addEventListener(type, act);
    this.#stops.push(() => target.removeEventListener(type, act));
  }
});
