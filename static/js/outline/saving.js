// Saving the outline as a whole, keeping a draft in this browser until then, and files.

import { flash } from "../lib/flash.js";
import { send } from "../lib/http.js";
import { sayUndoable } from "./acts.js";
import { dropDraft, keepDraft, readDraft } from "./drafts.js";
import { fromJson, remarks, toJson, walk } from "./tree.js";

// What is edited here, and the exam's settings that a file may say too. The points follow.
function apart({ questions, name_region, id_region, hidden_regions, points, ...settings }) {
  return { places: { questions, name_region, id_region, hidden_regions }, settings };
}

export class Saving {
  #saved;
  #stops = [];
  #busy = false;
  #kept = false;

  constructor(store, state, acts) {
    Object.assign(this, { store, acts, url: state.url, loadedUrl: state.loaded_url, version: state.version, settings: {} });
    this.key = `marginalia.outline.${state.url}`;
    this.#saved = this.#now;
    this.#restore();
    const listen = (target, type, act) => {
      target?.addEventListener(type, act);
      this.#stops.push(() => target?.removeEventListener(type, act));
    };
    this.button = document.getElementById("outline-save");
    this.words = document.getElementById("outline-saving");
    this.dialog = document.getElementById("outline-losing");
    listen(store, "change", () => this.#changed());
    listen(this.button, "click", () => this.save());
    listen(window, "beforeunload", (event) => { if (this.dirty) event.preventDefault(); });
    listen(document.getElementById("outline-load"), "change", (event) => this.#load(event.target));
    this.#changed();
  }

  stop() {
    for (const stop of this.#stops) stop();
  }

  get #now() {
    return JSON.stringify({ ...toJson(this.store.outline), ...this.settings });
  }

  get dirty() {
    return this.#now !== this.#saved;
  }

  async save(losing = null) {
    if (this.#busy || (!this.dirty && losing === null)) return;
    this.#busy = true;
    this.told?.remove();
    const sent = this.#now;
    const order = [...walk(this.store.outline.questions)].map(({ node }) => node.key);
    this.#say("Saving …");
    try {
      const json = { version: this.version, losing, outline: JSON.parse(sent) };
      this.#taken(await send("PUT", this.url, { json }), order, sent);
    } catch (error) {
      this.#refused(error);
    }
    this.#busy = false;
  }

  // Saved: new questions have ids now. What was typed meanwhile stays, and stays unsaved.
  #taken(answer, order, sent) {
    const ids = [...walk(fromJson(answer.outline).questions)].map(({ node }) => node.id);
    const unchanged = this.#now === sent;
    const at = new Map(order.map((key, index) => [key, ids[index]]));
    for (const { node } of walk(this.store.outline.questions)) {
      if (at.has(node.key)) node.id = at.get(node.key);
      node.rubric = null;
    }
    this.settings = {};
    this.version = answer.version;
    Object.assign(this.store, { work: answer.work, asked: answer.asked });
    this.#saved = unchanged ? this.#now : "";
    this.#changed();
    this.store.note([]);
    this.draftOffer?.remove();
    const bare = remarks(this.store.outline.questions).find((one) => !one.grave);
    this.#tell(answer.said, bare ? { kind: "info", action: "Show", run: () => this.acts.mend(bare.key) } : {});
  }

  #refused(error) {
    const losing = error.errors.losing?.[0];
    if (losing) this.#ask(error.message, losing);
    else if (error.status === 400) this.#show(error.errors);
    this.#say(losing ? "Not saved yet" : "Not saved", true);
    if (!losing) this.#tell(error.message, { kind: "error" });
  }

  #ask(words, losing) {
    this.dialog.querySelector("[data-words]").textContent = `${words} They cannot be brought back here, only read in the history.`;
    this.dialog.returnValue = "";
    this.dialog.addEventListener("close", () => { if (this.dialog.returnValue === "lose") this.save(losing); }, { once: true });
    this.dialog.showModal();
  }

  // Each problem leads to its part.
  #show(errors) {
    const keys = new Map([...walk(this.store.outline.questions)].map(({ node, number }) => [number, node.key]));
    this.store.note(Object.entries(errors).flatMap(([number, problems]) =>
      problems.map((text) => ({ key: keys.get(number) ?? null, number: "", text, grave: true }))));
  }

  #changed() {
    const dirty = this.dirty;
    if (dirty) keepDraft(this.key, { version: this.version, outline: JSON.parse(this.#now) });
    else if (this.#kept) dropDraft(this.key);
    this.#kept ||= dirty;
    if (!dirty) this.told?.remove();
    this.button.disabled = !dirty;
    this.#say(dirty ? "Not saved yet" : "✓ Saved", dirty);
  }

  // One word at a time on how saving or loading went: the one before it is stale by then.
  #tell(words, options) {
    this.told?.remove();
    this.told = flash(words, options);
  }

  #say(words, look = false) {
    this.words.textContent = words;
    this.words.className = `tabular ${look ? "look" : "good"}`;
  }

  #restore() {
    const draft = readDraft(this.key);
    if (!draft) return;
    const { places, settings } = apart(draft.outline);
    const open = () => {
      this.settings = settings;
      this.store.replace(fromJson(places));
    };
    if (draft.version !== this.version) {
      this.draftOffer = flash("There is a draft of yours from before somebody else saved.", { kind: "info", action: "Open it", run: open });
      return;
    }
    const saved = structuredClone(this.store.outline);
    open();
    const discard = () => {
      this.settings = {};
      this.store.replace(saved);
    };
    this.draftOffer = flash("Your draft from before is back. It is not saved yet.", { kind: "info", action: "Discard it", run: discard });
  }

  async #load(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    try {
      const data = await send("POST", this.loadedUrl, { form: file, headers: { "Content-Type": "application/json" } });
      const { places, settings } = apart(data);
      const before = this.settings;
      this.settings = settings;
      this.store.replace(fromJson(places));
      sayUndoable(this.store, `${file.name} is here. Save to make it the exam’s outline.`, () => {
        this.settings = before;
        this.store.undo();
      });
    } catch (error) {
      const problems = Object.values(error.errors ?? {}).flat().map((text) => ({ key: null, number: "", text, grave: true }));
      if (problems.length) this.store.note(problems);
      this.#tell(problems.length ? `${file.name} was not loaded: ${error.message}` : error.message, { kind: "error" });
    }
  }
}
