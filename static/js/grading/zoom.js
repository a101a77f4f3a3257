// How large the page is and which part of it is in sight. 100 % fits the page's width.

const STEP = 1.25;
const [LEAST, MOST] = [0.5, 5];
const WIDEST = 1000; // px: a page wider than that is no easier to read
const ABOVE = 0.12; // of the stage's height, left over the answer

export class Zoom {
  #stage;
  #sheet;
  #said;
  #factor = 1;
  #ratio = 1;
  #box = null;
  #grip = null;

  constructor(stage, sheet, said) {
    [this.#stage, this.#sheet, this.#said] = [stage, sheet, said];
    this.mayPan = () => true;
    new ResizeObserver(() => this.#size()).observe(stage);
    stage.addEventListener("pointerdown", (event) => this.#hold(event));
    stage.addEventListener("pointermove", (event) => this.#drag(event));
    for (const type of ["pointerup", "pointercancel"]) stage.addEventListener(type, () => { this.#grip = null; });
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  // Another page. The grader's own shift against the answer stays, unless it begins afresh.
  // Reads the layout: call it when all else of the page is as it will be.
  show(ratio, box, afresh) {
    const kept = this.#box && !afresh ? this.#stage.scrollTop - this.#top() : null;
    [this.#ratio, this.#box] = [ratio, box ?? null];
    this.#size();
    this.#stage.scrollTop = this.#top() + (kept ?? 0);
  }

  in() {
    this.#scale(this.#factor * STEP);
  }

  out() {
    this.#scale(this.#factor / STEP);
  }

  fit() {
    this.#scale(1);
    this.#stage.scrollTop = this.#top();
  }

  get #width() {
    return Math.round(Math.min(WIDEST, this.#stage.clientWidth - this.#padding) * this.#factor);
  }

  get #padding() {
    const { paddingInlineStart, paddingInlineEnd } = getComputedStyle(this.#stage);
    return parseFloat(paddingInlineStart) + parseFloat(paddingInlineEnd);
  }

  #size() {
    const width = this.#width;
    if (this.#sheet.style.inlineSize !== `${width}px`) this.#sheet.style.inlineSize = `${width}px`;
    this.#said(Math.round(this.#factor * 100), width);
  }

  // Where the stage stands when the answer is well in sight.
  #top() {
    if (!this.#box) return 0;
    const height = this.#width / this.#ratio;
    const [, y, , tall] = this.#box;
    const room = this.#stage.clientHeight;
    const above = Math.max(room * ABOVE, Math.min((room - tall * height) / 3, room * 0.3));
    return Math.max(0, y * height - above);
  }

  // The middle of what is seen stays in the middle.
  #scale(factor) {
    const stage = this.#stage;
    const before = this.#width;
    const middle = (stage.scrollTop + stage.clientHeight / 2) / before;
    const centre = (stage.scrollLeft + stage.clientWidth / 2) / before;
    this.#factor = Math.min(MOST, Math.max(LEAST, factor));
    this.#size();
    stage.scrollTop = middle * this.#width - stage.clientHeight / 2;
    stage.scrollLeft = centre * this.#width - stage.clientWidth / 2;
  }

  #wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.#scale(this.#factor * Math.exp(-event.deltaY / 300));
  }

  #hold(event) {
    if (event.button !== 0 || event.pointerType === "touch" || !this.mayPan()) return;
    this.#grip = [event.clientX + this.#stage.scrollLeft, event.clientY + this.#stage.scrollTop];
  }

  #drag(event) {
    if (!this.#grip || !(event.buttons & 1)) return;
    this.#stage.scrollLeft = this.#grip[0] - event.clientX;
    this.#stage.scrollTop = this.#grip[1] - event.clientY;
  }
}
