// <paper-view>: the page with the answer lit and the rest dimmed, its ink, the other pages small.
//
//   <paper-view><nav class="pages"></nav>
//     <div class="stage" tabindex="0"><figure class="sheet"><svg></svg></figure></div>
//     <div class="tools" role="toolbar">…<button data-tool="pen">…<button data-zoom="in">…</div>
//   </paper-view>
//
// Without the tools that draw it only shows: second-look.js.

import { shape, spotlight, UNITS } from "./ink-shapes.js";
import { drawThumbs } from "./page-thumbs.js";
import { PenTools } from "./pen-tools.js";
import { numbered } from "./placing.js";
import { Zoom } from "./zoom.js";

const TOOLS = ["pan", "pen", "text", "box", "pin", "erase"];
const COLOURS = ["red", "blue", "green", "black"];
const WORDS = 0.016; // of the page’s width: the height of pinned words

customElements.define("paper-view", class extends HTMLElement {
  #answer = 0;
  #question = 0;
  #page = 0;
  #pictured = "";
  #inked = "";
  #pen;
  #zoom;
  session = null;

  connectedCallback() {
    this.#pen = new PenTools(this.querySelector(".sheet svg"), {
      drawn: (ink) => this.session.act({ kind: "ink", key: ink.key, ink }, { kind: "ink", key: ink.key, ink: null }),
      erased: (key) => this.#erase(key),
      placed: (at) => this.#pin(at),
      panned: (x, y) => this.querySelector(".stage").scrollBy(x, y),
    });
    this.#zoom = new Zoom(this.querySelector(".stage"), this.querySelector(".sheet"), (percent, width) => {
      const told = this.querySelector("[data-percent]");
      if (told.textContent !== `${percent} %`) told.textContent = `${percent} %`;
      this.#sharpen(width);
    });
    this.#zoom.mayPan = () => this.#pen.tool === "pan";
    this.addEventListener("click", (event) => this.#press(event));
    this.querySelector("[data-pin-here]")?.addEventListener("click", () => this.#pin(null));
    this.#colour(COLOURS[0]);
    this.#take("pan");
  }

  show(view) {
    const moved = view.id !== this.#answer;
    if (moved) this.#page = this.#first(view);
    const page = view.pages.find((one) => one.page === this.#page);
    this.toggleAttribute("data-empty", !page);
    this.#offer(view);
    const bring = drawThumbs(this.querySelector(".pages"), view, this.#page);
    // What asks for the layout comes last, so that it is made once.
    if (page) this.#paint(view, page, moved && view.question.id !== this.#question);
    bring();
    [this.#answer, this.#question] = [view.id, view.question.id];
  }

  // The first page with a region of the question on it; the paper's first if there is none.
  #first(view) {
    return view.pages.find((page) => this.#boxes(view, page.page).length)?.page ?? view.pages[0]?.page ?? 0;
  }

  #boxes(view, page) {
    return view.regions.filter((region) => region.page === page).map((region) => region.box);
  }

  #paint(view, page, afresh) {
    const height = (UNITS * page.height) / page.width;
    const ink = view.annotations.filter((one) => one.page === page.page);
    const boxes = this.#boxes(view, page.page);
    const picture = JSON.stringify([page.page, page.url, boxes]);
    const inked = JSON.stringify([page.page, page.turn, ink.map((one) => [one.key, one.text])]);
    if (inked !== this.#inked) {
      this.querySelector(".sheet svg [data-ink]").replaceChildren(...ink.map((one) => shape(one, height)));
    }
    if (picture !== this.#pictured) this.#picture(view, page, boxes, height, afresh);
    [this.#pictured, this.#inked] = [picture, inked];
  }

  #picture(view, page, boxes, height, afresh) {
    const sheet = this.querySelector(".sheet");
    const drawing = sheet.querySelector("svg");
    const shown = page.url ? this.#image(view, page) : nothing(page);
    if (sheet.firstElementChild !== shown) {
      sheet.querySelector("img, .sheet__hidden")?.remove();
      sheet.prepend(shown);
    }
    drawing.setAttribute("viewBox", `0 0 ${UNITS} ${height}`);
    drawing.querySelector("[data-light]").replaceChildren(...spotlight(page.url ? boxes : [], height));
    this.#pen.onto(page.page, page.turn);
    this.#zoom.show(page.width / page.height, boxes[0], afresh || !this.#pictured);
  }

  // Larger than the picture is, the scan itself takes its place, once it is there.
  #sharpen(width) {
    const page = this.session?.view?.pages.find((one) => one.page === this.#page);
    if (!page?.original || width * devicePixelRatio <= page.width) return;
    const sheet = this.querySelector(".sheet");
    const shown = sheet.firstElementChild;
    if (shown?.dataset.page !== String(page.page) || shown.dataset.original) return;
    const image = this.#dressed(this.session.papers.image(page.original), this.session.view, page);
    image.dataset.original = "yes";
    image.decode().then(() => {
      if (sheet.firstElementChild === shown) shown.replaceWith(image);
    }).catch(() => {}); // what was there stays
  }

  #image(view, page) {
    return this.#dressed(this.session.papers.image(page.url), view, page);
  }

  #dressed(image, view, page) {
    image.dataset.page = page.page;
    image.width = page.width;
    image.height = page.height;
    image.alt = `Page ${page.number || "extra"} of ${view.paper.code_name}, the answer to ${view.question.name} lit`;
    return image;
  }

  #erase(key) {
    const ink = this.session.view.annotations.find((one) => one.key === key);
    // Ink drawn for another part of the same page is taken off there.
    if (!ink || (ink.answer && ink.answer !== this.session.current)) return;
    this.session.act({ kind: "ink", key, ink: null }, { kind: "ink", key, ink });
  }

  #take(tool) {
    this.#pen.tool = tool;
    this.dataset.tool = tool;
    for (const button of this.querySelectorAll("[data-tool]")) button.ariaPressed = String(button.dataset.tool === tool);
  }

  // What can be pinned: the items that apply, the comment, then all other items.
  #offer(view) {
    const select = this.querySelector("[data-pinned]");
    if (!select) return;
    const { items } = view.rubric;
    const applied = items.filter((item) => view.marks.includes(item.id)).reverse();
    const others = items.filter((item) => !view.marks.includes(item.id));
    const key = JSON.stringify([view.id, items.map(({ id, text }) => [id, text]), view.marks, view.comment?.text]);
    if (select.dataset.key === key) return;
    select.dataset.key = key;
    const option = (item) => new Option(short(item.text || "(no description yet)"), item.id);
    const comment = view.comment?.text ? [new Option(`Comment: ${short(view.comment.text)}`, "comment")] : [];
    select.replaceChildren(...applied.map(option), ...comment, ...others.map(option));
    select.selectedIndex = 0;
  }

  // With the pin in hand a number says which item is pinned; returns whether it did.
  pins(index) {
    const { item } = numbered(this.session.view.rubric)[index] ?? {};
    if (this.#pen.tool !== "pin" || !item) return false;
    this.querySelector("[data-pinned]").value = String(item.id);
    return true;
  }

  // An item or the comment goes to a place on the page; without one, beside the answer’s top.
  #pin(at) {
    const { view } = this.session;
    const chosen = this.querySelector("[data-pinned]").value;
    const [box] = this.#boxes(view, this.#page);
    const point = at ?? (box ? [box[0] + box[2] * 0.6, box[1] + box[3] * 0.1] : [0.6, 0.1]);
    const words = chosen === "comment" ? view.comment : view.rubric.items.find((one) => String(one.id) === chosen);
    if (!words) return;
    const item = chosen === "comment" ? null : words.id;
    const ink = this.#pen.made({ kind: "item", points: [point], text: short(words.text || "✓", 2000), item, size: WORDS, html: words.html });
    this.session.act({ kind: "ink", key: ink.key, ink }, { kind: "ink", key: ink.key, ink: null });
    this.#take("pan");
  }

  #colour(colour) {
    this.#pen.colour = colour;
    for (const button of this.querySelectorAll("[data-colour-button]")) button.ariaPressed = String(button.dataset.colourButton === colour);
  }

  #turn(step) {
    const { view } = this.session;
    const index = view.pages.findIndex((page) => page.page === this.#page) + step;
    if (view.pages[index]) this.#open(view.pages[index].page);
  }

  #open(page) {
    this.#page = page;
    this.show(this.session.view);
  }

  #press(event) {
    const button = event.target.closest("button");
    if (!button || !this.contains(button)) return;
    if ("unfold" in button.dataset) this.#unfold(button);
    const { tool, zoom, page, history, colourButton } = button.dataset;
    if (tool) this.#take(tool);
    if (zoom) this.#zoom[zoom]();
    if (page) this.#open(Number(page));
    if (colourButton) this.#colour(colourButton);
    if (history) this.session[history]();
  }

  // On a phone the tools lie folded behind a button; folded, no tool but the hand is held.
  #unfold(button) {
    const open = this.toggleAttribute("data-unfolded");
    button.ariaExpanded = String(open);
    if (!open) this.#take("pan");
  }

  // Back to the hand; returns whether another tool was held.
  putDown() {
    const held = this.#pen.tool !== "pan";
    this.#take("pan");
    return held;
  }

  get acts() {
    const tools = TOOLS.map((tool) => [tool, () => this.#take(tool)]);
    return {
      ...Object.fromEntries(tools),
      "page-before": () => this.#turn(-1),
      "page-after": () => this.#turn(1),
      larger: () => this.#zoom.in(),
      smaller: () => this.#zoom.out(),
      fit: () => this.#zoom.fit(),
      colour: () => this.#colour(COLOURS[(COLOURS.indexOf(this.#pen.colour) + 1) % COLOURS.length]),
    };
  }
});

const short = (text, most = 60) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

// A sheet of the page's shape that says why the page is not on it.
function nothing(page) {
  const words = document.createElement("p");
  words.className = "sheet__hidden";
  words.textContent = page.hidden || "There is no picture of this page.";
  words.style.aspectRatio = `${page.width} / ${page.height}`;
  return words;
}
