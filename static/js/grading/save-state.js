// <save-state>: whether everything is saved, in words, always in sight; reads score and state out.
//
//   <save-state><span data-words>Saved</span><span class="visually-hidden" role="status"></span></save-state>

import { countedPoints, hundredths, pointsText } from "./points.js";

const QUIET = 600;
const WORDS = {
  saved: () => "Saved",
  saving: () => "Saving …",
  waiting: (count) => `${count} not saved yet · kept here, trying again`,
};

customElements.define("save-state", class extends HTMLElement {
  #timer = 0;
  #said = "";
  session = null;

  show(view) {
    const { state, count, why } = view.status;
    const words = WORDS[state](count);
    const told = this.querySelector("[data-words]");
    if (told.textContent !== words) told.textContent = words;
    this.dataset.state = state;
    this.title = state === "waiting" ? why : "";
    this.#announce(view, words);
  }

  // A screen reader hears where things stand once the clicks have come to rest.
  #announce(view, words) {
    const of = `${pointsText(hundredths(view.score))} of ${countedPoints(view.question.points)}`;
    const text = `${view.question.name}, ${view.paper.code_name}: ${of}${view.graded ? "" : ", not graded"}. ${words}.`;
    if (text === this.#said) return;
    this.#said = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.querySelector("[role=status]").textContent = text; }, QUIET);
  }
});
