// Clicks on their way to the server: in key order and one at a time for each answer, kept in
// this browser until the server has answered.
//
//   const queue = new Queue(user, { onChange, onSaid, onRefused });
//   queue.add({ answer: 7, kind: "mark", item: 3, on: true });
//
// A click without connection waits, through a reload too, and is tried again. What the server
// refuses (removed item, stale version) leaves the queue and goes to onRefused with the reason.

import { HttpError, send } from "../lib/http.js";
import { requestFor } from "./requests.js";

const ORPHANED = 60_000;
const SLOWEST = 20_000;
const TAB = "marginalia.tab";

export class Queue {
  #prefix;
  #on;
  #clicks = [];
  #busy = new Set();
  #trouble = null;
  #tries = 0;
  #timer = 0;
  #count = 0;
  #waiters = [];

  constructor(user, on) {
    this.#prefix = `marginalia.click.${user}.`;
    this.#on = on;
    this.tab = sessionStorage.getItem(TAB) ?? crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
    sessionStorage.setItem(TAB, this.tab);
    window.addEventListener("online", () => this.retry());
  }

  // Takes up what this tab left unsent, and what a tab that is gone did.
  adopt(now = Date.now()) {
    const kept = Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix));
    const found = kept.map((key) => JSON.parse(localStorage.getItem(key)));
    const ours = found.filter((click) => click.tab === this.tab || now - click.at > ORPHANED);
    for (const click of ours) click.waited = true;
    const known = new Set(this.#clicks.map((click) => click.id));
    this.#clicks.push(...ours.filter((click) => !known.has(click.id)));
    this.#clicks.sort((one, other) => one.at - other.at || one.count - other.count);
    // What is left belongs to a tab that is open, or was closed a moment ago.
    if (ours.length < found.length) setTimeout(() => this.adopt(), ORPHANED);
    this.#on.onChange();
    this.retry();
  }

  add(click) {
    const at = Date.now();
    const count = this.#count++;
    const entry = { ...click, at, count, tab: this.tab, id: `${at}.${count}.${this.tab}` };
    this.#keep(entry);
    this.#clicks.push(entry);
    this.#send(click.answer);
    this.#on.onChange();
  }

  pending(answer) {
    return this.#clicks.filter((click) => click.answer === answer);
  }

  // The answers that something is on its way to.
  get answers() {
    return new Set(this.#clicks.map((click) => click.answer));
  }

  // Resolves when nothing of an answer is on its way, or nothing gets through.
  async settled(answer) {
    while (this.pending(answer).length && !this.#trouble) await new Promise((then) => { this.#waiters.push(then); });
  }

  // {state: "saved" | "saving" | "waiting", count, why}
  get status() {
    const count = this.#clicks.length;
    const state = !count ? "saved" : this.#trouble ? "waiting" : "saving";
    return { state, count, why: this.#trouble?.message ?? "" };
  }

  retry() {
    clearTimeout(this.#timer);
    for (const answer of this.answers) this.#send(answer);
  }

  async #send(answer) {
    const click = this.#clicks.find((one) => one.answer === answer);
    if (!click || this.#busy.has(answer)) return;
    this.#busy.add(answer);
    try {
      const said = await this.#request(click);
      this.#works();
      this.#drop(click);
      this.#rebase(click, said);
      this.#on.onSaid(click, said);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      if (!this.#take(click, error)) return;
    } finally {
      this.#busy.delete(answer);
      this.#on.onChange();
      for (const go of this.#waiters.splice(0)) go();
    }
    this.#send(answer);
  }

  // Outlives the page it was made on; a connection that hangs counts as none.
  #request(click) {
    const { method, url, json } = requestFor(click);
    click.out = performance.now();
    return send(method, url, { json, keepalive: true, signal: AbortSignal.timeout(SLOWEST) })
      .catch((error) => { throw error instanceof HttpError ? error : new HttpError("No connection.", 0); });
  }

  // Whether the next click may go out: not while the trouble lies with connection or server.
  #take(click, error) {
    const refused = error.status >= 400 && error.status < 500 && ![401, 403, 408, 429].includes(error.status);
    if (refused) {
      this.#works();
      this.#drop(click);
      this.#on.onRefused(click, error);
      return true;
    }
    this.#trouble = error;
    delete click.out;
    click.waited = true;
    this.#keep(click);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.retry(), Math.min(30_000, 1000 * 2 ** this.#tries++));
    return false;
  }

  #works() {
    const waited = this.#trouble;
    this.#trouble = null;
    this.#tries = 0;
    if (waited) this.retry();
  }

  // Our own earlier words are no stranger's: the next version follows from the answer to them.
  #rebase(done, said) {
    for (const click of this.pending(done.answer)) {
      if (click.kind !== done.kind || click.version === undefined) continue;
      click.version = said[click.kind]?.version ?? 0;
      this.#keep(click);
    }
  }

  #keep(click) {
    try {
      localStorage.setItem(this.#prefix + click.id, JSON.stringify(click));
    } catch {
      // A full or closed store: the click still goes out, it only would not outlive a reload.
    }
  }

  #drop(click) {
    this.#clicks = this.#clicks.filter((one) => one !== click);
    localStorage.removeItem(this.#prefix + click.id);
  }
}
