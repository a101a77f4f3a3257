// What can be undone, answer by answer: each step is the clicks there and the clicks back.

export class Undo {
  #done = new Map();
  #undone = new Map();

  did(answer, forth, back) {
    this.#stack(this.#done, answer).push({ forth, back });
    this.#undone.delete(answer);
  }

  undo(answer) {
    const step = this.#stack(this.#done, answer).pop();
    if (step) this.#stack(this.#undone, answer).push(step);
    return step?.back ?? [];
  }

  redo(answer) {
    const step = this.#stack(this.#undone, answer).pop();
    if (step) this.#stack(this.#done, answer).push(step);
    return step?.forth ?? [];
  }

  #stack(stacks, answer) {
    if (!stacks.has(answer)) stacks.set(answer, []);
    return stacks.get(answer);
  }
}
