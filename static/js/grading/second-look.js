// <second-look>: the page and the keys of the workspace, around a form that shows nothing of what
// others said of the answer.
//
//   <script id="first" type="application/json">{"view": {…}, "keys": {…}}</script>
//   <second-look>
//     <paper-view></paper-view> <key-help></key-help> <button type="button" data-help>Keys</button>
//     <form>…<input type="checkbox" data-heard="item-1">…</form>
//   </second-look>
//
// What has data-heard is chosen, or gets the focus, by the key of that act.

import { listenForKeys } from "../lib/keys.js";
import { ACTS } from "./acts.js";
import "./key-help.js";
import { Keymap } from "./keymap.js";
import { Papers } from "./papers.js";
import "./paper-view.js";

const only = (names, acts) => Object.fromEntries(names.map((name) => [name, acts[name]]));

const SHOWN = ["page-before", "page-after", "larger", "smaller", "fit"];

customElements.define("second-look", class extends HTMLElement {
  #stop;

  connectedCallback() {
    const { view, keys } = JSON.parse(document.getElementById("first").textContent);
    const keymap = new Keymap(keys);
    const paper = this.querySelector("paper-view");
    const help = this.querySelector("key-help");
    const handlers = { ...this.#form(), ...only(SHOWN, paper.acts), help: () => help.open() };
    paper.session = { papers: new Papers(), view };
    paper.show(view);
    help.keymap = keymap;
    help.acts = ACTS.filter(({ act }) => handlers[act]);
    this.querySelector("[data-help]").addEventListener("click", () => help.open());
    keymap.addEventListener("change", () => keymap.label(document));
    keymap.label(document);
    this.#stop = listenForKeys(() => keymap.table(handlers, false));
    this.dataset.ready = "";
  }

  disconnectedCallback() {
    this.#stop();
  }

  #form() {
    const fields = [...this.querySelectorAll("form [data-heard]")];
    return Object.fromEntries(fields.map((field) => [field.dataset.heard, () => (field.type === "checkbox" ? field.click() : field.focus())]));
  }
});
