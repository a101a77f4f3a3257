// One grader at work: the answer in front, clicks on their way, the papers at hand.
//
// Fires "change" when what is shown changed and "moved" when another answer is in front. The
// parts of the page read `view` and call the verbs; none of them keeps a state of the grading.

import { flash } from "../lib/flash.js";
import { send } from "../lib/http.js";
import { Conflicts } from "./conflicts.js";
import { Meanwhile } from "./meanwhile.js";
import { Papers } from "./papers.js";
import { Queue } from "./queue.js";
import { alongside, applied, merged, movedGround, turnedBack } from "./state.js";
import { Undo } from "./undo.js";
import * as urls from "./urls.js";

// Words and points, which are sent with the version they were seen in.
const VERSIONED = ["comment", "adjustment", "note"];

export class Session extends EventTarget {
  #touches = new Map();
  #seconds = new Map(); // by question, the median for an answer
  #undo = new Undo(this);
  #meanwhile;
  #turn = 0;

  constructor({ answer, questions, user }) {
    super();
    this.papers = new Papers(answer.filter?.query);
    this.conflicts = new Conflicts(user);
    this.#meanwhile = new Meanwhile(this, user);
    this.current = this.papers.keep(answer).id;
    this.#timed(questions);
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
    const work = applied(this.#counted(this.base), this.queue.pending(this.current));
    const seconds = this.#seconds.get(work.question.id) ?? null;
    return { ...work, seconds, status: this.queue.status, conflict: this.conflicts.of(this.current) };
  }

  // Who grades fast is here before the clicks on the last papers are saved: they count already.
  #counted(base) {
    const asked = this.papers.asked(base.id);
    const others = [...this.queue.answers].filter((pk) => pk !== base.id);
    return others.reduce((counted, pk) => {
      const work = this.papers.get(pk);
      if (work?.question.id !== base.question.id) return counted;
      const clicks = this.queue.pending(pk).filter((click) => !(click.out <= asked));
      return alongside(counted, work, applied(work, clicks));
    }, base);
  }

  toggle(item) {
    const { marks } = this.view;
    const click = { kind: "mark", item, on: !marks.includes(item) };
    const after = applied(this.view, [click]).marks;
    this.#undo.clicked(this.current, turnedBack(after, marks), turnedBack(marks, after));
    this.send(click);
  }

  // Says something, and how to take it back.
  act(click, back) {
    if (back) this.#undo.clicked(this.current, [click], [back]);
    this.send(click);
  }

  // Takes back what a line of an answer's history says; `click` as the server made it. That
  // answer is no longer in front: nothing happens, for its lines are not seen either.
  takeBack(click, answer) {
    if (answer !== this.current) return;
    if (click.kind === "mark") {
      if (this.view.marks.includes(click.item) !== click.on) this.toggle(click.item);
    } else if (VERSIONED.includes(click.kind)) this.write({ ...click, answer, version: this.view[click.kind]?.version ?? 0 });
    else this.send(click);
  }

  // Words and adjustment belong to the answer they were typed for, in front or not.
  write(click) {
    this.#undo.wrote(click);
    this.send(click, click.answer);
  }

  // The rubric was edited from here; returns what takes it back.
  edited(question, edits, words) {
    return this.#undo.edited(question, edits, words);
  }

  undo() {
    this.#undo.undo();
  }

  redo() {
    this.#undo.redo();
  }

