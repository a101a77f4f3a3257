// The person's keys: the defaults of acts.js and what they chose instead, kept on the server.
//
//   const keymap = new Keymap({ next: "n", box: "" });
//   keymap.keyOf("next");                   // "n"; "" where it is switched off
//   keymap.table({ next: goNext }, false);  // { n: goNext }, for lib/keys.js
//   await keymap.set("next", "b");          // throws, in words, when B does something else
//
// Fires "change". `label` writes keys into <kbd data-key="next"> and aria-keyshortcuts.

import { send } from "../lib/http.js";
import { ACTS, inGroup } from "./acts.js";
import * as urls from "./urls.js";

const SIGNS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", "-": "−", " ": "Space" };
const FIXED = ["Escape", "Tab", "Enter", "Shift+Tab", "Backspace", " "];

// "Ctrl+Z" -> "Ctrl+Z", "z" -> "Z", "ArrowLeft" -> "←".
export function keyWords(key) {
  if (!key) return "";
  const parts = key === "+" ? ["+"] : key.split("+");
  const last = parts.at(-1) || "+";
  const shown = SIGNS[last] ?? (last.length === 1 ? last.toUpperCase() : last);
  return [...parts.slice(0, -1).filter(Boolean), shown].join(" ");
}

export class Keymap extends EventTarget {
  #own;

  constructor(own) {
    super();
    this.#own = own;
  }

  // A key chosen for one act is taken from the act that has it by default.
  keyOf(act) {
    if (act in this.#own) return this.#own[act];
    const { key } = ACTS.find((one) => one.act === act);
    const taken = Object.entries(this.#own).some(([other, chosen]) => chosen === key && inGroup(other) === inGroup(act));
    return taken ? "" : key;
  }

  isOwn(act) {
    return act in this.#own;
  }

  get changed() {
    return Object.keys(this.#own).length > 0;
  }

  table(handlers, choosing) {
    const table = {};
    const heard = ACTS.filter(({ act }) => handlers[act] && (choosing || !inGroup(act)));
    // Choices come last, so that they go before other acts of the same key.
    for (const { act } of [...heard].sort((one, other) => inGroup(one.act) - inGroup(other.act))) {
      const key = this.keyOf(act);
      if (key) table[key] = handlers[act];
    }
    // On many keyboards + is Shift and =.
    if (this.keyOf("larger") === "+") table["="] ??= handlers.larger;
    return table;
  }

  // Who has a key already where the act would want it; null when it is free.
  rival(act, key) {
    return ACTS.find((one) => one.act !== act && this.keyOf(one.act) === key && inGroup(one.act) === inGroup(act)) ?? null;
  }

  async set(act, key) {
    if (FIXED.includes(key)) throw new Error(`${keyWords(key)} keeps what it does everywhere. Choose another key.`);
    const rival = key && this.rival(act, key);
    if (rival) throw new Error(`${keyWords(key)} is “${rival.words}”. Give that another key first.`);
    const usual = ACTS.find((one) => one.act === act).key === key;
    this.#become(await (usual ? send("DELETE", urls.key(act)) : send("PUT", urls.key(act), { json: { key } })));
  }

  async restore(act) {
    const { key } = ACTS.find((one) => one.act === act);
    const rival = this.rival(act, key);
    if (rival) throw new Error(`${keyWords(key)} is “${rival.words}”. Give that another key first.`);
    this.#become(await send("DELETE", urls.key(act)));
  }

  async reset() {
    await send("DELETE", urls.keys);
    this.#become({});
  }

  #become(own) {
    this.#own = own;
    this.dispatchEvent(new CustomEvent("change"));
  }

  label(root) {
    for (const place of root.querySelectorAll("kbd[data-key]")) {
      const key = this.keyOf(place.dataset.key);
      const words = keyWords(key);
      if (place.textContent !== words) place.textContent = words;
      place.hidden = !key;
    }
    for (const place of root.querySelectorAll("[data-heard]")) {
      const key = this.keyOf(place.dataset.heard);
      if (key) place.setAttribute("aria-keyshortcuts", key.replace(/^\+$|\+\+$/, "Plus"));
      else place.removeAttribute("aria-keyshortcuts");
      if (place.dataset.title) place.title = key ? `${place.dataset.title} (${keyWords(key)})` : place.dataset.title;
    }
  }
}
