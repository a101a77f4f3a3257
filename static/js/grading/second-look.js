// <second-look>: the page and the keys of the workspace, around a form that shows nothing of what
// others said of the answer.
//
//   <script id="first" type="application/json">{"view": {…}, "keys": {…}}</script>
//   <second-look>
//     <paper-view></paper-view> <key-help></key-help> <button type="button" data-help>Keys</button>
//     <form>…<second-groups>…<input type="checkbox" data-heard="item-1">…</second-groups></form>
//   </second-look>
//
// What has data-heard is chosen, opened, or gets the focus, by the key of that act; what has
// data-fixed by that key, unless the person has that for something else.

import { listenForKeys } from "../lib/keys.js";
import { ACTS, inGroup } from "./acts.js";
import "./key-help.js";
import { Keymap } from "./keymap.js";
import { Papers } from "./papers.js";
import "./paper-view.js";
import "./second-groups.js";

const only = (names, acts) => Object.fromEntries(names.map((name) => [name, acts[name]]));

const SHOWN = ["page-before", "page-after", "larger", "smaller", "fit"];

customElements.define("second-look", class extends HTMLElement {
  #stop;
  #groups;

  connectedCallback() {
    const { view, keys } = JSON.parse(document.getElementById("first").textContent);
    const keymap = new Keymap(keys);
    const paper = this.querySelector("paper-view");
    const help = this.querySelector("key-help");
    this.#groups = this.querySelector("second-groups");
    const handlers = { ...this.#form(), ...this.#choices(), ...only(SHOWN, paper.acts), help: () => help.open() };
    const fixed = this.#fixed();
    paper.session = { papers: new Papers(), view };
    paper.show(view);
    help.keymap = keymap;
    help.acts = ACTS.filter(({ act }) => handlers[act]);
    this.querySelector("[data-help]").addEventListener("click", () => help.open());
    keymap.addEventListener("change", () => keymap.label(document));
    keymap.label(document);
    this.#stop = listenForKeys(() => ({ ...fixed, ...keymap.table(handlers, this.#groups.choosing) }));
    this.dataset.ready = "";
  }

  disconnectedCallback() {
    this.#stop();
  }

  #form() {
    const fields = [...this.querySelectorAll("form [data-heard]")].filter((field) => !inGroup(field.dataset.heard));
    return Object.fromEntries(fields.map((field) => [field.dataset.heard, () => this.#press(field)]));
  }

  // As in the workspace, the number of an item leaves the open group.
  #press(field) {
    if (field.name === "adjustment") return void field.focus();
    this.#groups.open(field.matches("button") ? field.closest("[data-group]") : null);
    if (field.type === "checkbox") field.click();
  }

  #choices() {
    const acts = this.#groups.querySelector("[data-group]") ? ACTS.filter(({ act }) => inGroup(act)) : [];
    return Object.fromEntries(acts.map(({ act }, index) => [act, () => this.#groups.choose(index)]));
  }

  #fixed() {
    const boxes = [...this.querySelectorAll("form [data-fixed]")].map((box) => [box.dataset.fixed, () => box.click()]);
    return { ...Object.fromEntries(boxes), Escape: () => this.#groups.leave() };
  }
});
