// The rubric's rows in the page. They stay from paper to paper and from edit to edit: what a
// colleague changes is filled in where it stands, under a form and with the focus where it was.

import { numbered } from "./placing.js";
import { inOrder } from "./state.js";
import { fillGroup, fillItem, groupBlock, itemRow } from "./item-row.js";

export class Rows {
  #place;
  #items = new Map();
  #groups = new Map();
  #loose;
  #drawn = "";
  #question = 0;

  constructor(place) {
    this.#place = place;
    this.#loose = document.createElement("ul");
    this.#loose.className = "items";
    this.#loose.dataset.group = "";
  }

  row(pk) {
    return this.#items.get(pk);
  }

  block(pk) {
    return this.#groups.get(pk);
  }

  // Draws only what is another rubric than before; returns whether it was.
  draw({ question, rubric }) {
    const facts = rubric.items.map(({ id, group, html, points, note }) => [id, group, html, points, note]);
    const key = JSON.stringify([question.id, question.scoring, rubric.groups, facts]);
    if (key === this.#drawn) return false;
    if (question.id !== this.#question) this.#clear();
    [this.#drawn, this.#question] = [key, question.id];
    this.#fill(question, rubric);
    this.#arrange(rubric);
    return true;
  }

  #clear() {
    this.#place.replaceChildren();
    this.#loose.replaceChildren();
    this.#items.clear();
    this.#groups.clear();
  }

  #fill(question, rubric) {
    const order = inOrder(rubric).map((item) => item.id);
    const act = (index, kind) => (index < 10 ? `${kind}-${index + 1}` : "");
    const fill = (item, its) => fillItem(made(this.#items, item.id, itemRow), item, order.indexOf(item.id), question.scoring, its);
    for (const [index, entry] of numbered(rubric).entries()) {
      if (entry.item) fill(entry.item, act(index, "item"));
      else {
        fillGroup(made(this.#groups, entry.group.id, groupBlock), entry.group, act(index, "item"));
        for (const [inside, item] of entry.items.entries()) fill(item, index < 10 ? act(inside, "choice") : "");
      }
    }
  }

  #arrange(rubric) {
    const focused = document.activeElement;
    const rows = (group) => rubric.items.filter((item) => item.group === group).map((item) => this.#items.get(item.id));
    const gone = [...this.#items].filter(([pk]) => !rubric.items.some((item) => item.id === pk));
    // A form stays to be read, though a colleague took its item away.
    const orphans = gone.filter(([, row]) => row.querySelector("item-form")).map(([, row]) => row);
    for (const [pk, row] of gone) {
      this.#items.delete(pk);
      if (orphans.includes(row)) row.querySelector("item-form").gone();
      else row.remove();
    }
    inPlace(this.#loose, [...rows(null), ...orphans]);
    for (const { id } of rubric.groups) inPlace(this.#groups.get(id).querySelector("ul"), rows(id));
    for (const [pk, block] of this.#groups) {
      if (rubric.groups.some((group) => group.id === pk)) continue;
      block.remove();
      this.#groups.delete(pk);
    }
    const loose = this.#loose.children.length ? [this.#loose] : [];
    inPlace(this.#place, [...loose, ...rubric.groups.map((group) => this.#groups.get(group.id)), ...this.#place.querySelectorAll(":scope > item-form")]);
    if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  }
}

function made(rows, pk, make) {
  if (!rows.has(pk)) rows.set(pk, make(pk));
  return rows.get(pk);
}

// The children in this order, moving as few as it takes: a moved one would lose the focus.
function inPlace(parent, wanted) {
  for (const child of [...parent.children]) if (!wanted.includes(child)) child.remove();
  let here = parent.firstElementChild;
  for (const child of wanted) {
    if (child === here) here = here.nextElementSibling;
    else parent.insertBefore(child, here);
  }
}
