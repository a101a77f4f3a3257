// <rubric-panel>: the score, and the rubric's items; a click or its number key toggles one.
// Rows stay in the page from paper to paper: a click changes two attributes and a few words.
//
//   <rubric-panel>
//     <p class="score"><strong data-score></strong> <span data-of></span> <span class="badge" data-graded></span></p>
//     <div data-items></div>
//     <button data-add>Add item</button> <button data-graded-button aria-pressed="false">…</button>
//   </rubric-panel>

import { flash } from "../lib/flash.js";
import { groupHead, itemRow } from "./item-row.js";
import "./item-form.js";
import { countedPoints, hundredths, pointsText } from "./points.js";
import { bringBack, putInOrder } from "./rubric-edits.js";
import { inOrder } from "./state.js";

customElements.define("rubric-panel", class extends HTMLElement {
  #drawn = "";
  #rows = new Map();
  #held = null;
  session = null;

  connectedCallback() {
    this.addEventListener("click", this);
    this.addEventListener("keydown", this);
    this.addEventListener("item-form-done", (event) => this.#formDone(event.detail));
  }

  show(view) {
    this.#draw(view);
    for (const item of view.rubric.items) this.#mark(this.#rows.get(item.id), item, view.marks.includes(item.id));
    this.querySelector("[data-score]").textContent = pointsText(hundredths(view.score));
    this.querySelector("[data-of]").textContent = `/ ${countedPoints(view.question.points)}`;
    this.querySelector("[data-graded]").hidden = view.graded;
    this.#again(view);
    const plain = !view.marks.length && !view.adjustment;
    const button = this.querySelector("[data-graded-button]");
    button.hidden = !plain;
    button.ariaPressed = String(view.said_graded);
    this.dataset.graded = String(view.graded);
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

  // Draws the rows anew only when the rubric itself is another one, and never under an edit.
  #draw(view) {
    const { question, rubric } = view;
    const facts = rubric.items.map(({ id, group, html, points }) => [id, group, html, points]);
    const key = JSON.stringify([question.id, question.scoring, rubric.groups, facts, inOrder(rubric).map((item) => item.id)]);
    if (key === this.#drawn) return;
    const form = this.querySelector("item-form");
    if (form && form.question === question.id) return void (this.#held = key);
    this.#drawn = key;
    const numbered = inOrder(rubric);
    this.#rows = new Map(numbered.map((item, index) => [item.id, itemRow(item, index, question.scoring)]));
    const blocks = [null, ...rubric.groups].map((group) => this.#block(group, numbered));
    this.querySelector("[data-items]").replaceChildren(...blocks.flat());
  }

  #block(group, items) {
    const rows = items.filter((item) => item.group === (group?.id ?? null)).map((item) => this.#rows.get(item.id));
    const list = document.createElement("ul");
    list.className = "items";
    list.append(...rows);
    if (!group) return rows.length ? [list] : [];
    const head = groupHead(group);
    list.setAttribute("aria-labelledby", head.id);
    return [head, list];
  }

  #mark(row, item, on) {
    if (!row) return;
    const button = row.querySelector(".item__toggle");
    if (button.ariaPressed !== String(on)) button.ariaPressed = String(on);
    const count = row.querySelector("[data-count]");
    if (count.textContent !== String(item.count)) count.textContent = item.count;
  }

  handleEvent(event) {
    if (event.type === "keydown") return this.#move(event);
    const row = event.target.closest("[data-item]");
    if (event.target.closest("[data-add]")) this.edit(null);
    else if (event.target.closest("[data-edit]")) this.edit(Number(row.dataset.item));
    else if (event.target.closest(".item__toggle") && !event.target.closest("a")) this.session.toggle(Number(row.dataset.item));
    else if (event.target.closest("[data-looked]")) this.looked();
    else if (event.target.closest("[data-graded-button]")) this.#sayGraded();
  }

  #sayGraded() {
    const on = !this.session.view.said_graded;
    this.session.act({ kind: "grading", on }, { kind: "grading", on: !on });
  }

  // Opens the form in the item's place; at the end of the rubric for a new one.
  edit(pk) {
    this.querySelector("item-form")?.close();
    const form = document.createElement("item-form");
    const row = this.#rows.get(pk);
    form.session = this.session;
    form.item = this.session.view.rubric.items.find((item) => item.id === pk) ?? null;
    row?.setAttribute("data-editing", "");
    (row ?? this.querySelector("[data-items]")).append(form);
  }

  #formDone({ item, removed }) {
    const row = this.#rows.get(item?.id);
    row?.removeAttribute("data-editing");
    (row?.querySelector(".item__toggle") ?? this.querySelector("[data-add]")).focus();
    if (this.#held) this.#held = null;
    this.show(this.session.view);
    if (removed) {
      const run = () => bringBack(this.session, item.id);
      flash("Item removed.", { action: "Undo", run });
    }
  }

  // Alt with an arrow moves the item that has the focus.
  #move(event) {
    const row = event.target.closest("[data-item]");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!event.altKey || !step || !row || !event.target.matches(".item__toggle")) return;
    event.preventDefault();
    const order = inOrder(this.session.view.rubric).map((item) => item.id);
    const from = order.indexOf(Number(row.dataset.item));
    const to = from + step;
    if (to < 0 || to >= order.length) return;
    order.splice(to, 0, ...order.splice(from, 1));
    const pk = Number(row.dataset.item);
    putInOrder(this.session, order).then(() => this.#rows.get(pk)?.querySelector(".item__toggle").focus());
  }
});
