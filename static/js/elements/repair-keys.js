// <repair-keys>: the keys of the repair desk. It stays while its content is swapped.
//
//   <repair-keys id="desk" hx-boost="true" hx-target="#desk">
//     <nav class="desk__side"><input type="search" data-key="/"> <div id="repair-papers"><a aria-current>…</div></nav>
//     <section class="desk__stage"><a class="thumb" aria-current="true">…</section>
//     <section class="desk__panel"><h2 id="page-title" tabindex="-1">Page 14 of paper 85</h2>
//       <button data-key="d">Discard <kbd>D</kbd></button>
//       <details class="repair-act"><summary data-key="m">Move</summary><form><button data-key="1">…</form></details>
//     </section>
//   </repair-keys>
//
// A key acts on the page one sees, so none acts while another is on its way, nor in the moment it
// appears; aria-busy tells. Undo and redo wait their turn instead, unless what they wait for fails.
// While an act is open only its own keys count, and Escape closes it.

import { keyName, keysAreOn, listenForKeys } from "../lib/keys.js";

const SETTLE = 120;
const BACK_AND_FORTH = ["Ctrl+Z", "Ctrl+Shift+Z"];
const QUEUED = 3;
const COLUMNS = [".desk__side", ".desk__stage"];

customElements.define("repair-keys", class extends HTMLElement {
  #stop = null;
  #timer = 0;
  #scrolled = [];
  #waiting = [];
  #queue = [];

  connectedCallback() {
    const press = (event) => this.#press(event);
    this.#stop = listenForKeys(new Proxy({}, { get: () => press }));
    for (const type of ["keydown", "toggle", "change"]) this.addEventListener(type, this, true);
    for (const type of ["beforeRequest", "beforeSwap", "afterSwap", "afterRequest"]) this.addEventListener(`htmx:${type}`, this);
    document.body.addEventListener("scans-changed", this);
    this.#show();
  }

  disconnectedCallback() {
    this.#stop?.();
    clearTimeout(this.#timer);
    document.body.removeEventListener("scans-changed", this);
  }

  handleEvent(event) {
    if (event.type === "keydown") this.#inside(event);
    else if (event.type === "toggle") this.#opened(event.target);
    else if (event.type === "change") this.#chosen(event.target);
    else if (event.type === "scans-changed") globalThis.htmx.ajax("GET", location.href, { target: this, source: this });
    else if (event.detail.target === this) this[event.type.slice("htmx:".length)](event);
  }

  #press(event) {
    const name = keyName(event);
    const open = this.querySelector("details[open].repair-act");
    if (open && name === "Escape") return this.#close(open);
    const busy = this.ariaBusy === "true";
    if (busy && BACK_AND_FORTH.includes(name)) return this.#later(name, event.repeat);
    const target = this.#named(name, open);
    if (!target) return false;
    if (busy || (event.repeat && !name.startsWith("Arrow"))) return true;
    if (target.matches("input")) target.select();
    else target.click();
    // The toggle event comes late for who types on.
    if (target.matches("summary")) this.#opened(target.parentElement);
    return true;
  }

  #named(name, open) {
    const named = `[data-key~="${CSS.escape(name)}"]`;
    return [...document.querySelectorAll(`#repair-head ${named}, repair-keys ${named}`)]
      .find((one) => one.checkVisibility() && (!open || open.contains(one)));
  }

  #later(name, repeat) {
    if (!repeat && this.#queue.length < QUEUED) this.#queue.push(name);
    return true;
  }

  // From the search field into what was found; out of an open act.
  #inside(event) {
    const field = event.target.closest("input[type=search]");
    const found = [...this.querySelectorAll("#repair-papers a")];
    const at = found.indexOf(event.target);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const act = event.target.closest("details[open].repair-act");
    if (field && event.key === "Escape") field.blur();
    else if (field && event.key === "Enter" && found.length) found[0].click();
    else if (field && step === 1 && found.length) found[0].focus();
    else if (at >= 0 && step && found[at + step]) found[at + step].focus();
    else if (act && event.key === "Escape") this.#close(act);
    else if (act && this.#isLetter(event)) this.#press(event);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // A letter is nothing to a field of numbers.
  #isLetter(event) {
    const held = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    return event.target.type === "number" && /^[a-z]$/.test(event.key) && !held && keysAreOn();
  }

  // One act at a time, with the hands where they can go on.
  #opened(act) {
    if (!act.matches?.(".repair-act") || !act.open) return;
    for (const other of this.querySelectorAll("details[open].repair-act")) if (other !== act) other.open = false;
    if (act.contains(document.activeElement?.closest("form"))) return;
    const first = act.querySelector("form :is(button, input:not([type=hidden]))");
    first?.focus();
    if (first?.type === "number") first.select();
    act.scrollIntoView({ block: "nearest" });
  }

  // A file is chosen: the next Enter sends it, and does not ask for another.
  #chosen(field) {
    if (field.type === "file" && field.files.length) field.form.querySelector("button").focus();
  }

  #close(act) {
    act.open = false;
    act.querySelector("summary").focus();
    return true;
  }

  // What is asked for goes before the pictures of what one leaves.
  beforeRequest() {
    clearTimeout(this.#timer);
    this.ariaBusy = "true";
    this.#waiting = [...this.querySelectorAll("img")].filter((one) => !one.complete).map((one) => [one, one.src]);
    for (const [picture] of this.#waiting) picture.removeAttribute("src");
  }

  beforeSwap() {
    this.#scrolled = COLUMNS.map((column) => this.querySelector(column)?.scrollTop ?? 0);
  }

  afterSwap() {
    COLUMNS.forEach((column, index) => { this.querySelector(column)?.scrollTo(0, this.#scrolled[index]); });
    this.#show();
    this.querySelector("#page-title")?.focus({ preventScroll: true });
  }

  afterRequest(event) {
    // What was meant to be undone did not happen: nothing older goes in its place.
    if (!event.detail.successful || this.querySelector(".repair-bar__said .bad")) this.#queue = [];
    for (const [picture, address] of this.#waiting) if (picture.isConnected) picture.src = address;
    this.#waiting = [];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), SETTLE);
  }

  #rest() {
    this.ariaBusy = null;
    const name = this.#queue.shift();
    if (name) this.#named(name)?.click();
  }

  #show() {
    for (const chosen of this.querySelectorAll("[aria-current=true]:is(.thumb, .list__row)")) {
      chosen.scrollIntoView({ block: "nearest", container: "nearest" });
    }
  }
});
