// One grader at work: the answer in front, clicks on their way, the papers at hand.
//
// Fires "change" when what is shown changed and "moved" when another answer is in front. The
// parts of the page read `view` and call the verbs; none of them keeps a state of the grading.

import { flash } from "../lib/flash.js";
import { send } from "../lib/http.js";
import { Conflicts } from "./conflicts.js";
import { Papers } from "./papers.js";
import { Queue } from "./queue.js";
import { applied, merged, turnedBack } from "./state.js";
import { Undo } from "./undo.js";
import * as urls from "./urls.js";

export class Session extends EventTarget {
  #touches = new Map();
  #undo = new Undo();
  #turn = 0;

  constructor({ answer, user }) {
    super();
    this.papers = new Papers(answer.filter?.query);
    this.conflicts = new Conflicts(user);
    this.current = this.papers.keep(answer).id;
    this.queue = new Queue(user, {
      onChange: () => this.#tell("change"),
      onSaid: (click, said) => this.#said(click, said),
      onRefused: (click, error) => this.#refused(click, error),
    });
  }

  // What the server said of the answer in front, and that with the clicks on their way.
  get base() {
    return this.papers.get(this.current);
  }

  get view() {
    const work = applied(this.base, this.queue.pending(this.current));
    return { ...work, status: this.queue.status, conflict: this.conflicts.of(this.current) };
  }

  toggle(item) {
    const { marks } = this.view;
    const click = { kind: "mark", item, on: !marks.includes(item) };
    const after = applied(this.view, [click]).marks;
    this.#undo.did(this.current, turnedBack(after, marks), turnedBack(marks, after));
    this.#send(click);
  }

  // Says something, and how to take it back.
  act(click, back) {
    if (back) this.#undo.did(this.current, [click], [back]);
    this.#send(click);
  }

  // Takes back what a line of an answer's history says; `click` as the server made it. That
  // answer is no longer in front: nothing happens, for its lines are not seen either.
  takeBack(click, answer) {
    if (answer !== this.current) return;
    if (click.kind === "mark") {
      if (this.view.marks.includes(click.item) !== click.on) this.toggle(click.item);
    } else this.#send({ ...click, version: this.view[click.kind]?.version ?? 0 });
  }

  // Words and adjustment belong to the answer they were typed for, in front or not.
  write(click) {
    this.#send(click, click.answer);
  }

  undo() {
    for (const click of this.#undo.undo(this.current)) this.#send(click);
  }

  redo() {
    for (const click of this.#undo.redo(this.current)) this.#send(click);
  }

  async go(pk, { push = true } = {}) {
    if (!pk || pk === this.current) return;
    const turn = ++this.#turn;
    try {
      if (!this.papers.has(pk)) await this.papers.fetch(pk);
    } catch (error) {
      flash(error.message, { kind: "error" });
      return;
    }
    if (turn !== this.#turn) return;
    const left = this.current;
    this.papers.carry(this.view, pk);
    this.current = pk;
    this.#tell("moved", { left, push });
  }

  // Whether the grader is still where he was when something began.
  get turn() {
    return this.#turn;
  }

  // On to the next ungraded answer; false when the question has none left for us.
  async goNext() {
    const turn = this.#turn;
    let pk = this.papers.nextAfter(this.current);
    if (!pk || pk === this.current) {
      await this.queue.settled(this.current);
      pk = await this.papers.claimNext(this.base);
    }
    if (turn !== this.#turn) return true;
    if (pk && pk !== this.current) await this.go(pk);
    return Boolean(pk && pk === this.current);
  }

  // Takes the server's present word, unless a click came in between: then it asks again.
  async refresh(pk = this.current) {
    const before = this.#touches.get(pk);
    const work = await this.papers.read(pk).catch(() => null);
    if (!work) return;
    if (before !== this.#touches.get(pk)) return void this.refresh(pk);
    this.papers.keep(work);
    if (pk === this.current) this.#tell("change");
  }

  // Takes in what colleagues moved; a click in between makes the next call do it.
  async listen() {
    const pk = this.current;
    const before = this.#touches.get(pk);
    const told = await send("GET", urls.pulse(pk)).catch(() => null);
    if (!told || pk !== this.current || before !== this.#touches.get(pk) || this.queue.pending(pk).length) return;
    const { base } = this;
    if (told.rubric !== base.rubric.version) return void (await this.rubricChanged());
    if (told.answer !== base.version) return void (await this.refresh());
    const items = base.rubric.items.map((item) => ({ ...item, count: told.counts[item.id] ?? 0 }));
    const { held_by, progress } = told;
    this.papers.keep({ ...base, rubric: { ...base.rubric, items }, held_by, progress });
    this.#tell("change");
  }

  // The rubric was edited here: every paper at hand shows the old one.
  async rubricChanged() {
    this.papers.forget(this.current);
    this.#touch(this.current);
    await this.refresh();
  }

  choose(conflict, click) {
    this.conflicts.settle(conflict);
    if (click) this.#send(click, conflict.answer);
    this.#tell("change");
  }

  #send(click, answer = this.current) {
    this.#touch(answer);
    this.queue.add({ ...click, answer });
  }

  #said(click, said) {
    this.#touch(click.answer);
    const work = this.papers.get(click.answer);
    if (work) this.papers.keep(merged(work, click, said));
    if (click.answer === this.current) this.#tell("saved");
  }

  async #refused(click, error) {
    const stale = error.status === 409 && ["comment", "adjustment", "note"].includes(click.kind);
    if (stale) this.conflicts.add(click);
    if (click.answer === this.current) await this.refresh();
    if (!stale) flash(error.message, { kind: "error" });
    else if (click.answer !== this.current) {
      const run = () => this.go(click.answer);
      flash(`Someone else wrote a ${click.kind} meanwhile. Yours is kept.`, { kind: "error", action: "Look", run });
    }
  }

  #touch(answer) {
    this.#touches.set(answer, (this.#touches.get(answer) ?? 0) + 1);
  }

  #tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
