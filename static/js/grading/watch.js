// Keeps the answer in front claimed and fresh, lets go of the one that was left, and has the
// next papers ready.

import { send } from "../lib/http.js";
import * as urls from "./urls.js";

const EVERY = 20_000; // a claim lasts 90 seconds (rubrics/claims.py)
const PULSE = 3_000; // a colleague’s edit is seen within seconds

export class Watch {
  #session;
  #timer = 0;
  #beat = 0;

  constructor(session) {
    this.#session = session;
  }

  start() {
    this.#timer = setInterval(() => this.#look(), EVERY);
    document.addEventListener("visibilitychange", this.#look);
    window.addEventListener("pagehide", this.#leave);
    this.#settle(null);
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
  #listen(pause = PULSE) {
    clearTimeout(this.#beat);
    this.#beat = setTimeout(async () => {
      if (document.visibilityState === "visible" && navigator.onLine) await this.#session.listen();
      if (this.#beat) this.#listen();
    }, pause);
  }

  #moved = ({ detail }) => {
    const { turn } = this.#session;
    // The paint comes first; who leafs through quickly asks for nothing on the way.
    setTimeout(() => {
      if (turn === this.#session.turn) this.#settle(detail.left);
    }, 60);
  };

  async #settle(left) {
    const session = this.#session;
    const { turn, current, base } = session;
    this.#claim(current);
    if (!session.papers.isFresh(current)) session.refresh();
    this.#listen(0);
    await session.papers.ahead(base, () => turn === session.turn);
    const kept = [session.current, session.papers.nextAfter(session.current)];
    if (left && !kept.includes(left)) this.#release(left);
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
    const { current, papers } = this.#session;
    for (const pk of new Set([current, papers.nextAfter(current)])) if (pk) this.#release(pk);
  };

  // Refused while a colleague holds it: both may grade it, and the page says who else is there.
  #claim(pk) {
    send("PUT", urls.claim(pk)).catch(() => {});
  }

  #release(pk) {
    send("DELETE", urls.claim(pk), { keepalive: true }).catch(() => {});
  }
}
