// <answer-group>: answers to be graded by one act. Counts what is ticked, ticks all or none, lets
// the arrow keys walk the answers as one stop of Tab. It works as a plain form without this.
//
//   <answer-group><form>
//     <label data-all hidden><input type="checkbox"> All</label>
//     <ul><li><label><input type="checkbox" name="answer" value="7.ab12">
//       <picture-part>…</picture-part></label></li></ul>
//     <input type="checkbox" name="item" value="3"> <input type="checkbox" name="as_they_stand">
//     <button>Grade <span data-ticked>what is ticked</span></button>
//   </form></answer-group>


const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

customElements.define("answer-group", class extends HTMLElement {
  connectedCallback() {
    this.all = this.querySelector("[data-all] input");
    this.all.parentElement.hidden = false;
    this.addEventListener("change", this);
    this.addEventListener("keydown", this);
    this.addEventListener("focusin", this);
    this.#stop(this.#answers[0]);
    this.#count();
  }

  disconnectedCallback() {
    for (const type of ["change", "keydown", "focusin"]) this.removeEventListener(type, this);
  }

  handleEvent(event) {
    if (event.type === "keydown") this.#walk(event);
    else if (event.type === "focusin") this.#stop(event.target);
    else this.#changed(event.target);
  }

  get #answers() {
    return [...this.querySelectorAll("input[name=answer]")];
  }

  #changed(target) {
    if (target === this.all) for (const box of this.#answers) box.checked = target.checked;
    // An item, or none on purpose.
    const none = this.querySelector("[name=as_they_stand]");
    if (target === none && none.checked) for (const item of this.querySelectorAll("[name=item]")) item.checked = false;
    if (target.name === "item" && target.checked) none.checked = false;
    this.#count();
  }

  #count() {
    const answers = this.#answers;
    const ticked = answers.filter((box) => box.checked).length;
    this.all.checked = ticked === answers.length;
    this.all.indeterminate = ticked > 0 && ticked < answers.length;
    this.querySelector("[data-ticked]").textContent = ticked === 1 ? "1 answer" : `${ticked} answers`;
  }

  #walk(event) {
    const answers = this.#answers;
    const at = answers.indexOf(event.target);
    if (at < 0) return;
    const step = STEPS[event.key] ?? this.#row(answers, at, event.key);
    if (!step) return;
    event.preventDefault();
    answers[at + step]?.focus();
  }

  // How many answers on the one above or below lies.
  #row(answers, at, key) {
    const down = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (!down) return 0;
    const left = (box) => Math.round(box.getBoundingClientRect().left);
    for (let to = at + down; answers[to]; to += down) if (left(answers[to]) === left(answers[at])) return to - at;
    return 0;
  }

  #stop(target) {
    if (target?.name !== "answer") return;
    for (const box of this.#answers) box.tabIndex = box === target ? 0 : -1;
  }
});
