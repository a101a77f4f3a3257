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
import "./answer-note.js";
import "./answer-history.js";
import "./flag-button.js";
import "./key-help.js";
import "./paper-line.js";
import "./paper-view.js";
import "./question-list.js";
import "./rubric-panel.js";
import "./save-state.js";
import { Session } from "./session.js";
import { inOrder } from "./state.js";
import * as urls from "./urls.js";
import { Watch } from "./watch.js";

const PARTS = "question-list, paper-view, rubric-panel, answer-note, save-state, paper-line, flag-button, answer-history";

customElements.define("grading-page", class extends HTMLElement {
  #session;
  #watch;
  #stop = [];

  connectedCallback() {
    const first = JSON.parse(document.getElementById("first").textContent);
    this.#session = new Session(first);
    for (const part of document.querySelectorAll(PARTS)) part.session = this.#session;
    for (const type of ["change", "saved"]) this.#session.addEventListener(type, () => this.#show());
    this.#session.addEventListener("moved", ({ detail }) => this.#moved(detail));
    this.addEventListener("click", (event) => this.#press(event));
    this.#stop = [
      listenForKeys(() => this.#keys()),
      this.#back(),
    ];
    history.replaceState({ answer: this.#session.current }, "");
    this.#watch = new Watch(this.#session);
    this.#show();
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
    for (const part of document.querySelectorAll(PARTS)) part.show(view);
    for (const [name, pk] of Object.entries(this.#neighbours(view))) {
      for (const button of this.querySelectorAll(`[data-do=${name}]`)) button.disabled = !pk;
    }
  }

  #neighbours(view) {
    return { previous: view.previous, following: view.next };
  }

  #moved({ push }) {
    const { current, view } = this.#session;
    if (push) history.pushState({ answer: current }, "", urls.page(current));
    this.#show();
    document.title = `${view.question.name} · ${view.paper.code_name} · Grading`;
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
  };

  #keys() {
    const paper = this.querySelector("paper-view");
    const note = this.querySelector("answer-note");
    const { base } = this.#session;
    const numbers = [..."1234567890"].map((key, index) => [key, () => this.#toggle(index)]);
    return {
      ...Object.fromEntries(numbers),
      z: this.#acts.next,
      ArrowLeft: this.#acts.previous,
      ArrowRight: this.#acts.following,
      ",": () => this.#session.go(base.previous_question),
      ".": () => this.#session.go(base.next_question),
      "?": this.#acts.help,
      "Ctrl+Z": () => this.#session.undo(),
      "Ctrl+Shift+Z": () => this.#session.redo(),
      c: () => note.focusOn("comment"),
      a: () => note.focusOn("adjustment"),
      n: () => note.focusOn("note"),
      g: () => this.querySelector("flag-button").toggle(),
      h: this.#acts.history,
      l: () => this.querySelector("rubric-panel").looked(),
      ...paper.keys,
    };
  }

  #toggle(index) {
    const item = inOrder(this.#session.view.rubric)[index];
    if (!item) return false;
    this.#session.toggle(item.id);
    return true;
  }

  async #next() {
    const { question, next_question: other } = this.#session.base;
    try {
      if (await this.#session.goNext()) return;
    } catch (error) {
      flash(error.message, { kind: "error" });
      return;
    }
    const more = other ? { action: "Next question", run: () => this.#session.go(other) } : {};
    flash(this.#ending(question), { kind: "info", ...more });
  }

  #ending(question) {
    const { graded, total } = this.#session.view.progress;
    if (graded >= total) return `Every paper is graded for ${question.name}.`;
    return `No other paper waits for ${question.name}. What is left, you or colleagues have open.`;
  }
});
