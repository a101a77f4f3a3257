// <item-form>: an item's points, text and group, edited where it stands. A change that moves
// scores says first what it does. Fires "item-form-done" with {item}.
//
//   <item-form><form>…</form></item-form>

import { send } from "../lib/http.js";
import { decimal, hundredths, pointsText } from "./points.js";
import { Preview } from "./preview.js";
import { add, addGroup, change, effectWords, newest, remove, removalTried, tried } from "./rubric-edits.js";

const FORM = `
  <form class="item-form">
    <div class="item-form__row">
      <label class="field"><span class="field__label">Points</span>
        <input name="points" inputmode="text" autocomplete="off" placeholder="none" size="5"></label>
      <label class="field"><span class="field__label">What it says</span>
        <textarea name="text" rows="2" maxlength="4000" placeholder="In words; the points stand at the left"></textarea>
        <span class="field__help">Markdown, and maths between $$ signs.</span></label>
    </div>
    <div class="item-form__preview" data-preview hidden><span class="field__label small">Students see</span>
      <div class="item__text" data-shown></div></div>
    <label class="field"><span class="field__label">Group</span><select name="group"></select></label>
    <div class="item-form__row" data-new-group hidden>
      <label class="field"><span class="field__label">New group’s name</span><input name="group_text" maxlength="500"></label>
      <label class="field field--check"><input type="checkbox" name="exclusive" checked> <span>Pick one</span></label>
    </div>
    <label class="field"><span class="field__label">Note for graders only <span class="field__optional">no student sees it</span></span>
      <textarea name="note" rows="1" maxlength="2000"></textarea></label>
    <div class="item-form__foot">
    <p class="note note--look" data-effect role="status" hidden></p>
    <p class="errorlist" data-error role="alert" hidden></p>
    <div class="buttons">
      <button class="button button--primary button--small" aria-keyshortcuts="Control+Enter"><span data-save>Save</span> <kbd>Ctrl Enter</kbd></button>
      <button type="button" class="button button--small" data-cancel>Cancel</button>
      <button type="button" class="button button--danger button--quiet button--small" data-remove>Remove</button>
    </div></div>
  </form>`;

customElements.define("item-form", class extends HTMLElement {
  #agreed = "";
  #preview;
  #gone = false;
  #growth;
  #question = 0;
  #version = 0; // of the rubric that is edited here
  session = null;
  item = null;

  connectedCallback() {
    this.innerHTML = FORM;
    this.#question = this.session.view.question.id;
    this.#version = this.session.view.rubric.version;
    this.#preview = new Preview(this.querySelector("[name=text]"), this.querySelector("[data-preview]"));
    this.#fill();
    const form = this.querySelector("form");
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#trying(() => this.#save()); });
    form.elements.points.addEventListener("blur", () => this.#wordsOver());
    form.addEventListener("input", () => { this.#disagree(); this.#preview.see(); });
    this.querySelector("[data-cancel]").addEventListener("click", () => this.close());
    this.querySelector("[data-remove]").addEventListener("click", () => this.#trying(() => this.#remove()));
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    // A preview, a warning or an error makes it grow: what is asked stays in sight.
    this.#growth = new ResizeObserver(() => this.scrollIntoView({ block: "nearest" }));
    this.#growth.observe(this);
    form.elements.points.select();
    form.elements.points.focus();
  }

  disconnectedCallback() {
    this.#preview.stop();
    this.#growth.disconnect();
  }

  // A colleague took the item away while it was edited here.
  gone() {
    this.#gone = true;
    this.#say("[data-effect]", "A colleague removed this item meanwhile. Saving adds yours anew.");
    this.querySelector("[data-remove]").hidden = true;
  }

  close() {
    const { item } = this;
    const panel = this.parentElement;
    this.remove();
    panel?.dispatchEvent(new CustomEvent("item-form-done", { bubbles: true, detail: { item } }));
  }

  #fill() {
    const { groups } = this.session.view.rubric;
    const { points, text, group, note } = this.querySelector("form").elements;
    const moved = this.item?.points ?? null;
    if (this.item) points.value = moved === null ? "" : pointsText(hundredths(moved));
    else points.value = this.session.view.question.scoring === "negative" ? "−1" : "+1";
    points.defaultValue = points.value;
    text.value = this.item?.text ?? "";
    note.value = this.item?.note ?? "";
    group.add(new Option("None", ""));
    for (const one of groups) group.add(new Option(one.text, one.id));
    group.add(new Option("New group …", "new"));
    group.value = this.item?.group ?? "";
    this.querySelector("[data-remove]").hidden = !this.item;
    this.#preview.see();
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

  // Who begins with the words finds them where words belong. Returns whether some were moved.
  #wordsOver() {
    const { points, text } = this.querySelector("form").elements;
    const words = points.value.trim();
    if (!/\p{L}/u.test(words) || text.value.trim()) return false;
    [text.value, points.value] = [words, points.defaultValue];
    this.#preview.see();
    this.#say("[data-effect]", "Your words stand under “What it says” now. Check the points, then save.");
    return true;
  }

  async #save() {
    if (this.#wordsOver()) return;
    const { points, text, group, group_text: name, exclusive, note } = this.querySelector("form").elements;
    const moved = points.value.trim() === "" ? null : hundredths(points.value);
    if (Number.isNaN(moved)) throw new Error("Points must be a number like −1 or 0.5, or nothing.");
    const facts = { points: moved === null ? null : decimal(moved), text: text.value.trim(), note: note.value.trim() };
    if (group.value === "new" && !name.value.trim()) throw new Error("Name the new group.");
    const known = group.value === "new" ? {} : { group: group.value ? Number(group.value) : null };
    if (this.#movesScores({ ...facts, ...known }) && this.#agreed !== "save") {
      this.#ask("save", await tried(this.item.id, { ...facts, ...known }), "[data-save]", "Save anyway");
      return;
    }
    if (group.value === "new") known.group = await this.#makeGroup(name.value.trim(), exclusive.checked);
    const sent = { ...facts, ...known };
    const old = this.#gone ? null : this.item;
    await (old ? this.#change(old, sent) : add(this.session, this.#question, sent));
    this.close();
  }

  // Overtaken by a colleague, it says to what; saved again, it is put over that.
  async #change(old, sent) {
    try {
      await change(this.session, old.id, { ...changed(old, sent), version: this.#version });
    } catch (error) {
      if (error.status === 409) this.#version = await newest(this.session);
      throw error;
    }
  }

  // Chosen from now on: should the item be refused, saving again makes no second group.
  async #makeGroup(text, exclusive) {
    const { id } = await addGroup(this.session, this.#question, { text, exclusive });
    const { group } = this.querySelector("form").elements;
    group.add(new Option(text, id), group.options.length - 1);
    group.value = id;
    this.querySelector("[data-new-group]").hidden = true;
    return id;
  }

  // Other points do; so may a group to pick one from.
  #movesScores({ points, group = null }) {
    return !this.#gone && this.item?.count > 0 && (this.item.points !== points || (group !== null && group !== this.item.group));
  }

  async #remove() {
    if (this.item.count > 0 && this.#agreed !== "remove") {
      this.#ask("remove", await removalTried(this.item.id), "[data-remove]", "Remove anyway");
      return;
    }
    await remove(this.session, this.item.id);
    this.close();
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

// What differs from what stood here when the form was opened: the rest stays as a colleague has it.
function changed(old, sent) {
  return Object.fromEntries(Object.entries(sent).filter(([name, value]) => old[name] !== value));
}
