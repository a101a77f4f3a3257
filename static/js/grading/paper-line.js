// <paper-line>: which paper lies in front, how far the question is, and who else looks at it.
// Two of them share the page: one in the foot bar, one in the top bar.
//
//   <paper-line><strong data-code>kestrel-41</strong> <span data-who>names hidden</span>
//     <span data-held hidden></span></paper-line>

import { timeLeft } from "./time-left.js";

customElements.define("paper-line", class extends HTMLElement {
  session = null;

  show(view) {
    const { paper, progress } = view;
    this.#put("[data-code]", paper.code_name);
    this.#put("[data-who]", view.names ? paper.student ?? "no student yet" : "names hidden");
    this.#put("[data-held]", view.held_by ? `${view.held_by} is looking at it too` : "");
    this.#put("[data-progress]", `${progress.graded} of ${progress.total} graded`);
    this.#put("[data-left]", timeLeft(view.seconds, progress.total - progress.graded));
    this.#put("[data-question]", `${view.question.name}${view.question.title ? ` · ${view.question.title}` : ""}`);
    const bar = this.querySelector("progress");
    if (bar) [bar.max, bar.value] = [progress.total || 1, progress.graded];
  }

  #put(place, words) {
    const found = this.querySelector(place);
    if (!found || found.textContent === words) return;
    found.textContent = words;
    found.hidden = !words;
  }
});
