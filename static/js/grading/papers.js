// The papers at hand: fetched ahead, their pictures decoded, and the one the server gives next.

import { send } from "../lib/http.js";
import * as urls from "./urls.js";

const MOST = 24;
const FRESH = 10_000;

export class Papers {
  #works = new Map();
  #images = new Map();
  #fetching = new Map();
  #next = null;
  #era = 0;

  // `query`: which papers are beside each other, as the address says it.
  constructor(query = "") {
    this.query = query && `?${query}`;
  }

  keep(work) {
    this.#works.delete(work.id);
    this.#works.set(work.id, { work, at: performance.now() });
    for (const old of [...this.#works.keys()].slice(0, -MOST)) this.#works.delete(old);
    return work;
  }

  has(pk) {
    return this.#works.has(pk);
  }

  get(pk) {
    return this.#works.get(pk)?.work;
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
    const work = this.get(pk) ?? await this.read(pk);
    await this.#decode(work);
    if (era !== this.#era) return this.#fetch(pk);
    return this.has(pk) ? this.get(pk) : this.keep(work);
  }

  // A paper fetched ahead takes over what became of the rubric's counts since.
  carry(view, pk) {
    const [from, to] = [this.#works.get(view.id), this.#works.get(pk)];
    if (!from || !to || to.work.question.id !== view.question.id || to.at > from.at) return;
    to.work = { ...to.work, rubric: view.rubric, progress: view.progress };
  }

  // A rubric was edited: every answer fetched ahead holds the old one.
  forget(except) {
    this.#era += 1;
    for (const pk of [...this.#works.keys()]) if (pk !== except) this.#works.delete(pk);
  }

  // The next ungraded answer of the question, claimed for us; null when none is left.
  async claimNext(work) {
    const { answer } = await send("POST", urls.next(work.question.id) + this.query, { json: { after: work.paper.number } });
    this.#next = { after: work.id, pk: answer };
    return answer;
  }

  nextAfter(pk) {
    return this.#next?.after === pk ? this.#next.pk : undefined;
  }

  // What the grader is likely to ask for: the paper given next, and those beside this one.
  async ahead(work, wanted) {
    const next = await this.claimNext(work).catch(() => null);
    for (const pk of [next, work.next, work.previous, work.next_question]) {
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
      image.src = url;
      this.#images.set(url, image);
      for (const old of [...this.#images.keys()].slice(0, -MOST)) this.#images.delete(old);
    }
    return this.#images.get(url);
  }

  #decode(work) {
    const shown = work.pages.find((page) => work.regions.some((region) => region.page === page.page));
    const url = (shown ?? work.pages[0])?.url;
    return url ? this.image(url).decode().catch(() => {}) : null;
  }
}
