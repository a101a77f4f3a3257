// <grading-page>: the workspace. Starts the session from the state the server wrote into the
// page, hands it to the parts, and turns keys, buttons and the browser's "back" into moves.
//
//   <script id="first" type="application/json">{"answer": {…}, "questions": […], "user": 3}</script>
//   <grading-page>
//     <question-list>…</question-list> <paper-view></paper-view> <rubric-panel></rubric-panel>
//     <answer-note></answer-note> <save-state></save-state> <key-help></key-help>
//     <button data-do="next">Next ungraded <kbd>Z</kbd></button>
//   </grading-page>

import { flash } from "../lib/flash.js";
import { listenForKeys } from "../lib/keys.js";
import { ACTS } from "./acts.js";
import "./answer-note.js";
import "./answer-history.js";
import "./answer-slip.js";
import "./colleagues-here.js";
import "./filter-line.js";
import "./flag-button.js";
import "./find-box.js";
import "./key-help.js";
import { Keymap } from "./keymap.js";
import "./paper-line.js";
import "./paper-view.js";
import "./question-list.js";
import "./rubric-panel.js";
import "./save-state.js";
import { Session } from "./session.js";
import * as urls from "./urls.js";
import { Watch } from "./watch.js";

const PARTS = "question-list, rubric-panel, answer-note, save-state, paper-line, flag-button, filter-line, answer-history, answer-slip, colleagues-here";
const KEYED = "rubric-panel, paper-view, find-box, key-help";

customElements.define("grading-page", class extends HTMLElement {
  #session;
  #keymap;
  #watch;
  #stop = [];

  connectedCallback() {
    const first = JSON.parse(document.getElementById("first").textContent);
    this.#session = new Session(first);
    this.#keymap = new Keymap(first.keys);
    this.#keymap.addEventListener("change", () => this.#keymap.label(document));
    for (const part of document.querySelectorAll(`${PARTS}, paper-view, find-box`)) part.session = this.#session;
    for (const part of this.querySelectorAll(KEYED)) part.keymap = this.#keymap;
    this.querySelector("find-box").insert = (text) => this.querySelector("answer-note").insert(text);
    for (const type of ["change", "saved"]) this.#session.addEventListener(type, () => this.#show());
    this.#session.addEventListener("moved", ({ detail }) => this.#moved(detail));
    this.#session.addEventListener("look-back", () => this.#acts.history());
    this.addEventListener("click", (event) => this.#press(event));
    this.#stop = [
      listenForKeys(() => this.#keys()),
      this.#back(),
    ];
    history.replaceState({ answer: this.#session.current }, "");
    this.#watch = new Watch(this.#session);
    this.#show();
    this.#keymap.label(document);
    this.#watch.start();
    this.#session.queue.adopt();
    this.dataset.ready = "";
  }

  disconnectedCallback() {
    this.#watch.stop();
    for (const stop of this.#stop) stop();
  }

  #show() {
    const { view } = this.#session;
    // The paper last: it measures the page, which is then laid out once.
    for (const part of document.querySelectorAll(PARTS)) part.show(view);
    this.querySelector("paper-view").show(view);
    for (const [name, pk] of Object.entries(this.#neighbours(view))) {
      for (const button of this.querySelectorAll(`[data-do=${name}]`)) button.toggleAttribute("disabled", !pk);
    }
  }

  #neighbours(view) {
    return { previous: view.previous, following: view.next };
  }

  #moved({ push }) {
    const { current, view } = this.#session;
    this.#show();
    // The browser's own bookkeeping takes its time: the paper is painted first.
    requestAnimationFrame(() => setTimeout(() => {
      if (push) history.pushState({ answer: current }, "", urls.page(current) + this.#session.papers.query);
      document.title = `${view.question.name} · ${view.paper.code_name} · Grading`;
    }));
  }

  #back() {
    const go = (event) => {
      if (event.state?.answer) this.#session.go(event.state.answer, { push: false });
    };
    window.addEventListener("popstate", go);
    return () => window.removeEventListener("popstate", go);
  }

  #press(event) {
    const button = event.target.closest("[data-do]");
    if (button) this.#acts[button.dataset.do]?.();
  }

  #acts = {
    next: () => this.#next(),
    previous: () => this.#session.go(this.#session.base.previous),
    following: () => this.#session.go(this.#session.base.next),
    history: () => this.querySelector("answer-history").open(),
    help: () => this.querySelector("key-help").open(),
    find: () => this.querySelector("find-box").open(),
  };

  #keys() {
    const rubric = this.querySelector("rubric-panel");
    const note = this.querySelector("answer-note");
    const paper = this.querySelector("paper-view");
    const { base } = this.#session;
    const handlers = {
      ...numbered("item", (index) => paper.pins(index) || rubric.press(index)),
      ...numbered("choice", (index) => rubric.choose(index)),
      ...this.#acts,
      "question-before": () => this.#session.go(base.previous_question),
      "question-after": () => this.#session.go(base.next_question),
      undo: () => this.#session.undo(),
      redo: () => this.#session.redo(),
      comment: () => note.focusOn("comment"),
      adjust: () => note.focusOn("adjustment"),
      note: () => note.focusOn("note"),
      flag: () => this.querySelector("flag-button").toggle(),
      add: () => rubric.edit(null),
      up: () => rubric.step(-1),
      down: () => rubric.step(1),
      looked: () => rubric.looked(),
      ...paper.acts,
    };
    return {
      ...this.#keymap.table(handlers, rubric.choosing),
      Escape: () => rubric.leave() || paper.putDown(),
    };
  }

  async #next() {
    const { question, next_question: other } = this.#session.base;
    let became;
    try {
      became = await this.#session.goNext();
    } catch (error) {
      flash(error.message, { kind: "error" });
      return;
    }
    if (became === "gone") return;
    const more = other ? { action: "Next question", run: () => this.#session.go(other) } : {};
    const told = flash(became === "here" ? `Only this paper is left for ${question.name}.` : this.#ending(question), { kind: "info", ...more });
    this.#session.addEventListener("moved", () => told.remove(), { once: true });
  }

  #ending(question) {
    const { graded, total } = this.#session.papers.progress;
    if (graded >= total) return `Every paper is graded for ${question.name}.`;
    return `No other paper waits for ${question.name}. What is left, you or colleagues have open.`;
  }
});

// The handlers of "item-1", "item-2" …, each given its index.
function numbered(kind, act) {
  const acts = ACTS.map((one) => one.act).filter((one) => one.startsWith(`${kind}-`));
  return Object.fromEntries(acts.map((one, index) => [one, () => act(index)]));
}
