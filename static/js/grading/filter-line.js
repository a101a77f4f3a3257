// <filter-line>: which papers are walked, if not all of them, and the way to all answers at a glance.
//
//   <filter-line><a data-answers>All answers</a></filter-line>
//   <filter-line><p data-only hidden>Only <strong data-words></strong>:
//     <span data-count></span> <a data-all>All papers</a></p></filter-line>

import * as urls from "./urls.js";

customElements.define("filter-line", class extends HTMLElement {
  session = null;

  show({ id, filter, question }) {
    const query = filter ? `?${filter.query}` : "";
    for (const link of this.querySelectorAll("[data-answers]")) link.href = urls.answers(question.id) + query;
    const line = this.querySelector("[data-only]");
    if (!line) return;
    line.hidden = !filter;
    if (!filter) return;
    line.querySelector("[data-words]").textContent = filter.words;
    line.querySelector("[data-count]").textContent = filter.count === 1 ? "1 paper" : `${filter.count} papers`;
    line.querySelector("[data-all]").href = urls.page(id);
  }
});
