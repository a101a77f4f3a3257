// <answer-note>: points beside the rubric, what the student is told, and what graders tell each
// other. Saved when the field is left, or by Ctrl+Enter. When somebody else wrote in between, both stand here until one is chosen.
//
//   <answer-note>
//     <input name="adjustment"> <textarea name="comment"></textarea> <textarea name="note"></textarea> <div data-preview hidden><div data-shown></div></div> <p data-error></p>
//     <section data-conflict hidden>…<button data-choose="mine">…</section>
//   </answer-note>

import { decimal, hundredths, signedText } from "./points.js";
import { Preview } from "./preview.js";

const shown = (points) => (points === null || points === undefined ? "" : signedText(hundredths(points), ""));

const FIELDS = {
  comment: { stands: (view) => view.comment?.text ?? "", click: (text) => ({ kind: "comment", text: text.trim() }) },
  note: { stands: (view) => view.note?.text ?? "", click: (text) => ({ kind: "note", text: text.trim() }) },
  adjustment: { stands: (view) => shown(view.adjustment?.points), click: adjusted },
};

function adjusted(typed) {
  const points = typed.trim() === "" ? 0 : hundredths(typed);
  if (Number.isNaN(points)) throw new Error("An adjustment is a number like −0.5 or +1.");
  return { kind: "adjustment", points: points === 0 ? null : decimal(points) };
}

customElements.define("answer-note", class extends HTMLElement {
  // Of each field: the answer it was filled for, the words it was filled with, their version.
  #filled = {};
  #preview;
  session = null;

  connectedCallback() {
    for (const name of Object.keys(FIELDS)) {
      const field = this.#field(name);
      field.addEventListener("blur", () => this.#save(name));
      field.addEventListener("keydown", (event) => this.#key(event, field));
    }
    this.#preview = new Preview(this.#field("comment"), this.querySelector("[data-preview]"));
    this.#field("comment").addEventListener("input", () => this.#preview.see());
    this.addEventListener("click", (event) => this.#choose(event.target.closest("[data-choose]")?.dataset.choose));
    window.addEventListener("pagehide", this.#leave);
  }

  disconnectedCallback() {
    window.removeEventListener("pagehide", this.#leave);
    this.#preview.stop();
  }

  #leave = () => Object.keys(FIELDS).forEach((name) => this.#save(name));

  show(view) {
    for (const [name, { stands }] of Object.entries(FIELDS)) {
      const filled = this.#filled[name];
      if (filled && filled.answer !== view.id) this.#save(name);
      const words = stands(view);
      if (filled?.answer === view.id && this.#isDirty(name)) {
        // Words being typed are left alone; they go out with the version they began with, which
        // is the one that came of what was sent from here.
        if (words === filled.words.trim()) filled.version = view[name]?.version ?? 0;
        continue;
      }
      this.#filled[name] = { answer: view.id, words, version: view[name]?.version ?? 0 };
      const field = this.#field(name);
      if (field.value !== words) field.value = words;
    }
    this.#preview.see(view.comment?.text, view.comment?.html ?? null);
    this.#showConflict(view);
  }

  focusOn(name) {
    this.#field(name).focus();
    this.#field(name).select();
  }

  // Words used before, put after what is there, and kept at once.
  insert(text) {
    const field = this.#field("comment");
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n${text}` : text;
    this.#save("comment");
    this.#preview.see();
  }

  #field(name) {
    return this.querySelector(`[name=${name}]`);
  }

  #isDirty(name) {
    return this.#field(name).value !== this.#filled[name].words;
  }

  #key(event, field) {
    const done = event.key === "Escape" || (event.key === "Enter" && (field.name === "adjustment" || event.ctrlKey || event.metaKey));
    if (!done) return;
    event.preventDefault();
    field.blur();
  }

  #save(name) {
    const filled = this.#filled[name];
    if (!filled || !this.#isDirty(name)) return;
    try {
      const click = FIELDS[name].click(this.#field(name).value);
      this.#error(name, "");
      this.#filled[name] = { ...filled, words: this.#field(name).value };
      this.session.write({ ...click, answer: filled.answer, version: filled.version });
    } catch (error) {
      this.#error(name, error.message);
    }
  }

  #error(name, words) {
    const place = this.querySelector("[data-error]");
    place.textContent = words;
    place.hidden = !words;
    this.#field(name).ariaInvalid = words ? "true" : "false";
  }

  #showConflict({ conflict, ...view }) {
    const box = this.querySelector("[data-conflict]");
    box.hidden = !conflict;
    if (!conflict) return;
    const words = conflict.kind !== "adjustment";
    const theirs = words ? view[conflict.kind]?.text : shown(view.adjustment?.points);
    box.querySelector("[data-theirs]").textContent = theirs || "(nothing)";
    box.querySelector("[data-mine]").textContent = (words ? conflict.mine : shown(conflict.mine)) || "(nothing)";
    box.querySelector("[data-choose=both]").hidden = !words || !theirs || !conflict.mine;
  }

  #choose(which) {
    if (!which) return;
    const { conflict, ...view } = this.session.view;
    const { kind, mine } = conflict;
    const stands = view[kind];
    const both = which === "both" ? `${stands.text}\n\n${mine}` : mine;
    const said = kind === "adjustment" ? { points: mine } : { text: both };
    const click = which === "theirs" ? null : { kind, ...said, version: stands?.version ?? 0 };
    this.session.choose(conflict, click);
    this.focusOn(kind);
  }
});
