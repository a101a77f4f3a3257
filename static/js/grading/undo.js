// What this person did here, last first, to take back and to do again: clicks, words, ink, and
// edits of the rubric.
//
// A step belongs to an answer or, an edit, to a question; in front of another one it waits. What
// somebody built on since is refused in words, and the step is let go.

import { flash } from "../lib/flash.js";
import { HttpError, send } from "../lib/http.js";
import { applied } from "./state.js";
import * as urls from "./urls.js";

const NAMES = {
  adjustment: "the adjustment", comment: "the comment", note: "the note for graders",
  flag: "the flag", grading: "“graded as it stands”", ink: "ink on the page",
};
const LONGEST = 60;

export class Undo {
  #session;
  #done = [];
  #undone = [];
  #turn = Promise.resolve();
  #waiting = 0;
  #told = null;

  constructor(session) {
    this.#session = session;
  }

  // Clicks, and those that lead back.
  clicked(answer, forth, back) {
    this.#did({ answer, forth, back, way: clicks, words: this.#naming(forth.at(-1)) });
  }

  // Words or points put in the place of others; `before` as `standing` reads it.
  wrote({ answer, kind, ...said }) {
    const work = this.#work(answer);
    if (!work) return;
    this.#did({ answer, kind, before: standing(work, kind), after: said.text ?? said.points ?? null, way: write, words: NAMES[kind] });
  }

  // Edits of a question's rubric, by their numbers; returns how to take them back, and whether
  // that still waits.
  edited(question, edits, words) {
    const step = { question, edits, way: edit, words: words.charAt(0).toLowerCase() + words.slice(1) };
    this.#did(step);
    const waits = () => this.#done.includes(step);
    return { waits, run: () => waits() && this.#take(this.#done, this.#undone, "Undone", step) };
  }

  undo() {
    return this.#take(this.#done, this.#undone, "Undone");
  }

  redo() {
    return this.#take(this.#undone, this.#done, "Done again");
  }

  #did(step) {
    this.#done.push(step);
    this.#undone = this.#undone.filter((one) => !(step.answer ? one.answer === step.answer : one.question === step.question));
  }

  // Clicks are painted in the same frame; an edit goes to the server, and what is pressed
  // meanwhile waits its turn.
  #take(from, to, told, wanted = null) {
    if (!this.#waiting) return this.#step(from, to, told, wanted);
    this.#turn = this.#turn.then(() => this.#step(from, to, told, wanted));
    return this.#turn;
  }

  #step(from, to, told, wanted) {
    const { current, base } = this.#session;
    const step = wanted ?? from.findLast((one) => one.answer === current || one.question === base.question.id);
    if (!step) return null;
    from.splice(from.indexOf(step), 1);
    const done = (turned) => {
      to.push(turned);
      this.#say(`${told}: ${step.words}.`);
    };
    try {
      const turned = step.way(this.#session, step, this.#work(step.answer));
      if (!(turned instanceof Promise)) return done(turned);
      this.#waiting += 1;
      this.#turn = turned.then(done, (error) => this.#failed(from, step, error)).finally(() => { this.#waiting -= 1; });
    } catch (error) {
      this.#failed(from, step, error);
    }
    return this.#turn;
  }

  // What the server refuses, no second try will do; without connection it may.
  #failed(from, step, error) {
    if (error instanceof HttpError && (error.status === 0 || error.status >= 500)) from.push(step);
    this.#say(error.message, "error");
  }

  #say(words, kind = "info") {
    this.#told?.remove();
    this.#told = flash(words, { kind });
    this.#session.dispatchEvent(new Event("undone"));
  }

  #work(answer) {
    const work = this.#session.papers.get(answer);
    return work ? applied(work, this.#session.queue.pending(answer)) : null;
  }

  #naming({ kind, item }) {
    if (kind !== "mark") return NAMES[kind] ?? "the last click";
    const text = this.#session.base.rubric.items.find((one) => one.id === item)?.text || "an item without words";
    return `“${text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text}”`;
  }
}

export const standing = (work, kind) => (kind === "adjustment" ? work.adjustment?.points ?? null : work[kind]?.text ?? "");

// The ways back. Each returns the step that leads the other way; one to the server a promise.

function clicks(session, step) {
  for (const click of step.back) session.send(click, step.answer);
  return { ...step, forth: step.back, back: step.forth };
}

function write(session, step, work) {
  if (standing(work, step.kind) !== step.after) throw new Error(`Somebody changed ${step.words} since. It stays as it is.`);
  const said = step.kind === "adjustment" ? { points: step.before } : { text: step.before };
  session.send({ kind: step.kind, ...said, version: work[step.kind]?.version ?? 0 }, step.answer);
  return { ...step, before: step.after, after: step.before };
}

async function edit(session, step) {
  await session.queue.settled(session.current);
  const { edits } = await send("POST", urls.undoRubric(step.question), { json: { edits: step.edits } });
  await session.rubricChanged();
  return { ...step, edits };
}
