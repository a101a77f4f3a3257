// What was said of an answer by other hands than this page's, and the words that tell of it: while
// clicks on it waited for a connection, and while it is in front.

import { flash } from "../lib/flash.js";
import { send } from "../lib/http.js";
import { countedPoints, hundredths, pointsText } from "./points.js";
import * as urls from "./urls.js";

const GRADED = ["applied", "lifted", "adjusted", "graded", "ungraded"];

export class Meanwhile {
  #session;
  #user;
  #seen = new Map(); // by answer, its latest word when the first of these clicks was made

  constructor(session, user) {
    [this.#session, this.#user] = [session, user];
  }

  // A click was answered. If one on its answer had waited, after the last it is asked who else was there.
  async arrived({ answer, seen, waited }) {
    if (waited && Number.isInteger(seen) && !this.#seen.has(answer)) this.#seen.set(answer, seen);
    if (!this.#seen.has(answer) || this.#session.queue.pending(answer).length) return;
    const since = this.#seen.get(answer);
    this.#seen.delete(answer);
    const theirs = (await this.#since(answer, since)).filter(({ person }) => person && person !== this.#user);
    if (theirs.length) await this.#tell(answer, [...new Set(theirs.map(({ by }) => by))]);
  }

  // The answer in front moved by no click of this page; `since` is the last word it knew.
  async moved({ id, score, question }, since) {
    const lines = await this.#since(id, since);
    if (!lines.length || id !== this.#session.current) return;
    const own = lines.every(({ person }) => person === this.#user);
    const what = own ? "Changed in another window of yours." : "A colleague graded this answer too.";
    flash(`${what} It stands at ${stands(score, question)}.`, { kind: "info" });
  }

  // The lines of its history that moved the score after one of them.
  async #since(answer, since) {
    const lines = await send("GET", urls.history(answer)).catch(() => []);
    return lines.filter(({ id, verb }) => id > since && GRADED.includes(verb));
  }

  async #tell(answer, people) {
    const session = this.#session;
    const work = await session.papers.read(answer).catch(() => null);
    if (!work) return;
    const words = `${people.join(" and ")} graded ${work.paper.code_name} while your clicks waited. Both count: it stands at ${stands(work.score, work.question)}.`;
    flash(words, { kind: "warning", action: "Look", run: () => this.#look(answer) });
  }

  async #look(answer) {
    await this.#session.go(answer);
    this.#session.dispatchEvent(new Event("look-back"));
  }
}

function stands(score, question) {
  return `${pointsText(hundredths(score))} of ${countedPoints(question.points)}`;
}
