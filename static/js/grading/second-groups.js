// <second-groups>: the groups of a second look's rubric. The number of a group opens it: then letters
// choose inside, and Escape leaves, as in <rubric-panel>; a click on its head folds it.
//
//   <second-groups>
//     <section data-group="Mistakes" data-exclusive="true"><button aria-controls="items-3" aria-expanded="true">…
//       <span class="items-group__chosen"></span></button> <div id="items-3">…<input type="checkbox"></div></section>
//     <p role="status" data-told></p>
//   </second-groups>

import { openWords } from "./acts.js";

const boxes = (block) => [...block.querySelectorAll("input")];

customElements.define("second-groups", class extends HTMLElement {
  #open = null;

  connectedCallback() {
    this.addEventListener("click", this);
    this.addEventListener("change", this);
  }

  // Whether letters choose inside a group now.
  get choosing() {
    return this.#open !== null;
  }

  open(block) {
    if (block === this.#open) return;
    this.#open?.removeAttribute("data-open");
    this.#open = block;
    block?.setAttribute("data-open", "");
    if (block) this.#fold(block, false);
    this.querySelector("[data-told]").textContent = block ? openWords(block.dataset.group) : "";
    block?.scrollIntoView({ block: "nearest" });
  }

  choose(index) {
    boxes(this.#open)[index]?.click();
  }

  leave() {
    if (!this.choosing) return false;
    this.open(null);
    return true;
  }

  handleEvent({ type, target }) {
    const block = target.closest("[data-group]");
    const head = target.closest("[aria-expanded]");
    if (type === "change" && block?.dataset.exclusive === "true") this.#pick(block, target);
    else if (type === "click" && head) this.#turn(block, head);
  }

  #pick(block, picked) {
    if (picked.checked) for (const box of boxes(block)) box.checked = box === picked;
  }

  #turn(block, head) {
    if (block === this.#open) this.open(null);
    this.#fold(block, head.ariaExpanded === "true");
  }

  #fold(block, folded) {
    const chosen = boxes(block).filter((box) => box.checked).length;
    const head = block.querySelector("[aria-expanded]");
    head.ariaExpanded = String(!folded);
    document.getElementById(head.getAttribute("aria-controls")).hidden = folded;
    block.querySelector(".items-group__chosen").textContent = folded && chosen ? `${chosen} chosen` : "";
  }
});
