// <answer-slip>: what lies beside the rubric for one answer alone, hidden while another is in
// front. It says the score as it stands, and sends it along. The buttons that would send it wait
// while clicks are on their way; hidden at first, they come when anything was said of the answer.
//
//   <answer-slip data-answer="17"><form>
//     <b data-score></b> <input type="hidden" name="seen"> <button data-with-score>…</button>
//   </form></answer-slip>

import { hundredths, pointsText } from "./points.js";

customElements.define("answer-slip", class extends HTMLElement {
  #first = null;
  session = null;

  show({ id, score, graded, version, status }) {
    this.hidden = id !== Number(this.dataset.answer);
    if (this.hidden) return;
    this.#first ??= version;
    const words = graded ? pointsText(hundredths(score)) : "–";
    for (const place of this.querySelectorAll("[data-score]")) {
      if (place.textContent !== words) place.textContent = words;
    }
    for (const field of this.querySelectorAll("[name=seen]")) field.value = graded ? score : "";
    for (const button of this.querySelectorAll("[data-with-score]")) {
      button.disabled = status.state !== "saved";
      if (version !== this.#first) button.hidden = false;
    }
  }
});
