// How words will look to a student, under the field they are typed in; only where that differs
// from what is typed.
//
//   <div data-preview hidden>… <div data-shown></div></div>
//   const preview = new Preview(field, box);
//   preview.see();                 // after each change; asks the server once typing pauses
//   preview.see(text, html);       // where the server said already how that text looks

import { send } from "../lib/http.js";
import * as urls from "./urls.js";
import { setWords } from "./words.js";

const PAUSE = 120; // ms of no typing before the server is asked how it looks
const MARKUP = /[*_`$>[#~<]|^\s*(-|\d+\.)\s|\n/m;

export class Preview {
  #field;
  #box;
  #timer = 0;
  #seen = null;

  constructor(field, box) {
    [this.#field, this.#box] = [field, box];
  }

  see(known = "", html = null) {
    const text = this.#field.value.trim();
    this.stop();
    if (!MARKUP.test(text)) {
      this.#box.hidden = true;
      this.#seen = null;
    } else if (text !== this.#seen) {
      if (html !== null && text === known.trim()) this.#show(text, html);
      else this.#timer = setTimeout(() => this.#look(text), PAUSE);
    }
  }

  stop() {
    clearTimeout(this.#timer);
  }

  async #look(text) {
    const found = await send("POST", urls.preview, { json: { text } }).catch(() => null);
    if (found && text === this.#field.value.trim()) this.#show(text, found.html);
  }

  #show(text, html) {
    this.#seen = text;
    this.#box.hidden = false;
    setWords(this.#box.querySelector("[data-shown]"), html);
  }
}
