// <answer-grid>: many answers at a glance; some are chosen, by mouse or keys, and one item is
// applied to them or lifted. It works as a plain form without this. What was chosen stays chosen
// when the page comes back from an act.
//
//   <answer-grid data-question="7"><form>
//     <ul><li data-has="3 4"><label><input type="checkbox" name="answer" value="7">…</label></li></ul>
//     <h2><span data-chosen></span></h2> <span data-choose hidden>…<button data-all> <button data-none></span>
//     <input type="checkbox" name="everything" data-count="300"> <p data-keys hidden></p>
//     <li data-item="3" data-key="1"><button name="act" value="apply:3"> <button name="act" value="lift:3"></li>
//   </form></answer-grid>

import { listenForKeys } from "../lib/keys.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down" };

customElements.define("answer-grid", class extends HTMLElement {
  #last = null;
  #stop = null;
  #stopArriving = null;

  connectedCallback() {
    for (const hint of this.querySelectorAll("[data-choose], [data-keys]")) hint.hidden = false;
    for (const type of ["click", "change", "keydown", "focusin", "submit"]) this.addEventListener(type, this);
    const numbers = [..."1234567890"].map((key) => [key, () => this.#press(key)]);
    this.#stop = listenForKeys({ ...Object.fromEntries(numbers), "Ctrl+A": () => this.#choose(this.#boxes, true) });
    this.#stopArriving = listenForKeys(this.#arriving(), { when: () => document.activeElement === document.body });
    this.#recall();
    this.#tabTo(this.#boxes[0]);
    this.#count();
  }

  disconnectedCallback() {
    this.#stop();
    this.#stopArriving();
  }

  get #boxes() {
    return [...this.querySelectorAll("[name=answer]")];
  }

  get #every() {
    return this.querySelector("[name=everything]");
  }

  handleEvent(event) {
    this[`_${event.type}`](event);
  }

  _click(event) {
    if (event.target.closest("[data-all]")) this.#choose(this.#boxes, true);
    else if (event.target.closest("[data-none]")) this.#choose(this.#boxes, false);
    else if (event.target.name === "answer") this.#clicked(event.target, event.shiftKey);
    // A click with Shift on the picture goes to its box without saying so.
    else if (event.shiftKey && event.target.closest("label")) {
      event.preventDefault();
      const box = event.target.closest("label").querySelector("[name=answer]");
      box.checked = !box.checked;
      box.focus();
      this.#clicked(box, true);
    }
  }

  _change() {
    this.#count();
  }

  _focusin({ target }) {
    if (target.name === "answer") this.#tabTo(target);
  }

  _keydown(event) {
    const boxes = this.#boxes;
    const at = boxes.indexOf(event.target);
    if (at < 0) return;
    // Here also for who switched the page's own keys off.
    if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) this.#choose(boxes, true);
    else if (event.key in STEPS) this.#move(boxes, at, STEPS[event.key], event.shiftKey);
    else return;
    event.preventDefault();
  }

  // With the focus on nothing, an arrow goes to the answer that Tab would reach.
  #arriving() {
    const enter = () => this.#boxes.find((box) => box.tabIndex === 0)?.focus();
    return Object.fromEntries(Object.keys(STEPS).map((key) => [key, enter]));
  }

  // The choice outlives the page that comes back.
  _submit() {
    const chosen = this.#boxes.filter((box) => box.checked).map((box) => box.value);
    sessionStorage.setItem(this.#store, JSON.stringify(chosen));
  }

  get #store() {
    return `marginalia.chosen.${this.dataset.question}`;
  }

  #recall() {
    const chosen = JSON.parse(sessionStorage.getItem(this.#store) ?? "[]");
    sessionStorage.removeItem(this.#store);
    this.#choose(this.#boxes.filter((box) => chosen.includes(box.value)), true);
  }

  #clicked(box, reach) {
    const boxes = this.#boxes;
    const [from, to] = [boxes.indexOf(this.#last), boxes.indexOf(box)];
    if (reach && from >= 0) this.#choose(boxes.slice(Math.min(from, to), Math.max(from, to) + 1), box.checked);
    this.#last = box;
  }

  #move(boxes, at, step, reach) {
    const to = typeof step === "number" ? boxes[at + step] : this.#beside(boxes, at, step === "up" ? -1 : 1);
    if (!to) return;
    if (reach) this.#choose(boxes.slice(Math.min(at, boxes.indexOf(to)), Math.max(at, boxes.indexOf(to)) + 1), true);
    this.#last = to;
    to.focus();
  }

  // The answer above or below, in the same column.
  #beside(boxes, at, down) {
    const left = (box) => Math.round(box.getBoundingClientRect().left);
    for (let to = at + down; boxes[to]; to += down) if (left(boxes[to]) === left(boxes[at])) return boxes[to];
    return null;
  }

  #choose(boxes, on) {
    for (const box of boxes) box.checked = on;
    if (!on && this.#every) this.#every.checked = false;
    this.#count();
  }

  #tabTo(target) {
    for (const box of this.#boxes) box.tabIndex = box === target ? 0 : -1;
  }

  #count() {
    const count = this.#every?.checked ? Number(this.#every.dataset.count) : this.#boxes.filter((box) => box.checked).length;
    const words = count === 0 ? "Nothing chosen" : count === 1 ? "1 answer chosen" : `${count} answers chosen`;
    this.toggleAttribute("data-idle", count === 0);
    this.querySelector("[data-chosen]").textContent = words;
    for (const button of this.querySelectorAll("[name=act]")) button.disabled = count === 0;
  }

  // A number applies its item to what is chosen; where all of that has it, lifts it.
  #press(key) {
    const row = this.querySelector(`[data-item][data-key="${key}"]`);
    const chosen = this.#boxes.filter((box) => box.checked);
    if (!row || !chosen.length) return false;
    const having = chosen.every((box) => box.closest("li").dataset.has.split(" ").includes(row.dataset.item));
    row.querySelector(`[value^=${having ? "lift" : "apply"}]`).click();
    return true;
  }
});
