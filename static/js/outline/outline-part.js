// <outline-part>: what is chosen, in detail: where it stands, how it is scored, its regions, and
// what needs mending. Made and fed by <outline-editor>.

import { button, make } from "./dom.js";
import { SPOTS, isSingle, nameOf, remarks } from "./tree.js";

const MOVES = [["up", "↑", "Move up"], ["down", "↓", "Move down"], ["out", "←", "Move out of its question"], ["in", "→", "Move into the question before"]];
const CHOICES = {
  scoring: ["Scoring", [["", "As the exam says"], ["negative", "Start from full marks"], ["positive", "Start from zero"]]],
  floor: ["Below 0", [["", "As the exam says"], ["true", "Never below 0"], ["false", "May go below 0"]]],
  ceiling: ["Above its points", [["", "As the exam says"], ["true", "Never above its points"], ["false", "May go above"]]],
};
const KEYS = [["N", "a region in the middle of the page"], ["← ↑ ↓ →", "move it"], ["Shift+←", "resize it"], ["Del", "take it away"], ["Ctrl+Z", "undo"], ["Ctrl+S", "save"]];

customElements.define("outline-part", class extends HTMLElement {
  start(store, acts) {
    Object.assign(this, { store, acts });
    for (const type of ["change", "choose"]) store.addEventListener(type, () => this.#draw());
    this.#draw();
  }

  #draw() {
    // A select that is open or focused is not drawn anew under the person's hands.
    const focus = document.activeElement?.id;
    const inside = this.contains(document.activeElement);
    const { key } = this.store.chosen;
    const found = key && !(key in SPOTS) ? this.store.find(key) : null;
    const detail = found ? this.#part(found) : key in SPOTS ? this.#spot(key) : this.#nothing();
    this.replaceChildren(...detail, this.#remarks());
    if (inside && focus) document.getElementById(focus)?.focus();
  }

  #part(found) {
    const { node } = found;
    const group = node.parts.length > 0;
    const work = this.store.work[node.id] ?? 0;
    const asked = this.store.asked[node.id] ?? 0;
    const moves = MOVES.map(([act, sign, words]) => button(sign, () => this.acts[act](node.key), { id: `part-${act}`, ariaLabel: words, title: words }));
    return [
      make("h2", {}, nameOf(found), node.title ? make("span", { className: "quiet" }, ` ${node.title}`) : null),
      make("div", { className: "row" }, ...moves, button("+ Part", () => this.acts.addPart(node.key), { id: "part-add" }),
        button("Delete", () => this.acts.remove(node.key), { id: "part-delete", className: "button button--small button--danger" })),
      work ? make("p", { className: "note" }, work === 1 ? "Graders worked on 1 answer here." : `Graders worked on ${work} answers here.`) : null,
      asked ? make("p", { className: "note" }, asked === 1 ? "1 regrade request is open here." : `${asked} regrade requests are open here.`) : null,
      node.rubric ? make("p", { className: "note" }, `A rubric of ${node.rubric.length} comes with the file.`) : null,
      this.#bonus(node),
      ...(group ? [] : [...Object.keys(CHOICES).map((name) => this.#choice(node, name)), this.#regions(node.key)]),
    ].filter(Boolean);
  }

  #spot(key) {
    const words = isSingle(key)
      ? "Where students write it on the page. It is read to tell whose paper it is, and covered while grading is anonymous."
      : "Anything else that tells who wrote it: a signature, initials, a seat. It is covered while grading is anonymous, and not read.";
    return [make("h2", {}, SPOTS[key]), make("p", { className: "quiet" }, words), this.#regions(key)];
  }

  #nothing() {
    if (!this.store.outline.questions.length) {
      return [make("h2", {}, "No question yet"), make("p", { className: "quiet" }, "Draw the first region on the page, or add a question at the left. You can also load an exam file.")];
    }
    const rows = KEYS.map(([keys, words]) => make("li", {}, make("kbd", {}, keys), ` ${words}`));
    return [make("h2", {}, "Keys"), make("ul", { className: "outline-keys" }, ...rows)];
  }

  #bonus(node) {
    const box = make("input", { type: "checkbox", id: "part-bonus", checked: node.bonus, onchange: () => this.#set(node.key, "bonus", box.checked) });
    return make("div", { className: "field field--check" }, box, make("label", { className: "field__label", htmlFor: "part-bonus" }, "Bonus"));
  }

  #choice(node, name) {
    const [label, options] = CHOICES[name];
    const select = make("select", { id: `part-${name}` }, ...options.map(([value, words]) => make("option", { value }, words)));
    select.value = String(node[name] ?? "");
    select.addEventListener("change", () => {
      const read = { "": name === "scoring" ? "" : null, true: true, false: false };
      this.#set(node.key, name, select.value in read ? read[select.value] : select.value);
    });
    return make("div", { className: "field" }, make("label", { className: "field__label", htmlFor: select.id }, label), select);
  }

  #set(key, name, value) {
    this.store.change(() => { this.store.find(key).node[name] = value; });
  }

  #regions(key) {
    const regions = this.store.regionsOf(key);
    const single = isSingle(key);
    const rows = regions.map((region, index) => make("li", { className: "list__row" },
      make("button", { type: "button", className: "outline-link list__text", id: `region-${index}`, onclick: () => this.acts.show(key, index) }, `Page ${region.page}`),
      button("Delete", () => this.acts.removeRegion(key, index), { ariaLabel: `Delete the region on page ${region.page}` })));
    const hint = regions.length ? "Draw on the page for another place." : "Draw it on the page.";
    return make("section", { className: "stack stack--tight" },
      make("h3", {}, single ? "Region" : "Regions"),
      rows.length ? make("ul", { className: "list" }, ...rows) : null,
      make("p", { className: "quiet small" }, single && regions.length ? "Draw again to put it elsewhere." : hint),
      button("New region", () => this.acts.newRegion(), { id: "region-new", disabled: !this.store.pages.length }));
  }

  #remarks() {
    const sent = this.store.problems;
    const found = sent.length ? sent : remarks(this.store.outline.questions);
    if (!this.store.outline.questions.length && !sent.length) return "";
    if (!found.length) return make("p", { className: "good small" }, "✓ Every part has points and a region.");
    const rows = found.slice(0, 12).map(({ key, number, text, grave }) => make("li", {},
      make("button", { type: "button", className: `outline-link ${grave ? "bad" : "look"}`, onclick: () => this.acts.mend(key) }, number ? `${number}: ${text}` : text)));
    const more = found.length > 12 ? make("p", { className: "quiet small" }, `and ${found.length - 12} more`) : null;
    return make("section", { className: "outline-remarks", ariaLabel: "What to mend" }, make("h3", {}, "To mend"), make("ul", { className: "list" }, ...rows), more);
  }
});
