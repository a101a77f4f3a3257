// Drawing on the page with mouse, pen or finger: what was drawn is handed over as an annotation,
// in fractions of the page.

import { shape, UNITS } from "./ink-shapes.js";

const PEN = 0.003;
const TEXT = 0.02;
const LEAST = 0.004; // of the page's width: less is a slip of the hand

export class PenTools {
  #svg;
  #page;
  #turn; // which way up the page is shown: ink stays with the paper if it is turned meanwhile
  #on;
  #points = [];
  #preview = null;
  #field = null;
  #pointer = 0;
  #stylus = false; // a pen was used: then a finger or the palm pans, and never draws
  #finger = null;

  // on: {drawn(ink), erased(key), placed([x, y]), panned(x, y)}.
  // tool: "pan", "pen", "text", "box", "pin" or "erase".
  constructor(svg, on) {
    this.tool = "pan";
    this.colour = "red";
    this.#svg = svg;
    this.#on = on;
    svg.addEventListener("pointerdown", (event) => this.#down(event));
    svg.addEventListener("pointermove", (event) => this.#move(event));
    svg.addEventListener("pointerup", (event) => this.#up(event));
    svg.addEventListener("pointercancel", (event) => this.#cancel(event));
  }

  onto(page, turn) {
    this.#forget();
    this.#field?.remove();
    this.#page = page;
    this.#turn = turn;
  }

  #at(event) {
    const box = this.#svg.getBoundingClientRect();
    const within = (value) => Math.round(Math.min(1, Math.max(0, value)) * 1e5) / 1e5;
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  }

  #down(event) {
    if (event.button !== 0 || this.tool === "pan") return;
    event.preventDefault();
    if (event.pointerType === "pen") this.#stylus = true;
    if (event.pointerType === "touch" && (this.#stylus || this.#finger || this.#points.length)) return this.#grip(event);
    if (this.tool === "pin") return this.#on.placed(this.#at(event));
    if (this.tool === "text") return this.#write(event);
    this.#svg.setPointerCapture(event.pointerId);
    this.#points = [this.#at(event)];
    this.#pointer = event.pointerId;
    if (this.tool === "erase") this.#erase(event);
  }

  // A finger that does not draw moves the page; a second one beside a drawing finger ends that line.
  #grip(event) {
    if (!this.#stylus) this.#forget();
    this.#svg.setPointerCapture(event.pointerId);
    this.#finger = { id: event.pointerId, x: event.clientX, y: event.clientY };
  }

  #move(event) {
    if (event.pointerId === this.#finger?.id) return this.#slide(event);
    if (!this.#points.length || event.pointerId !== this.#pointer) return;
    if (this.tool === "erase") return this.#erase(event);
    const moves = event.getCoalescedEvents?.() ?? [event];
    const points = (moves.length ? moves : [event]).map((one) => this.#at(one));
    this.#points = this.tool === "box" ? [this.#points[0], points.at(-1)] : [...this.#points, ...points];
    this.#preview?.remove();
    this.#preview = shape(this.made({ points: this.#points }), this.#height());
    this.#svg.append(this.#preview);
  }

  #slide({ clientX, clientY }) {
    const { x, y } = this.#finger;
    Object.assign(this.#finger, { x: clientX, y: clientY });
    this.#on.panned(x - clientX, y - clientY);
  }

  #cancel({ pointerId }) {
    if (pointerId === this.#finger?.id) this.#finger = null;
    else this.#forget();
  }

  #up({ pointerId }) {
    if (pointerId === this.#finger?.id) this.#finger = null;
    if (!this.#points.length || pointerId !== this.#pointer) return;
    const points = this.#points;
    const far = points.some(([x, y]) => Math.hypot(x - points[0][0], y - points[0][1]) > LEAST);
    this.#forget();
    if (far && this.tool !== "erase") this.#on.drawn(this.made({ points: points.slice(0, 5000) }));
  }

  #forget() {
    this.#points = [];
    this.#preview?.remove();
    this.#preview = null;
  }

  #erase(event) {
    const hit = document.elementsFromPoint(event.clientX, event.clientY).find((one) => one.dataset?.key && this.#svg.contains(one));
    const key = hit?.dataset.key ?? hit?.closest("[data-key]")?.dataset.key;
    if (key) this.#on.erased(key);
  }

  // A field where the pointer is; Enter, Escape or leaving it keeps the words, as in a comment.
  #write(event) {
    this.#field?.blur();
    const [x, y] = this.#at(event);
    const field = document.createElement("input");
    field.className = "ink-field";
    field.ariaLabel = "Text on the page";
    field.maxLength = 2000;
    // Words hang from their top left, here as in the graded copy, and the pointer is at their middle.
    const { width, height } = this.#svg.getBoundingClientRect();
    const top = Math.max(0, y - (0.6 * TEXT * width) / height);
    Object.assign(field.style, { insetInlineStart: `${x * 100}%`, insetBlockStart: `${y * 100}%` });
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      const text = field.value.trim();
      field.remove();
      this.#field = null;
      if (text) this.#on.drawn(this.made({ points: [[x, top]], text, size: TEXT }));
    };
    field.addEventListener("blur", end);
    field.addEventListener("keydown", ({ key }) => {
      if (key === "Enter" || key === "Escape") end();
    });
    this.#svg.after(field);
    this.#field = field;
    field.focus();
  }

  // An annotation of the page in front, in the colour at hand.
  made(facts) {
    const made = { key: newKey(), page: this.#page, turn: this.#turn, kind: this.tool, text: "", item: null, colour: this.colour, size: PEN };
    return { ...made, ...facts };
  }

  #height() {
    return UNITS * this.#svg.viewBox.baseVal.height / this.#svg.viewBox.baseVal.width;
  }
}

// crypto.randomUUID is there on https and localhost only; a faculty's http address has this.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
