// <outline-pages>: the template's pages with every region on them, and thumbnails to jump by.
// Made and fed by <outline-editor>. Shapes are measured in points of the page, so that labels
// keep their form; regions themselves are fractions.

import { button, make, svg } from "./dom.js";
import { listenForPointer } from "./drawing.js";
import { HANDLES } from "./rectangles.js";
import { lay, tabFor } from "./shapes.js";
import { SPOTS, nameOf, walk } from "./tree.js";

customElements.define("outline-pages", class extends HTMLElement {
  #sheets = new Map();
  #drawing = false;
  #zoom = 100;

  start(store, acts) {
    Object.assign(this, { store, acts });
    const sheets = store.pages.map((page) => this.#sheet(page));
    this.target = make("span", { className: "outline-bar__target" });
    this.draw = button("Draw", () => this.#toggle(), { ariaPressed: "false", className: "button button--small outline-bar__draw" });
    const zoom = (by) => { this.#zoom = Math.min(200, Math.max(50, this.#zoom + by)); this.style.setProperty("--zoom", `${this.#zoom}%`); };
    const bar = make("div", { className: "outline-bar" }, this.target, this.draw,
      button("−", () => zoom(-25), { ariaLabel: "Smaller" }), button("+", () => zoom(25), { ariaLabel: "Larger" }));
    this.thumbs = make("nav", { className: "outline-thumbs", ariaLabel: "Pages" }, ...store.pages.map((page) => this.#thumb(page)));
    this.replaceChildren(this.thumbs, make("div", { className: "outline-sheets" }, ...sheets), bar);
    this.addEventListener("keydown", (event) => this.#pressed(event));
    for (const type of ["change", "choose"]) store.addEventListener(type, () => this.#paint());
    this.#watch();
    this.#paint();
  }

  // The page most in sight.
  get current() {
    const middle = innerHeight / 2;
    const away = (sheet) => { const { top, bottom } = sheet.getBoundingClientRect(); return Math.max(top - middle, middle - bottom, 0); };
    const [first] = [...this.#sheets.entries()].sort((one, two) => away(one[1]) - away(two[1]));
    return first?.[0] ?? 1;
  }

  show(region) {
    const sheet = this.#sheets.get(region.page);
    const shape = this.querySelector(".region--chosen rect") ?? sheet;
    const { top, bottom } = shape?.getBoundingClientRect() ?? {};
    if (top < 60 || bottom > innerHeight - 60) shape?.scrollIntoView({ block: "center" });
  }

  #sheet(page) {
    const image = make("img", { src: page.url, width: Math.round(page.width), height: Math.round(page.height), alt: `Page ${page.number} of the blank exam`, loading: "lazy", decoding: "async", draggable: false });
    const overlay = svg("svg", { viewBox: `0 0 ${page.width} ${page.height}`, role: "group", "aria-label": `Regions on page ${page.number}` });
    const sheet = make("figure", { className: "sheet", id: `sheet-${page.number}` }, image, overlay);
    this.#sheets.set(page.number, sheet);
    listenForPointer(overlay, page.number, {
      at: (target) => this.#at(target),
      regionAt: ({ key, index }) => this.store.regionsOf(key)[index],
      drawing: () => this.#drawing,
      choose: (grip) => (grip ? this.store.choose(grip.key, grip.index) : this.store.choose(this.store.chosen.key)),
      preview: (grip, region) => this.#preview(page, overlay, grip, region),
      done: (grip, region) => (grip ? this.store.setRegion(grip.key, grip.index, region) : this.acts.drawn(region)),
    });
    return sheet;
  }

  #thumb(page) {
    const image = make("img", { src: page.url, alt: "", loading: "lazy", width: 64, height: Math.round((64 * page.height) / page.width) });
    return make("a", { className: "thumb", href: `#sheet-${page.number}`, onclick: (event) => {
      event.preventDefault();
      this.#sheets.get(page.number).scrollIntoView({ block: "start" });
    } }, make("span", { className: "thumb__page" }, image), String(page.number));
  }

  #at(target) {
    const group = target.closest("[data-key]");
    if (!group) return null;
    const grip = { key: group.dataset.key, index: Number(group.dataset.index), handle: target.dataset.handle ?? "" };
    return { ...grip, chosen: group.classList.contains("region--chosen") };
  }

  #paint() {
    const focused = this.contains(document.activeElement) && document.activeElement.closest("[data-key]");
    for (const sheet of this.#sheets.values()) sheet.querySelector("svg").replaceChildren();
    for (const found of walk(this.store.outline.questions)) {
      found.node.regions.forEach((region, index) => this.#region(found.node.key, index, region, nameOf(found)));
    }
    for (const [key, name] of Object.entries(SPOTS)) this.store.regionsOf(key).forEach((region, index) => this.#region(key, index, region, name));
    const { key, region } = this.store.chosen;
    if (focused) this.querySelector(`[data-key="${CSS.escape(key ?? "")}"][data-index="${region}"]`)?.focus();
    this.target.replaceChildren("Drawing for ", make("strong", {}, this.acts.targetName()));
  }

  #region(key, index, region, name) {
    const page = this.store.pages[region.page - 1];
    const overlay = this.#sheets.get(region.page)?.querySelector("svg");
    if (!overlay) return;
    const chosen = this.store.chosen.key === key;
    const held = chosen && (this.store.chosen.region ?? 0) === index;
    const words = `${key in SPOTS ? name : `Part ${name}`}, region on page ${region.page}`;
    const group = svg("g", { class: `region${chosen ? " region--lit" : ""}${held ? " region--chosen" : ""}${key in SPOTS ? " region--spot" : ""}`, tabindex: 0, role: "button", "aria-label": words, "aria-pressed": held });
    Object.assign(group.dataset, { key, index });
    group.addEventListener("focus", () => this.store.choose(key, index));
    const tab = tabFor(name, region.x * page.width);
    group.append(svg("title", {}, name), svg("rect", { class: "region__box" }),
      svg("rect", { class: "region__tab", width: tab.width, height: 14, "data-out": tab.out }), svg("text", { class: "region__name" }, tab.words));
    if (held) group.append(...HANDLES.map((handle) => { const dot = svg("circle", { class: `region__handle region__handle--${handle}`, r: 5 }); dot.dataset.handle = handle; return dot; }));
    overlay.append(group);
    lay(group, region, page);
  }

  #preview(page, overlay, grip, region) {
    if (!region) { this.#paint(); return; }
    const group = grip
      ? overlay.querySelector(`[data-key="${CSS.escape(grip.key)}"][data-index="${grip.index}"]`)
      : overlay.querySelector(".region--draft") ?? overlay.appendChild(svg("g", { class: "region region--draft" }, svg("rect", { class: "region__box" })));
    if (group) lay(group, region, page);
  }

  // A region with the focus obeys its keys even where single keys are switched off.
  #pressed(event) {
    const group = event.target.closest?.("g[data-key]");
    if (!group || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = group.dataset;
    const index = Number(group.dataset.index);
    if (event.key === "Delete" || event.key === "Backspace") this.acts.removeRegion(key, index);
    else if (event.key.startsWith("Arrow")) this.acts.nudge(key, index, event);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #toggle() {
    this.#drawing = !this.#drawing;
    this.draw.ariaPressed = String(this.#drawing);
    this.classList.toggle("drawing", this.#drawing);
  }

  #watch() {
    const links = [...this.thumbs.children];
    const mark = () => links.forEach((link, index) => link.toggleAttribute("aria-current", index + 1 === this.current));
    this.querySelector(".outline-sheets").addEventListener("scroll", mark, { passive: true });
    addEventListener("scroll", mark, { passive: true, capture: true });
  }
});
