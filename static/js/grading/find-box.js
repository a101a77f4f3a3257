// <find-box>: a search over the question's items and over comments used on it before.
//
//   <find-box hidden><input role="combobox" aria-controls="found" …>
//     <div role="listbox" id="found"></div><p data-none hidden>…</p></find-box>

import { send } from "../lib/http.js";
import { putPoints } from "./item-row.js";
import { keyWords } from "./keymap.js";
import { pathTo } from "./placing.js";
import { inOrder } from "./state.js";
import * as urls from "./urls.js";
import { setWords } from "./words.js";

const MOST = 60;

customElements.define("find-box", class extends HTMLElement {
  #comments = [];
  #found = [];
  #at = 0;
  #before = null;
  session = null;
  keymap = null;
  insert = () => {};

  connectedCallback() {
    const input = this.#input;
    input.addEventListener("input", () => this.#search());
    input.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("pointerdown", (event) => this.#pointed(event));
    this.addEventListener("focusout", (event) => {
      if (!this.contains(event.relatedTarget)) this.close(false);
    });
  }

  get #input() {
    return this.querySelector("input");
  }

  open() {
    this.#before = document.activeElement;
    this.hidden = false;
    this.#input.value = "";
    this.#comments = [];
    this.#search();
    this.#input.focus();
    const { question } = this.session.view;
    send("GET", urls.comments(question.id)).then((comments) => {
      if (this.hidden || this.session.view.question.id !== question.id) return;
      this.#comments = comments;
      this.#search(true);
    }).catch(() => {});
  }

  close(back = true) {
    if (this.hidden) return;
    this.hidden = true;
    this.#input.ariaExpanded = "false";
    if (back && this.#before?.isConnected) this.#before.focus();
    // Nothing had the focus: keys pressed now are meant for the page.
    this.#input.blur();
  }

  // What holds every word that was typed: items in their order, then comments, most used first.
  #search(keep = false) {
    const words = this.#input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const holds = (text) => words.every((word) => text.toLowerCase().includes(word));
    const { rubric } = this.session.view;
    const items = inOrder(rubric).filter((item) => {
      const group = rubric.groups.find((one) => one.id === item.group)?.text ?? "";
      return holds(`${item.text} ${item.note} ${group} ${item.points ?? ""}`);
    }).map((item) => ({ item }));
    const comments = this.#comments.filter(({ text }) => holds(text)).map((comment) => ({ comment }));
    this.#found = [...items, ...comments].slice(0, MOST);
    if (!keep) this.#at = 0;
    this.#draw();
  }

  #draw() {
    const parts = [["Items", "item"], ["Comments used before", "comment"]].map(([title, kind]) => this.#part(title, kind));
    this.querySelector("[role=listbox]").replaceChildren(...parts.filter(Boolean));
    this.querySelector("[data-none]").hidden = this.#found.length > 0;
    this.#input.ariaExpanded = "true";
    this.#point(this.#at);
  }

  #part(title, kind) {
    const found = this.#found.map((one, index) => [one, index]).filter(([one]) => one[kind]);
    if (!found.length) return null;
    const part = document.createElement("div");
    part.setAttribute("role", "group");
    part.ariaLabel = title;
    const head = document.createElement("p");
    head.className = "find__head";
    head.ariaHidden = "true";
    head.textContent = title;
    part.append(head, ...found.map(([one, index]) => this.#option(one, index)));
    return part;
  }

  #option({ item, comment }, index) {
    const option = document.createElement("div");
    option.className = "find__option";
    option.id = `found-${index}`;
    option.setAttribute("role", "option");
    option.dataset.index = index;
    option.innerHTML = `<span class="find__keys" aria-hidden="true"></span> <span class="item__points"></span>
      <span class="item__text"></span> <span class="find__count"></span>`;
    const { rubric, question, marks } = this.session.view;
    if (item) {
      putPoints(option.querySelector(".item__points"), item.points, question.scoring);
      const keys = pathTo(rubric, item.id).map((act) => keyWords(this.keymap.keyOf(act)));
      if (keys.every(Boolean)) option.querySelector(".find__keys").append(...keys.map(kbd));
    }
    setWords(option.querySelector(".item__text"), (item ?? comment).html, "(no description yet)");
    const { count } = item ?? comment;
    option.querySelector(".find__count").textContent = item && marks.includes(item.id) ? "applied" : `${count}×`;
    return option;
  }

  #point(index) {
    this.#at = Math.max(0, Math.min(index, this.#found.length - 1));
    for (const option of this.querySelectorAll("[role=option]")) option.ariaSelected = String(Number(option.dataset.index) === this.#at);
    const option = this.querySelector(`#found-${this.#at}`);
    if (option) this.#input.setAttribute("aria-activedescendant", option.id);
    else this.#input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const last = this.#found.length - 1;
    const move = { ArrowDown: this.#at === last ? 0 : this.#at + 1, ArrowUp: this.#at ? this.#at - 1 : last }[event.key];
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter") this.#take();
    else if (move !== undefined) this.#point(move);
    else return;
    event.preventDefault();
  }

  #pointed(event) {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    this.#at = Number(option.dataset.index);
    this.#take();
  }

  #take() {
    const found = this.#found[this.#at];
    if (!found) return;
    this.close();
    if (found.item) this.session.toggle(found.item.id);
    else this.insert(found.comment.text);
  }
});

function kbd(words) {
  const made = document.createElement("kbd");
  made.textContent = words;
  return made;
}
