// What is being edited, what is chosen, and every step back. Elements listen to "change" (the
// outline) and "choose" (the selection).

import { SPOTS, place } from "./tree.js";

const STEPS = 200;

export class Store extends EventTarget {
  chosen = { key: null, region: null };
  problems = []; // of the last save, until something changes
  #back = [];
  #forth = [];
  #merging = "";

  constructor(state, outline) {
    super();
    Object.assign(this, { pages: state.pages, exam: state.exam, work: state.work, asked: state.asked, outline });
  }

  // Runs `act` on the outline. Changes with the same `merge` in a row are one step back.
  change(act, merge = "") {
    const before = structuredClone(this.outline);
    if (act(this.outline) === false) return false;
    if (!merge || merge !== this.#merging) this.#back = [...this.#back.slice(-STEPS), before];
    this.#merging = merge;
    this.#forth = [];
    this.#changed();
    return true;
  }

  undo() {
    return this.#step(this.#back, this.#forth);
  }

  redo() {
    return this.#step(this.#forth, this.#back);
  }

  replace(outline) {
    this.change((old) => { Object.assign(old, outline); });
    this.choose(null);
  }

  // key: a node's key, a spot's or null; region: which of its regions, or null.
  choose(key, region = null) {
    if (this.chosen.key === key && this.chosen.region === region) return;
    this.chosen = { key, region };
    this.#merging = "";
    this.dispatchEvent(new Event("choose"));
  }

  note(problems) {
    this.problems = problems;
    this.dispatchEvent(new Event("change"));
  }

  find(key) {
    return place(this.outline.questions, key);
  }

  // Regions of a node or of a spot.
  regionsOf(key) {
    if (key in SPOTS) return this.outline.spots[key];
    return this.find(key)?.node.regions ?? [];
  }

  setRegion(key, index, region, merge = "") {
    this.change(() => { this.regionsOf(key).splice(index, 1, ...(region ? [region] : [])); }, merge);
  }

  #step(from, to) {
    if (!from.length) return false;
    to.push(structuredClone(this.outline));
    this.outline = from.pop();
    this.#merging = "";
    if (this.chosen.key && !(this.chosen.key in SPOTS) && !this.find(this.chosen.key)) this.choose(null);
    this.#changed();
    return true;
  }

  #changed() {
    this.problems = [];
    this.dispatchEvent(new Event("change"));
  }
}
