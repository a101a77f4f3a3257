// <item-form>: an item's points, text and group, edited where it stands. A change that moves
// scores says first what it does. Fires "item-form-done" with {item, removed}.
//
//   <item-form><form>…</form></item-form>

import { add, addGroup, change, remove, removalTried, tried } from "./rubric-edits.js";
import { decimal, hundredths, pointsText, signedText } from "./points.js";

const FORM = `
  <form class="item-form">
    <div class="item-form__row">
      <label class="field"><span class="field__label">Points</span>
        <input name="points" inputmode="text" autocomplete="off" placeholder="none" size="5"></label>
      <label class="field"><span class="field__label">Group</span><select name="group"></select></label>
    </div>
    <label class="field"><span class="field__label">What it says</span>
      <textarea name="text" rows="2" maxlength="4000"></textarea>
      <span class="field__help">Markdown, and maths between $$ signs.</span></label>
    <div class="item-form__row" data-new-group hidden>
      <label class="field"><span class="field__label">New group’s name</span><input name="group_text" maxlength="500"></label>
      <label class="field field--check"><input type="checkbox" name="exclusive" checked> <span>Pick one</span></label>
    </div>
    <p class="note note--look" data-effect role="status" hidden></p>
    <p class="errorlist" data-error role="alert" hidden></p>
    <div class="buttons">
      <button class="button button--primary button--small" data-save>Save</button>
      <button type="button" class="button button--small" data-cancel>Cancel</button>
      <button type="button" class="button button--danger button--quiet button--small" data-remove>Remove</button>
    </div>
  </form>`;

customElements.define("item-form", class extends HTMLElement {
  #agreed = "";
  session = null;
  item = null;

  connectedCallback() {
    this.innerHTML = FORM;
    this.question = this.session.view.question.id;
    this.#fill();
    const form = this.querySelector("form");
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#trying(() => this.#save()); });
    form.addEventListener("input", () => this.#disagree());
    this.querySelector("[data-cancel]").addEventListener("click", () => this.close());
    this.querySelector("[data-remove]").addEventListener("click", () => this.#trying(() => this.#remove()));
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    form.elements.points.select();
    form.elements.points.focus();
  }

  close(removed = false) {
    const { item } = this;
    const panel = this.parentElement;
    this.remove();
    panel?.dispatchEvent(new CustomEvent("item-form-done", { bubbles: true, detail: { item, removed } }));
  }

  #fill() {
    const { groups } = this.session.view.rubric;
    const { points, text, group } = this.querySelector("form").elements;
    const moved = this.item?.points ?? null;
    if (this.item) points.value = moved === null ? "" : pointsText(hundredths(moved));
    else points.value = this.session.view.question.scoring === "negative" ? "−1" : "+1";
    text.value = this.item?.text ?? "";
    group.add(new Option("None", ""));
    for (const one of groups) group.add(new Option(one.text, one.id));
    group.add(new Option("New group …", "new"));
    group.value = this.item?.group ?? "";
    this.querySelector("[data-remove]").hidden = !this.item;
  }

  // What was agreed to holds only for what stood in the form then.
  #disagree() {
    const { group } = this.querySelector("form").elements;
    this.querySelector("[data-new-group]").hidden = group.value !== "new";
    this.#agreed = "";
    this.#say("[data-effect]", "");
    this.#say("[data-error]", "");
    this.querySelector("[data-save]").textContent = "Save";
    this.querySelector("[data-remove]").textContent = "Remove";
  }

  async #trying(act) {
    const buttons = this.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    await act().catch((error) => this.#say("[data-error]", error.message));
    for (const button of buttons) button.disabled = false;
  }

  async #save() {
    const { points, text, group, group_text: name, exclusive } = this.querySelector("form").elements;
    const moved = points.value.trim() === "" ? null : hundredths(points.value);
    if (Number.isNaN(moved)) throw new Error("Points must be a number like −1 or 0.5, or nothing.");
    const facts = { points: moved === null ? null : decimal(moved), text: text.value.trim() };
    if (group.value === "new" && !name.value.trim()) throw new Error("Name the new group.");
    const known = group.value === "new" ? {} : { group: group.value ? Number(group.value) : null };
    if (this.#movesScores({ ...facts, ...known }) && this.#agreed !== "save") {
      this.#ask("save", await tried(this.item.id, { ...facts, ...known }), "[data-save]", "Save anyway");
      return;
    }
    if (group.value === "new") known.group = (await addGroup(this.session, name.value.trim(), exclusive.checked)).id;
    const sent = { ...facts, ...known };
    await (this.item ? change(this.session, this.item.id, sent) : add(this.session, sent));
    this.close();
  }

  // Other points do; so may a group to pick one from.
  #movesScores({ points, group = null }) {
    return this.item?.count > 0 && (this.item.points !== points || (group !== null && group !== this.item.group));
  }

  async #remove() {
    if (this.item.count > 0 && this.#agreed !== "remove") {
      this.#ask("remove", await removalTried(this.item.id), "[data-remove]", "Remove anyway");
      return;
    }
    await remove(this.session, this.item.id);
    this.close(true);
  }

  #ask(agreed, effect, button, words) {
    this.#agreed = agreed;
    this.#say("[data-effect]", effectWords(effect));
    this.querySelector(button).textContent = words;
  }

  #say(place, words) {
    const found = this.querySelector(place);
    found.textContent = words;
    found.hidden = !words;
  }
});

function effectWords({ answers, mean_change: mean }) {
  const touched = answers === 1 ? "1 answer’s score" : `${answers} answers’ scores`;
  const moved = Math.round((mean ?? 0) * 100);
  return `This changes ${touched}. The mean ${moved ? `moves by ${signedText(moved, "")}` : "stays as it is"}.`;
}
