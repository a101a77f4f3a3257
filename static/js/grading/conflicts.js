// Words that met other words: kept in this browser until somebody chose between them.

export class Conflicts {
  #prefix;

  constructor(user) {
    this.#prefix = `marginalia.conflict.${user}.`;
  }

  // {kind: "comment" | "note" | "adjustment", mine} of an answer, or null.
  of(answer) {
    const found = Object.keys(localStorage).find((key) => key.startsWith(`${this.#prefix}${answer}.`));
    return found ? JSON.parse(localStorage.getItem(found)) : null;
  }

  add({ answer, kind, text, points }) {
    const conflict = { answer, kind, mine: kind === "adjustment" ? points : text };
    localStorage.setItem(`${this.#prefix}${answer}.${kind}`, JSON.stringify(conflict));
  }

  settle({ answer, kind }) {
    localStorage.removeItem(`${this.#prefix}${answer}.${kind}`);
  }
}
