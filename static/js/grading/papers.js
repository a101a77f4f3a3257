// The papers at hand: fetched ahead, their pictures decoded, and the one the server gives next.

import { send } from "../lib/http.js";
import { alongside } from "./state.js";
import * as urls from "./urls.js";

const MOST = 24;
const FRESH = 60_000; // a claim tells what was said since; what it does not (pages, say) is asked for every 20 s
const REST = 1_500; // who leafed before and stays this long may leaf on

export class Papers {
  #works = new Map();
  #images = new Map();
  #fetching = new Map();
  #next = null; // {after, pk}: what the server gives after a paper
  #asking = null; // the same, with a promise: it may be on its way
  #leafs = false;
  #era = 0;
  held = new Set(); // the answers claimed for us, as far as this page knows

  // `query`: which papers are beside each other, as the address says it.
  constructor(query = "") {
    this.query = query && `?${query}`;
  }

  // `asked`: when the server was, for counts that a click sent later is not in.
  keep(work, asked = this.asked(work.id) ?? performance.now()) {
    this.#works.delete(work.id);
    this.#works.set(work.id, { work, at: performance.now(), asked });
    for (const old of [...this.#works.keys()].slice(0, -MOST)) this.#works.delete(old);
    return work;
  }

  has(pk) {
    return this.#works.has(pk);
  }

  get(pk) {
    return this.#works.get(pk)?.work;
  }

  asked(pk) {
    return this.#works.get(pk)?.asked;
  }

  isFresh(pk) {
    const kept = this.#works.get(pk);
    return Boolean(kept) && performance.now() - kept.at < FRESH;
  }

  // The server’s present word on an answer.
  read(pk) {
    return send("GET", urls.answerData(pk) + this.query);
  }

  // An answer ready to be painted: data and picture. Asked once, however many wait for it.
  fetch(pk) {
    if (!this.#fetching.has(pk)) {
      this.#fetching.set(pk, this.#fetch(pk).finally(() => this.#fetching.delete(pk)));
    }
    return this.#fetching.get(pk);
  }

  async #fetch(pk) {
    const era = this.#era;
    const asked = performance.now();
    const work = this.get(pk) ?? await this.read(pk);
    await this.#decode(work);
    if (era !== this.#era) return this.#fetch(pk);
    return this.has(pk) ? this.get(pk) : this.keep(work, asked);
  }

  // A paper fetched ahead takes over what became of the rubric's counts since.
  carry({ id, question, rubric, progress, colleagues }, pk) {
    const [from, to] = [this.#works.get(id), this.#works.get(pk)];
    if (!from || !to || to.work.question.id !== question.id || to.asked > from.asked) return;
    to.work = { ...to.work, rubric, progress, colleagues };
    to.asked = from.asked;
  }

  // A click that went out after these papers were asked for is in none of their counts.
  count(before, after, out) {
    for (const kept of this.#works.values()) {
      const { id, question } = kept.work;
      if (id !== after.id && question.id === after.question.id && kept.asked < out) kept.work = alongside(kept.work, before, after);
    }
  }

  // A rubric was edited: every answer fetched ahead holds the old one.
  forget(except) {
    this.#era += 1;
    for (const pk of [...this.#works.keys()]) if (pk !== except) this.#works.delete(pk);
  }

  // The next ungraded answer of the question, claimed for us; null when none is left, and
  // `progress` then says how many are graded.
  claimNext(work) {
    const pk = this.#claimNext(work);
    this.#asking = { after: work.id, pk: pk.catch(() => undefined) };
    return pk;
  }

  async #claimNext(work) {
    const era = this.#era;
    const asked = performance.now();
    const told = await send("POST", urls.next(work.question.id) + this.query, { json: { after: work.paper.number } });
    if (told.answer) this.held.add(told.answer);
    // Told late, it is not of the paper that is in front by now.
    if (this.#asking.after === work.id) {
      this.#next = { after: work.id, pk: told.answer };
      this.progress = told.progress;
    }
    // What is at hand already may have clicks of ours in it; what was read before a rubric's edit is old.
    if (told.work && era === this.#era && !this.has(told.answer)) this.keep(told.work, asked);
    return told.answer;
  }

  nextAfter(pk) {
    return this.#next?.after === pk ? this.#next.pk : undefined;
  }

  // The same, waited for where it was asked and not answered yet.
  async nextAsked(pk) {
    return (this.#asking?.after === pk ? await this.#asking.pk : undefined) ?? this.nextAfter(pk);
  }

  // What the grader is likely to ask for: the paper given next, and those beside this one. These
  // first for who leafs just now, after a rest for who did before, not at all for who never does.
  async ahead(work, wanted, { leafing = false } = {}) {
    const beside = () => this.#each([work.next, work.previous, work.next_question], work, wanted);
    if (leafing) {
      this.#leafs = true;
      await beside();
    }
    const next = await this.claimNext(work).catch(() => null);
    await this.#each([next], work, wanted);
    if (this.#leafs && !leafing) setTimeout(beside, REST);
  }

  async #each(pks, work, wanted) {
    for (const pk of pks) {
      if (!wanted()) return;
      if (pk && pk !== work.id) await this.fetch(pk).catch(() => {});
    }
  }

  // A picture ready to be put into the page, the same element each time.
  image(url) {
    if (!this.#images.has(url)) {
      const image = new Image();
      image.decoding = "sync";
      image.alt = "";
      // One that did not come for want of a connection comes with it, also where it is shown.
      image.addEventListener("error", () => {
        this.#images.delete(url);
        addEventListener("online", () => { image.src = url; }, { once: true });
      });
      image.src = url;
      this.#images.set(url, image);
      for (const old of [...this.#images.keys()].slice(0, -MOST)) this.#images.delete(old);
    }
    return this.#images.get(url);
  }

  #decode(work) {
    const shown = work.pages.find((page) => work.regions.some((region) => region.page === page.page));
    const url = (shown ?? work.pages[0])?.url;
    // Nobody is led to a paper without its picture only because the line is down.
    return url ? this.image(url).decode().catch((error) => { if (!navigator.onLine) throw error; }) : null;
  }
}
