// <question-list>: the outline with what is graded; a question leads to its next ungraded paper.
//
//   <question-list data-exam="4">
//     <a class="list__row" data-question="7" href="/questions/7/grade/">
//       <svg class="ring">…</svg><span class="list__text">2.5 e</span><span class="number">87</span></a>
//   </question-list>

import { send } from "../lib/http.js";
import * as urls from "./urls.js";

const EVERY = 60_000;
const SVG = "http://www.w3.org/2000/svg";

customElements.define("question-list", class extends HTMLElement {
  #timer = 0;
  #shown = null;
  #waited = null;
  session = null;

  connectedCallback() {
    this.addEventListener("click", this);
    this.#timer = setInterval(() => this.#ask(), EVERY);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.removeEventListener("click", this);
  }

  show(view) {
    this.#draw(view.question.id, view.progress);
    this.#recount(view);
    if (this.#shown === view.question.id) return;
    const before = this.querySelector("[aria-current]");
    const row = this.#row(view.question.id);
    before?.removeAttribute("aria-current");
    row?.setAttribute("aria-current", "page");
    if (this.#shown !== null) this.#ask();
    this.#shown = view.question.id;
    row?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  // Once it is saved that somebody looked again at an answer, one less waits.
  #recount(view) {
    if (view.look_again) this.#waited = view.id;
    else if (this.#waited === view.id && view.status.state === "saved") {
      this.#waited = null;
      this.#ask();
    }
  }

  // Stays on the page where it can; the link leads on where it cannot.
  async handleEvent(event) {
    const row = event.target.closest("a[data-question]");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const told = { after: 0 };
    const found = await send("POST", urls.next(row.dataset.question), { json: told }).catch(() => null);
    if (found?.answer && found.answer !== this.session.current) this.session.go(found.answer);
    else location.assign(row.href);
  }

  async #ask() {
    if (document.visibilityState === "hidden") return;
    const rows = await send("GET", urls.questions(this.dataset.exam)).catch(() => []);
    for (const row of rows.filter((one) => one.leaf)) {
      if (row.id === this.#shown) drawAgain(this.#row(row.id), row.again);
      else this.#draw(row.id, row);
    }
    this.session.timed(rows);
  }

  #row(question) {
    return this.querySelector(`[data-question="${question}"]`);
  }

  #draw(question, { graded, total, again }) {
    const row = this.#row(question);
    const words = `${graded} of ${total} graded`;
    if (row && again !== undefined) drawAgain(row, again);
    if (!row || row.dataset.words === words) return;
    row.dataset.words = words;
    const percent = total ? Math.floor((100 * graded) / total) : 0;
    row.querySelector(".ring").replaceWith(ring(percent, words));
    row.querySelector(".number").textContent = graded;
  }
});

// As templates/rubrics/_questions.html draws it.
function drawAgain(row, count) {
  row.querySelector("[data-again]")?.remove();
  if (!count) return;
  const badge = document.createElement("span");
  badge.className = "badge badge--look";
  badge.dataset.again = "";
  badge.title = `${count} to look at again`;
  badge.textContent = count;
  const before = document.createElement("span");
  before.className = "visually-hidden";
  before.textContent = "To look at again: ";
  badge.prepend(before);
  row.querySelector(".number").before(badge);
}

// As templates/components/_ring.html draws it.
function ring(percent, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", percent >= 100 ? "ring ring--done" : "ring");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.append(circle("ring__track"));
  if (percent > 0) {
    const value = circle("ring__value");
    value.setAttribute("pathLength", "100");
    value.setAttribute("stroke-dasharray", `${percent} 100`);
    svg.append(value);
  }
  return svg;
}

function circle(name) {
  const made = document.createElementNS(SVG, "circle");
  for (const [key, value] of Object.entries({ class: name, cx: 10, cy: 10, r: 7.5 })) made.setAttribute(key, value);
  return made;
}
