// Keeps the answer in front claimed and fresh, lets go of what was left, and has the next papers
// ready.

import { send } from "../lib/http.js";
import * as urls from "./urls.js";

const EVERY = 20_000; // a claim lasts 90 seconds (rubrics/claims.py)
const PULSE = 3_000; // a colleague’s edit is seen within seconds

export class Watch {
  #session;
  #timer = 0;
  #beat = 0;
  #ready = null; // the turn of which it is known what comes next

  constructor(session) {
    this.#session = session;
  }

  start() {
    this.#timer = setInterval(() => this.#look(), EVERY);
    document.addEventListener("visibilitychange", this.#look);
    window.addEventListener("pagehide", this.#leave);
    this.#settle(false);
    this.#session.addEventListener("moved", this.#moved);
  }

  stop() {
    clearInterval(this.#timer);
    clearTimeout(this.#beat);
    this.#beat = 0;
    document.removeEventListener("visibilitychange", this.#look);
    window.removeEventListener("pagehide", this.#leave);
    this.#session.removeEventListener("moved", this.#moved);
  }

  // The next is asked once this one is answered: a slow server gets no queue of them.
  #listen() {
    clearTimeout(this.#beat);
    this.#beat = setTimeout(async () => {
      if (document.visibilityState === "visible" && navigator.onLine) await this.#session.listen();
      if (this.#beat) this.#listen();
    }, PULSE);
  }

  #moved = ({ detail }) => {
    const { turn } = this.#session;
    // The paint comes first; who leafs through quickly asks for nothing on the way.
    setTimeout(() => {
      if (turn === this.#session.turn) this.#settle(detail.leafing);
    }, 60);
  };

  async #settle(leafing) {
    const session = this.#session;
    const { turn, current, base } = session;
    this.#arrive();
    if (!session.papers.isFresh(current)) session.refresh();
    await session.papers.ahead(base, () => turn === session.turn, { leafing });
    if (turn === session.turn) this.#ready = turn;
    // What was claimed for a paper that was left is let go as well, however late it was told.
    if (this.#ready === session.turn) this.#letGo();
  }

  // The claim tells what moved; where a colleague holds the answer, the next pulse does.
  async #arrive() {
    this.#listen();
    this.#session.papers.held.add(this.#session.current);
    await this.#session.listen((pk) => send("PUT", urls.claim(pk)));
  }

  // All but what is in front and what comes next: also what was leafed over, and what would have
  // come next in a question that was left. Colleagues would see us there for as long as a claim lasts.
  // A click still on its way makes the answer graded: free before that, it would be given again.
  #letGo() {
    const { papers, queue } = this.#session;
    for (const pk of papers.held) {
      queue.settled(pk).then(() => { if (!this.#kept.includes(pk)) this.#release(pk); });
    }
  }

  get #kept() {
    const { current, papers } = this.#session;
    return [current, papers.nextAfter(current)];
  }

  #look = () => {
    if (document.visibilityState === "hidden") return;
    const { current, papers } = this.#session;
    this.#claim(current);
    const next = papers.nextAfter(current);
    if (next && next !== current) this.#claim(next);
    this.#session.refresh();
  };

  #leave = () => {
    const { papers, queue } = this.#session;
    for (const pk of papers.held) if (!queue.pending(pk).length) this.#release(pk);
  };

  // Refused while a colleague holds it: both may grade it, and the page says who else is there.
  #claim(pk) {
    this.#session.papers.held.add(pk);
    send("PUT", urls.claim(pk)).catch(() => {});
  }

  #release(pk) {
    this.#session.papers.held.delete(pk);
    send("DELETE", urls.claim(pk), { keepalive: true }).catch(() => {});
  }
}
