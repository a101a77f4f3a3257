// <outline-tree>: the questions as rows to type into. Made and fed by <outline-editor>.
//
// Enter adds a row below, Alt with arrows moves a row, Alt+Delete takes it away; arrows up and
// down walk the rows. A row keeps its fields while the outline changes, so typing is not lost.

import { make } from "./dom.js";
import { pointsText } from "./points.js";
import { SPOTS, blankNode, isSingle, remarks, total, walk } from "./tree.js";

const FIELDS = [["label", "Label", ""], ["title", "Title", "Title"], ["points", "Points", "–"]];

customElements.define("outline-tree", class extends HTMLElement {
  #rows = new Map();

  start(store, acts) {
    Object.assign(this, { store, acts });
    this.list = make("ol", { className: "tree", ariaLabel: "Questions" });
    this.spots = make("div", { className: "tree__spots" });
    const add = make("button", { type: "button", className: "button button--small", onclick: () => acts.addQuestion() }, "+ Question");
    this.sum = make("p", { className: "tree__sum" });
    this.replaceChildren(
      make("h2", {}, "Who wrote it"), this.spots, make("h2", {}, "Questions"), this.list,
      make("div", { className: "row row--apart" }, add, this.sum),
    );
    this.addEventListener("input", (event) => this.#typed(event.target));
    this.addEventListener("focusin", (event) => this.#focused(event.target));
    this.addEventListener("keydown", (event) => this.#pressed(event));
    for (const type of ["change", "choose"]) store.addEventListener(type, () => this.#draw());
    this.#draw();
  }

  // Puts the cursor into a row's title.
  enter(key, field = "title") {
    this.#rows.get(key)?.querySelector(`[data-field=${field}]:not([hidden])`)?.focus();
  }

  #draw() {
    const { outline, chosen } = this.store;
    const wanted = [...walk(outline.questions)];
    const bare = new Set(remarks(outline.questions).filter((one) => !one.grave).map((one) => one.key));
    const keys = new Set(wanted.map(({ node }) => node.key));
    for (const [key, row] of this.#rows) if (!keys.has(key)) { row.remove(); this.#rows.delete(key); }
    wanted.forEach((found, index) => {
      const row = this.#row(found.node.key);
      // Moving a row in the page takes the focus out of it, so only rows out of place move.
      if (this.list.children[index] !== row) this.#put(row, index);
      this.#fill(row, found, bare.has(found.node.key), chosen.key === found.node.key);
    });
    const sum = outline.questions.reduce((found, node) => found + total(node), 0);
    this.sum.textContent = `${pointsText(sum)} ${sum === 100 ? "point" : "points"}`;
    this.spots.replaceChildren(...Object.keys(SPOTS).map((key) => this.#spot(key)));
  }

  #put(row, index) {
    const active = row.contains(document.activeElement) ? document.activeElement : null;
    this.list.insertBefore(row, this.list.children[index] ?? null);
    active?.focus();
  }

  #row(key) {
    if (!this.#rows.has(key)) {
      const number = make("button", { type: "button", className: "tree__number", onclick: () => this.store.choose(key) });
      const fields = FIELDS.map(([field, , placeholder]) => {
        const input = make("input", { className: `tree__${field}`, placeholder, autocomplete: "off", maxLength: field === "label" ? 32 : 300 });
        input.dataset.field = field;
        if (field === "points") input.inputMode = "decimal";
        return input;
      });
      const row = make("li", { className: "tree__row" }, number, ...fields, make("output", { className: "tree__total", hidden: true }));
      row.dataset.key = key;
      this.#rows.set(key, row);
    }
    return this.#rows.get(key);
  }

  #fill(row, { node, number, depth }, bare, chosen) {
    const group = node.parts.length > 0;
    row.className = ["tree__row", group && "tree__row--group", chosen && "tree__row--chosen"].filter(Boolean).join(" ");
    row.dataset.depth = depth;
    const head = row.querySelector(".tree__number");
    head.replaceChildren(number, ...(bare ? [make("span", { className: "tree__bare", title: "No region yet" }, "○", make("span", { className: "visually-hidden" }, " no region yet"))] : []));
    if (chosen) head.setAttribute("aria-current", "true");
    else head.removeAttribute("aria-current");
    for (const [field, words] of FIELDS) {
      const input = row.querySelector(`[data-field=${field}]`);
      if (input.value !== node[field]) input.value = node[field];
      input.ariaLabel = `${words} of ${number}`;
    }
    row.querySelector("[data-field=points]").hidden = group;
    const sum = row.querySelector(".tree__total");
    sum.hidden = !group;
    sum.textContent = pointsText(total(node));
  }

  #spot(key) {
    const pages = [...new Set(this.store.regionsOf(key).map(({ page }) => page))].sort((one, two) => one - two);
    const where = pages.length ? `page ${pages.join(", ")}` : isSingle(key) ? "not drawn yet" : "none";
    const chosen = this.store.chosen.key === key;
    const row = make("button", { type: "button", className: "list__row", onclick: () => this.acts.show(key) },
      make("span", { className: "list__text" }, SPOTS[key]),
      make("span", { className: pages.length || !isSingle(key) ? "quiet small" : "look small" }, where));
    if (chosen) row.setAttribute("aria-current", "true");
    return row;
  }

  #typed(input) {
    const { field } = input.dataset;
    if (!field) return;
    const { key } = input.closest("[data-key]").dataset;
    this.store.change(() => { this.store.find(key).node[field] = input.value; }, `${key}.${field}`);
  }

  #focused(target) {
    const key = target.closest("[data-key]")?.dataset.key;
    if (key) this.acts.show(key);
  }

  #pressed(event) {
    const row = event.target.closest("[data-key]");
    if (!row || event.isComposing || event.ctrlKey || event.metaKey) return;
    const { key } = row.dataset;
    const field = event.target.dataset.field ?? "title";
    const moves = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "in", Delete: "remove" };
    if (event.altKey && moves[event.key]) {
      this.acts[moves[event.key]](key);
      this.enter(key, field);
    } else if (event.key === "Enter" && event.target.matches("input")) {
      this.acts.addAfter(key, blankNode());
    } else if (!event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && event.target.matches("input")) {
      const other = event.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
      if (other) this.enter(other.dataset.key, field);
    } else return;
    event.preventDefault();
  }
});
