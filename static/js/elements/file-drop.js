// <file-drop>: sends the chosen or dropped files one by one and shows how far each one is.
//
//   <file-drop data-next="/exams/3/scans/" data-parts="/api/v1/exams/3/deliveries/">
//     <form class="drop" method="post" action="…" enctype="multipart/form-data">
//       <input type="file" name="file" multiple> <button class="drop__send">Send</button>
//     </form>
//     <ul class="drop-list" aria-live="polite"></ul>
//   </file-drop>
//
// Each file is one POST of the form's fields with Accept: application/json. The server answers
// 2xx, perhaps {"next": url}; or 4xx with {"detail": sentence} or {"errors": {field: [sentence]}}.
// Every file that arrived fires a bubbling "file-sent" (detail: the answer), the last of them
// "files-sent"; when all arrived the page goes to the last answer's next, or to data-next.
// With data-together pictures that come at once are packed into one file (lib/zip.js), one row.
// With data-parts large files go there in parts (lib/parts.js) and survive a lost connection.
// A file that failed stays in the list with its reason and buttons to try again and to dismiss it;
// one that is here already, with a button to take it once more. One that arrived as {"upload": 7}
// follows #upload-7 elsewhere on the page: if that says data-state="problem" or "stuck", so it does.

import { csrfToken, failure } from "../lib/http.js";
import { LARGE, sendInParts } from "../lib/parts.js";
import { pack, span, together } from "../lib/zip.js";

customElements.define("file-drop", class extends HTMLElement {
  #queue = [];
  #sending = null;
  #failed = new Set();
  #arrived = new Map(); // rows by the key of their upload
  #next = "";

  connectedCallback() {
    this.toggleAttribute("ready", true);
    for (const type of ["change", "submit", "dragover", "dragleave", "drop"]) {
      this.addEventListener(type, this);
    }
    addEventListener("beforeunload", this);
    document.addEventListener("htmx:load", this);
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this);
    document.removeEventListener("htmx:load", this);
    this.#sending?.abort();
  }

  handleEvent(event) {
    if (event.type === "beforeunload") {
      if (this.#sending) event.preventDefault();
    } else if (event.type === "htmx:load") {
      this.#follow();
    } else if (event.type === "change") {
      if (event.target.type === "file") this.#take(this.#input.files);
    } else if (event.type === "dragleave") {
      if (!this.contains(event.relatedTarget)) this.removeAttribute("over");
    } else {
      event.preventDefault();
      this.toggleAttribute("over", event.type === "dragover");
      if (event.type === "drop") this.#take(event.dataTransfer.files);
    }
  }

  get #form() {
    return this.querySelector("form");
  }

  get #input() {
    return this.querySelector("input[type=file]");
  }

  #take(files) {
    const chosen = this.#input.multiple ? [...files] : [...files].slice(0, 1);
    const groups = "together" in this.dataset ? together(chosen) : chosen.map((file) => [file]);
    for (const files of groups) {
      const name = files.length > 1 ? `${files.length} pictures: ${span(files)}` : files[0].name;
      this.#queue.push({ files, name, row: this.#row(name) });
    }
    this.#input.value = "";
    if (!this.#sending) this.#work();
  }

  #row(called) {
    const row = document.createElement("li");
    row.className = "drop-list__file";
    const name = document.createElement("span");
    name.textContent = called;
    const state = document.createElement("span");
    state.className = "drop-list__state";
    state.textContent = "waiting";
    row.append(name, state);
    this.querySelector(".drop-list").append(row);
    return row;
  }

  async #work() {
    while (this.#queue.length) await this.#sendOne(this.#queue.shift());
    this.dispatchEvent(new CustomEvent("files-sent", { bubbles: true }));
    const next = this.#next || this.dataset.next;
    if (next && this.isConnected && !this.#failed.size) location.assign(next);
  }

  async #sendOne(item) {
    const state = item.row.querySelector(".drop-list__state");
    const bar = document.createElement("progress");
    bar.className = "progress";
    bar.ariaLabel = item.name;
    item.row.append(bar);
    try {
      const file = await this.#packed(item.files, bar, state);
      bar.max = file.size || 1;
      bar.value = 0;
      const answer = await this.#deliver(file, item.again, (sent, waiting) => {
        bar.value = Math.min(sent, bar.max);
        const percent = `${Math.floor((100 * sent) / bar.max)} %`;
        state.textContent = waiting ? `${percent}, no connection, trying again` : sent < file.size ? percent : "checking";
      });
      this.#next = answer?.next ?? this.#next;
      item.row.classList.add("drop-list__file--done");
      state.textContent = "✓ arrived";
      if (answer?.upload) this.#arrived.set(answer.upload, item.row);
      this.dispatchEvent(new CustomEvent("file-sent", { bubbles: true, detail: answer }));
    } catch (error) {
      this.#fail(item, state, error);
    } finally {
      bar.remove();
    }
  }

  async #packed(files, bar, state) {
    if (files.length === 1) return files[0];
    const stop = new AbortController();
    this.#sending = stop;
    state.textContent = "packing";
    bar.max = files.reduce((sum, { size }) => sum + size, 1);
    try {
      return await pack(files, { progress: (seen) => { bar.value = seen; }, signal: stop.signal });
    } finally {
      this.#sending = null;
    }
  }

  // Says of files that arrived and could not be read what the list of them says by now.
  #follow() {
    for (const [key, row] of this.#arrived) {
      const state = document.getElementById(`upload-${key}`)?.dataset.state;
      if (state !== "problem" && state !== "stuck") continue;
      this.#arrived.delete(key);
      row.classList.replace("drop-list__file--done", "drop-list__file--failed");
      const told = row.querySelector(".drop-list__state");
      told.textContent = "It arrived, but was not read: see below.";
      told.before(button("Dismiss", () => row.remove()));
    }
  }

  #fail(item, state, error) {
    this.#failed.add(item);
    item.row.classList.add("drop-list__file--failed");
    state.textContent = error.message;
    const acts = document.createElement("span");
    acts.className = "buttons";
    const again = () => {
      item.again = error.again;
      this.#failed.delete(item);
      item.row.classList.remove("drop-list__file--failed");
      acts.remove();
      state.textContent = "waiting";
      this.#queue.push(item);
      if (!this.#sending) this.#work();
    };
    const dismiss = () => {
      this.#failed.delete(item);
      item.row.remove();
    };
    acts.append(button(error.again ? "Take it once more" : "Try again", again), button("Dismiss", dismiss));
    state.before(acts);
  }

  async #deliver(file, again, progress) {
    if (!this.dataset.parts || file.size <= LARGE) return this.#post(file, again, progress);
    const stop = new AbortController();
    this.#sending = stop;
    try {
      return await sendInParts(this.dataset.parts, file, { again, progress, signal: stop.signal });
    } finally {
      this.#sending = null;
    }
  }

  // XHR, because fetch does not tell how much has been sent.
  #post(file, again, progress) {
    const body = new FormData(this.#form);
    body.set(this.#input.name, file, file.name);
    if (again) body.set("again", "1");
    const request = new XMLHttpRequest();
    this.#sending = request;
    return new Promise((resolve, reject) => {
      request.open("POST", this.#form.action);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", csrfToken());
      request.upload.addEventListener("progress", (event) => progress(event.loaded));
      request.addEventListener("loadend", () => {
        this.#sending = null;
        if (request.status < 200 || request.status > 299) {
          reject(failure(request.status, request.responseText));
        } else {
          resolve(readJson(request.responseText));
        }
      });
      request.send(body);
    });
  }
});

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button button--small";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
