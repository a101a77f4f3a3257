// <key-help>: every key, each to rebind or switch off, and the switch for all of them (WCAG 2.1.4).
//
//   <key-help><dialog class="dialog">…<div data-table></div> <p data-error></p>
//     <button data-reset>…</button> <input type="checkbox" data-keys></dialog></key-help>

import { keyName, keysAreOn, switchKeys } from "../lib/keys.js";
import { ACTS, PARTS } from "./acts.js";
import { keyWords } from "./keymap.js";

const STRIPS = {
  "item-": "items, or groups",
  "choice-": "inside a group",
};
const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Dead"];

customElements.define("key-help", class extends HTMLElement {
  #waiting = "";
  keymap = null;
  acts = ACTS; // those that this page hears

  connectedCallback() {
    this.addEventListener("click", this);
    this.addEventListener("keydown", this);
    this.querySelector("[data-keys]").addEventListener("change", (event) => this.#switch(event.target.checked));
  }

  async #switch(on) {
    try {
      await switchKeys(on);
      this.#say(`Single keys are ${on ? "on" : "off"}, on every machine.`);
    } catch (error) {
      this.#say(`Single keys ${on ? "work" : "are off"} on this page alone. ${error.message}`, true);
    }
  }

  open() {
    this.querySelector("[data-keys]").checked = keysAreOn();
    this.#wait("");
    this.#say("");
    this.#draw();
    this.querySelector("dialog").showModal();
  }

  handleEvent(event) {
    if (event.type === "keydown") return this.#key(event);
    const { act, set, off, back } = event.target.closest("button")?.dataset ?? {};
    if (set !== undefined) this.#wait(this.#waiting === act ? "" : act);
    else if (off !== undefined) this.#doing(act, () => this.keymap.set(act, ""));
    else if (back !== undefined) this.#doing(act, () => this.keymap.restore(act));
    else if (event.target.closest("[data-reset]")) this.#doing("", () => this.keymap.reset());
  }

  // While one act waits, the next key is its own, Backspace none; Escape waits no longer.
  #key(event) {
    if (!this.#waiting || MODIFIERS.includes(event.key) || event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    const act = this.#waiting;
    this.#wait("");
    if (event.key === "Escape") this.#button(act)?.focus();
    else this.#doing(act, () => this.keymap.set(act, event.key === "Backspace" ? "" : keyName(event)));
  }

  async #doing(act, change) {
    try {
      await change();
      this.#say(act ? `${this.#words(act)}: ${keyWords(this.keymap.keyOf(act)) || "switched off"}.` : "All keys are the defaults again.");
    } catch (error) {
      this.#say(error.message, true);
    }
    this.#draw();
    this.#button(act)?.focus();
  }

  #words(act) {
    return ACTS.find((one) => one.act === act).words;
  }

  #button(act) {
    return this.querySelector(`[data-set][data-act="${act}"]`);
  }

  #wait(act) {
    this.#waiting = act;
    for (const button of this.querySelectorAll("[data-set]")) {
      const waits = button.dataset.act === act;
      button.toggleAttribute("data-waits", waits);
      button.querySelector("kbd").textContent = waits ? "Press a key" : keyWords(this.keymap.keyOf(button.dataset.act)) || "off";
    }
    if (act) this.#say(`Press the key for “${this.#words(act)}”, Backspace for none, or Esc to leave it.`);
  }

  #say(words, wrong = false) {
    const place = this.querySelector("[data-said]");
    place.textContent = words;
    place.toggleAttribute("data-wrong", wrong);
  }

  #draw() {
    const parts = Object.entries(PARTS).map(([part, title]) => [title, this.acts.filter((one) => one.part === part)]);
    this.querySelector("[data-table]").replaceChildren(...parts.filter(([, acts]) => acts.length).map(([title, acts]) => this.#part(title, acts)));
    this.querySelector("[data-reset]").hidden = !this.keymap.changed;
  }

  #part(title, acts) {
    const box = document.createElement("section");
    const head = document.createElement("h3");
    head.textContent = title;
    const list = document.createElement("ul");
    list.className = "key-list";
    const strips = Object.keys(STRIPS).filter((kind) => acts.some((one) => one.act.startsWith(kind)));
    list.append(
      ...strips.map((kind) => this.#strip(STRIPS[kind], acts.filter((one) => one.act.startsWith(kind)))),
      ...acts.filter((one) => !strips.some((kind) => one.act.startsWith(kind))).map((one) => this.#row(one)),
    );
    box.append(head, list);
    return box;
  }

  // Ten keys of a kind in one line.
  #strip(words, acts) {
    const row = document.createElement("li");
    row.className = "key-list__strip";
    const told = document.createElement("span");
    told.textContent = ` ${words}`;
    row.append(...acts.map((one) => this.#set(one)), told);
    return row;
  }

  // The button that shows an act's key, and takes another.
  #set({ act, words }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "key-list__key";
    [button.dataset.set, button.dataset.act] = ["", act];
    button.innerHTML = `<kbd></kbd><span class="visually-hidden"></span>`;
    button.querySelector("kbd").textContent = keyWords(this.keymap.keyOf(act)) || "off";
    button.querySelector("span").textContent = `, change the key for ${words}`;
    return button;
  }

  #row({ act, words }) {
    const row = document.createElement("li");
    const key = this.keymap.keyOf(act);
    row.innerHTML = `
      <span class="key-list__words"></span>
      <button type="button" class="button button--quiet button--small" data-off>Off</button>
      <button type="button" class="button button--quiet button--small" data-back>Default</button>`;
    for (const button of row.querySelectorAll("button")) button.dataset.act = act;
    row.prepend(this.#set({ act, words }));
    row.querySelector(".key-list__words").textContent = words;
    row.querySelector("[data-off]").hidden = !key;
    row.querySelector("[data-off]").ariaLabel = `Switch off: ${words}`;
    row.querySelector("[data-back]").hidden = !this.keymap.isOwn(act);
    row.querySelector("[data-back]").ariaLabel = `Default key: ${words}`;
    return row;
  }
});