  // `leafing`: to a paper beside this one, and likely on in that direction.
  async go(pk, { push = true, leafing = true } = {}) {
    if (!pk || pk === this.current) return;
    const turn = ++this.#turn;
    try {
      if (!this.papers.has(pk)) await this.papers.fetch(pk);
    } catch (error) {
      flash(error.message, { kind: "error" });
      return;
    }
    if (turn !== this.#turn) return;
    this.papers.carry(this.base, pk);
    this.current = pk;
    this.#tell("moved", { push, leafing });
  }

  // Whether the grader is still where he was when something began.
  get turn() {
    return this.#turn;
  }

  // On to the next ungraded answer. Returns what became of it: "gone" there (or why not was said),
  // "here" for the only one left, "none" when the question has none left for us.
  async goNext() {
    const turn = this.#turn;
    let pk = await this.papers.nextAsked(this.current);
    if (!pk || pk === this.current || this.#isGraded(pk)) {
      for (const one of [pk, this.current]) await this.queue.settled(one);
      pk = await this.papers.claimNext(this.base);
    }
    if (turn === this.#turn && pk === this.current) return "here";
    if (turn === this.#turn && pk) await this.go(pk, { leafing: false });
    return turn === this.#turn && !pk ? "none" : "gone";
  }

  // Given before a click on it was saved: the server took it for ungraded.
  #isGraded(pk) {
    const work = this.papers.get(pk);
    return Boolean(work) && applied(work, this.queue.pending(pk)).graded;
  }

  // Takes the server's present word, unless a click came in between: then it asks again.
  async refresh(pk = this.current) {
    const before = this.#touches.get(pk);
    const asked = performance.now();
    const work = await this.papers.read(pk).catch(() => null);
    if (!work) return;
    if (before !== this.#touches.get(pk)) return void this.refresh(pk);
    this.papers.keep(work, asked);
    if (pk === this.current) this.#tell("change");
  }

  // Takes in what colleagues moved; a click in between makes the next call do it. `ask` is given
  // the answer and gets the server's word on what moved.
  async listen(ask = (pk) => send("GET", urls.pulse(pk))) {
    const pk = this.current;
    const before = this.#touches.get(pk);
    const asked = performance.now();
    const told = await ask(pk).catch(() => null);
    if (!told || pk !== this.current || before !== this.#touches.get(pk) || this.queue.pending(pk).length) return;
    const { base } = this;
    if (told.rubric !== base.rubric.version || movedGround(base, told)) return void (await this.rubricChanged());
    if (told.answer !== base.version) return void (await this.#heard(base));
    const items = base.rubric.items.map((item) => ({ ...item, count: told.counts[item.id] ?? 0 }));
    const { held_by, colleagues, progress } = told;
    this.papers.keep({ ...base, rubric: { ...base.rubric, items }, held_by, colleagues, progress }, asked);
    this.#tell("change");
  }

  // Something was said of the answer in front, and not from this page. What moves its score is said in words, too.
  async #heard(before) {
    await this.refresh();
    const { id, marks, score } = this.base;
    if (id !== before.id || (score === before.score && String(marks) === String(before.marks))) return;
    await this.#meanwhile.moved(this.base, before.version);
  }

  // How long an answer takes, as the list of questions knows it.
  timed(questions) {
    this.#timed(questions);
    this.#tell("change");
  }

  #timed(questions) {
    for (const { id, seconds } of questions) this.#seconds.set(id, seconds);
  }

  // The rubric was edited, or what holds for the question: every paper at hand shows the old one.
  async rubricChanged() {
    this.papers.forget(this.current);
    this.#touch(this.current);
    await this.refresh();
  }

  choose(conflict, click) {
    this.conflicts.settle(conflict);
    if (click) this.write({ ...click, answer: conflict.answer });
    this.#tell("change");
  }

  // As it is, with no way back: what other verbs end in.
  send(click, answer = this.current) {
    this.#touch(answer);
    this.queue.add({ ...click, answer, seen: this.papers.get(answer)?.version ?? null });
  }

  #said(click, said) {
    this.#touch(click.answer);
    const work = this.papers.get(click.answer);
    if (work) this.papers.count(work, this.papers.keep(merged(work, click, said)), click.out);
    if (click.answer === this.current) this.#tell("saved");
    this.#meanwhile.arrived(click);
  }

  async #refused(click, error) {
    const stale = error.status === 409 && VERSIONED.includes(click.kind);
    if (stale) this.conflicts.add(click);
    this.#meanwhile.arrived(click);
    if (click.answer === this.current) await this.refresh();
    if (!stale) flash(error.message, { kind: "error" });
    else if (click.answer !== this.current) {
      const run = () => this.go(click.answer);
      const told = flash(`Someone else wrote a ${click.kind} meanwhile. Yours is kept.`, { kind: "error", action: "Look", run });
      this.addEventListener("moved", () => { if (this.current === click.answer) told.remove(); });
    }
  }

  #touch(answer) {
    this.#touches.set(answer, (this.#touches.get(answer) ?? 0) + 1);
  }

  #tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
