// <answer-history>: who did what to the answer in front, newest first; any of it can be taken back.
// Taking back is a click like others: it shows at once, and is one more line here.
//
//   <answer-history><dialog><h2>History</h2><p data-about></p><ol data-lines></ol>
//     <p data-nothing role="status"></p></dialog></answer-history>

import { send } from "../lib/http.js";
import * as urls from "./urls.js";

customElements.define("answer-history", class extends HTMLElement {
  #lines = [];
  #answer = 0; // whose lines are shown, or asked for
  session = null;

  connectedCallback() {
    this.querySelector("[data-lines]").addEventListener("click", this);
  }

  show({ id, paper, question }) {
    // Another paper came in front: these lines are not its.
    if (id !== this.#answer) this.querySelector("dialog").close();
    const of = `${question.name} of ${paper.code_name}`;
    const told = this.querySelector("[data-about]");
    if (told.textContent !== of) told.textContent = of;
  }

  async open() {
    this.#say("Looking …");
    this.querySelector("[data-lines]").replaceChildren();
    this.querySelector("dialog").showModal();
    this.querySelector("h2").focus();
    await this.#ask();
  }

  async handleEvent(event) {
    const button = event.target.closest("[data-undo]");
    if (!button) return;
    this.session.takeBack(this.#lines[Number(button.dataset.undo)].undo, this.#answer);
    await this.#ask();
    this.querySelector("[data-undo]")?.focus();
  }

  // What is still on its way is waited for, so that it stands here too.
  async #ask() {
    const { current, queue } = this.session;
    this.#answer = current;
    try {
      await queue.settled(current);
      const lines = await send("GET", urls.history(current));
      if (current !== this.#answer) return;
      this.#lines = lines;
    } catch (error) {
      if (current === this.#answer) this.#say(error.message);
      return;
    }
    this.querySelector("[data-lines]").replaceChildren(...this.#lines.map(line));
    this.#say(this.#lines.length ? "" : "Nothing happened here yet.");
  }

  #say(words) {
    this.querySelector("[data-nothing]").textContent = words;
  }
});

function line({ by, words, quote, when, undo }, index) {
  const row = document.createElement("li");
  row.className = "happened__line";
  row.innerHTML = `
    <div><p><strong></strong> <math-text data-words></math-text></p>
      <blockquote class="happened__quote"><math-text class="said"></math-text></blockquote><p class="quiet small" data-when></p></div>
    <button type="button" class="button button--small">Undo<span class="visually-hidden"></span></button>`;
  row.querySelector("strong").textContent = by || "Somebody";
  row.querySelector("[data-words]").textContent = words;
  row.querySelector("[data-when]").textContent = when;
  row.querySelector("blockquote math-text").textContent = quote;
  row.querySelector("blockquote").hidden = !quote;
  const button = row.querySelector("button");
  button.dataset.undo = index;
  button.querySelector("span").textContent = `: ${words}`;
  if (!undo) button.remove();
  return row;
}
