// <copy-desk>: ties the scores beside a paper to their places on it. Choosing a part lights its
// score on the page and brings the page into view; choosing a score on the page opens its part.
// "Open all" and "Close all" are this script's, and shown by it; nothing is kept of either.
// Everything else is a link or a <details>, so without this script all of it can still be read.
//
//   <div class="copy__part" id="part-2-5" data-page="6"><details>…</details></div>
//   <p class="copy__all" hidden><button data-all="open">…</button> <button data-all="close">…</button></p>
//   <figcaption class="copy__tags"><a class="tag" href="#part-2-5" data-y="0.3140">…</a></figcaption>

import { typesetWords } from "../lib/math.js";

const BESIDE = "(width >= 40rem)";
const APART = 4;

customElements.define("copy-desk", class extends HTMLElement {
  #sizes = null;
  #pressed = null;

  connectedCallback() {
    this.addEventListener("click", this.#click);
    this.addEventListener("toggle", this.#toggle, true);
    window.addEventListener("hashchange", this.#arrive);
    window.addEventListener("pageshow", this.#again);
    this.#sizes = new ResizeObserver(() => this.#place());
    for (const page of this.querySelectorAll(".copy__page")) this.#sizes.observe(page);
    typesetWords(this);
    const all = this.querySelector(".copy__all");
    if (all) all.hidden = false;
    this.#arrive();
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#click);
    this.removeEventListener("toggle", this.#toggle, true);
    window.removeEventListener("hashchange", this.#arrive);
    window.removeEventListener("pageshow", this.#again);
    this.#sizes.disconnect();
  }

  #click = (event) => {
    const tag = event.target.closest(".tag");
    if (tag) {
      // The address keeps the part, so that a reload or a shared link comes back to it.
      event.preventDefault();
      history.replaceState(null, "", tag.hash);
      this.#open(this.querySelector(tag.hash));
    }
    // What opens by itself, with the page or with all others, moves no page into view.
    this.#pressed = event.target.closest("summary")?.parentElement ?? null;
    const all = event.target.closest("[data-all]");
    if (all) this.#all(all.dataset.all === "open");
    const jump = event.target.closest(".copy__jump");
    if (jump) {
      event.preventDefault();
      this.#show(jump.closest(".copy__part"));
    }
  };

  // A part was opened by hand: beside the pages, its place comes into view at once.
  #toggle = (event) => {
    const part = event.target.parentElement;
    if (event.target !== this.#pressed || !event.target.open || !part.matches(".copy__part")) return;
    this.#choose(part);
    if (matchMedia(BESIDE).matches) this.#show(part);
  };

  // Kept by the browser for its back button: what is shown may have been taken back meanwhile.
  #again = (event) => {
    if (event.persisted) location.reload();
  };

  #arrive = () => {
    const part = /^#part-[\d-]+$/.test(location.hash) && this.querySelector(location.hash);
    if (!part) return;
    this.#open(part);
    if (matchMedia(BESIDE).matches) this.#show(part);
  };

  #open(part) {
    if (!part) return;
    const group = part.closest(".copy__group");
    if (group.localName === "details") group.open = true;
    const details = part.querySelector("details");
    if (details) details.open = true;
    this.#choose(part);
    part.scrollIntoView({ block: "nearest", behavior: "smooth" });
    part.querySelector("summary")?.focus({ preventScroll: true });
  }

  #all(open) {
    const folded = "details.copy__group, .copy__part > details";
    for (const one of this.querySelectorAll(folded)) one.open = open;
  }

  #choose(part) {
    for (const one of this.querySelectorAll(".copy__part--chosen, .tag--chosen")) {
      one.classList.remove("copy__part--chosen", "tag--chosen");
    }
    part.classList.add("copy__part--chosen");
    for (const tag of this.#tags(part)) tag.classList.add("tag--chosen");
  }

  #tags(part) {
    return this.querySelectorAll(`.tag[href="#${part.id}"]`);
  }

  #show(part) {
    this.#choose(part);
    const place = this.#tags(part)[0] ?? this.querySelector(`#page-${part.dataset.page}`);
    place?.scrollIntoView({ block: "center", behavior: "smooth" });
  }

  // Scores stand where their regions begin; one that would cover another goes below it.
  #place() {
    for (const tags of this.querySelectorAll(".copy__tags")) {
      tags.classList.add("copy__tags--placed");
      let free = 0;
      for (const tag of tags.children) {
        const top = Math.max(tag.dataset.y * tags.clientHeight, free);
        tag.style.insetBlockStart = `${top}px`;
        free = top + tag.offsetHeight + APART;
      }
    }
  }
});
