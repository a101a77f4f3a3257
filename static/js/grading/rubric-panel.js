// <rubric-panel>: the score, and the rubric's items; a click or its key toggles one. A number that
// is a group's opens it: then letters choose inside, and Escape leaves.
//
//   <rubric-panel>
//     <p class="score"><strong data-score></strong> <span data-of></span> <span class="badge" data-graded></span></p>
//     <div data-items></div>
//     <button data-add>Add item</button> <button data-graded-button aria-pressed="false">…</button>
//   </rubric-panel>

import { openWords } from "./acts.js";
import { openGroupForm } from "./group-form.js";
import { openImport } from "./item-import.js";
import "./item-form.js";
import { listenForDrags } from "./item-drag.js";
import { groupStepped, numbered, placed, stepped } from "./placing.js";
import { countedPoints, hundredths, pointsText } from "./points.js";
import { orderGroups, place } from "./rubric-edits.js";
import { openRules } from "./rubric-rules.js";
import { Rows } from "./rubric-rows.js";

customElements.define("rubric-panel", class extends HTMLElement {
  #rows;
  #open = null; // the group whose letters are heard
  #closed = new Set(); // groups that are folded
  #answer = 0;
  session = null;
  keymap = null;

  connectedCallback() {
    this.#rows = new Rows(this.querySelector("[data-items]"));
    this.addEventListener("click", this);
    this.addEventListener("item-form-done", (event) => this.#formDone(event.detail));
    listenForDrags(this.querySelector("[data-items]"), (pk, group, before) => this.#dropped(pk, group, before));
  }

  show(view) {
    if (view.id !== this.#answer) this.#open = null;
    this.#answer = view.id;
    if (this.#rows.draw(view)) this.keymap.label(this);
    for (const item of view.rubric.items) this.#mark(this.#rows.row(item.id), item, view.marks.includes(item.id));
    for (const group of view.rubric.groups) this.#showGroup(view, group);
    this.#showScore(view);
    this.#again(view);
    this.toggleAttribute("data-locked", !view.edits);
    this.querySelector("[data-empty]").hidden = view.rubric.items.length > 0;
  }

  #showScore(view) {
    this.querySelector("[data-score]").textContent = pointsText(hundredths(view.score));
    this.querySelector("[data-of]").textContent = `/ ${countedPoints(view.question.points)}`;
    this.querySelector("[data-graded]").hidden = view.graded;
    const button = this.querySelector("[data-graded-button]");
    button.hidden = view.marks.length > 0 || Boolean(view.adjustment);
    button.ariaPressed = String(view.said_graded);
    this.dataset.graded = String(view.graded);
  }

  #showGroup(view, group) {
    const block = this.#rows.block(group.id);
    const open = this.#open === group.id;
    const folded = this.#closed.has(group.id) && !open;
    block.toggleAttribute("data-open", open);
    block.querySelector("ul").hidden = folded;
    block.querySelector("[data-group-toggle]").ariaExpanded = String(!folded);
    const chosen = view.rubric.items.filter((item) => item.group === group.id && view.marks.includes(item.id)).length;
    block.querySelector(".items-group__chosen").textContent = folded && chosen ? `${chosen} chosen` : "";
  }

  // Its pages changed after it was graded: since when and why.
  #again({ id, look_again: again }) {
    const note = this.querySelector("[data-again]");
    note.hidden = !again;
    if (!again) return;
    note.querySelector("[data-again-why]").textContent = `${again.reasons.join(" ")} Since ${again.since}.`;
    const next = note.querySelector("[data-again-next]");
    next.search = `?after=${id}`;
  }

  looked() {
    if (!this.session.view.look_again) return false;
    this.session.act({ kind: "looked" });
    return true;
  }

  #mark(row, item, on) {
    if (!row) return;
    const button = row.querySelector(".item__toggle");
    if (button.ariaPressed !== String(on)) button.ariaPressed = String(on);
    const count = row.querySelector("[data-count]");
    if (count.textContent !== String(item.count)) count.textContent = item.count;
  }

  // Whether letters choose inside a group now.
  get choosing() {
    return this.#open !== null;
  }

  // What a number key does: toggle that item, or open that group.
  press(index) {
    const entry = numbered(this.session.view.rubric)[index];
    if (!entry) return false;
    this.#become(entry.group?.id ?? null);
    if (entry.item) this.session.toggle(entry.item.id);
    return true;
  }

  choose(index) {
    const item = this.session.view.rubric.items.filter((one) => one.group === this.#open)[index];
    if (item) this.session.toggle(item.id);
    return true;
  }

  leave() {
    if (!this.choosing) return false;
    this.#become(null);
    return true;
  }

  #become(group) {
    if (this.#open === group) return;
    this.#open = group;
    const { view } = this.session;
    for (const one of view.rubric.groups) this.#showGroup(view, one);
    const name = view.rubric.groups.find((one) => one.id === group)?.text;
    this.querySelector("[data-told]").textContent = name ? openWords(name) : "";
    if (group !== null) this.#rows.block(group).scrollIntoView({ block: "nearest" });
  }

  handleEvent(event) {
    const row = event.target.closest("[data-item]");
    const block = event.target.closest("section[data-group]");
    if (event.target.closest("[data-add]")) this.edit(null);
    else if (event.target.closest("[data-edit]")) this.edit(Number(row.dataset.item));
    else if (event.target.closest("[data-edit-group]")) openGroupForm(this.session, Number(block.dataset.group));
    else if (event.target.closest("[data-group-toggle]")) this.#fold(Number(block.dataset.group));
    else if (event.target.closest(".item__toggle") && !event.target.closest("a")) this.session.toggle(Number(row.dataset.item));
    else if (event.target.closest("[data-looked]")) this.looked();
    else if (event.target.closest("[data-graded-button]")) this.#sayGraded();
    else this.#more(event.target.closest("[data-more]")?.dataset.more);
  }

  #more(what) {
    if (!what) return;
    this.querySelector("details.menu").open = false;
    ({ group: () => openGroupForm(this.session, null), import: () => openImport(this.session), rules: () => openRules(this.session) })[what]();
  }

  #fold(group) {
    if (this.#open === group) this.#open = null;
    if (!this.#closed.delete(group)) this.#closed.add(group);
    this.show(this.session.view);
  }

  #sayGraded() {
    const on = !this.session.view.said_graded;
    this.session.act({ kind: "grading", on }, { kind: "grading", on: !on });
  }

  // Opens the form in the item's place; at the end of the rubric for a new one.
  edit(pk) {
    if (!this.session.view.edits) return false;
    this.querySelector("item-form")?.close();
    const form = document.createElement("item-form");
    const row = this.#rows.row(pk);
    form.session = this.session;
    form.item = this.session.view.rubric.items.find((item) => item.id === pk) ?? null;
    row?.setAttribute("data-editing", "");
    (row ?? this.querySelector("[data-items]")).append(form);
    form.scrollIntoView({ block: "nearest" });
    return true;
  }

  #formDone({ item }) {
    const row = this.#rows.row(item?.id);
    for (const one of this.querySelectorAll("[data-editing]")) {
      one.removeAttribute("data-editing");
      if (one !== row) one.remove();
    }
    (row?.querySelector(".item__toggle") ?? this.querySelector("[data-add]")).focus();
    this.show(this.session.view);
  }

  // Moves the item or group that has the focus; the focus goes with it.
  step(by) {
    const { view } = this.session;
    const focused = document.activeElement;
    if (!view.edits || !this.contains(focused)) return false;
    const row = focused.closest("[data-item]");
    const block = focused.closest("section[data-group]");
    if (row && focused.matches(".item__toggle")) {
      const to = stepped(view.rubric, Number(row.dataset.item), by);
      if (to) place(this.session, Number(row.dataset.item), to).then(() => focused.focus());
    } else if (focused.matches("[data-group-toggle]")) {
      const order = groupStepped(view.rubric, Number(block.dataset.group), by);
      if (order) orderGroups(this.session, order).then(() => focused.focus());
    } else return false;
    return true;
  }

  #dropped(pk, group, before) {
    const { rubric } = this.session.view;
    if (this.session.view.edits) place(this.session, pk, placed(rubric, pk, group, before));
  }
});
