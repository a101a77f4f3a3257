// Annotations as SVG. The drawing's units are thousandths of the page's width, so that lines keep
// their shape whatever the page's proportions; annotations themselves are fractions of the page.

import { setWords } from "./words.js";

export const UNITS = 1000;
const NARROWEST = 0.15; // as scoring/copies/overlay.py
const SVG = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// height: of the page in units.
export function shape(ink, height) {
  const points = ink.points.map(([x, y]) => [x * UNITS, y * height]);
  const drawn = DRAWN[ink.kind](ink, points, height);
  drawn.classList.add("ink", `ink--${ink.kind}`);
  drawn.dataset.key = ink.key;
  drawn.dataset.colour = ink.colour;
  return drawn;
}

const DRAWN = {
  pen: (ink, points) => svg("path", { d: smooth(points), "stroke-width": ink.size * UNITS }),
  box: (ink, [[x, y], [u, v]]) => svg("rect", {
    x: Math.min(x, u), y: Math.min(y, v), width: Math.abs(u - x), height: Math.abs(v - y),
    rx: 4, "stroke-width": ink.size * UNITS,
  }),
  text: (ink, [[x, y]]) => lines(ink.text, x, y, ink.size * UNITS),
  item: (ink, [[x, y]], height) => pinned(ink, x, y, height),
};

// Words in a frame, wrapped before the page's edge, as the graded copy has them.
function pinned(ink, x, y, height) {
  const box = svg("foreignObject", { x, y, width: Math.max(UNITS - x - 6, UNITS * NARROWEST), height: Math.max(1, height - y) });
  const words = document.createElement("div");
  words.className = "pin";
  words.dataset.key = ink.key;
  words.style.fontSize = `${ink.size * UNITS}px`;
  setWords(words, ink.html, ink.text || "✓");
  box.append(words);
  return box;
}

function lines(text, x, y, size) {
  const made = svg("text", { x, y, "font-size": size });
  for (const [index, line] of text.split("\n").entries()) {
    const span = svg("tspan", { x, dy: index ? "1.25em" : "0" });
    span.textContent = line;
    made.append(span);
  }
  return made;
}

// Through the middles of the pieces, with the points as handles: a hand's line, not a polygon.
function smooth(points) {
  const at = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const middle = ([x, y], [u, v]) => [(x + u) / 2, (y + v) / 2];
  const curves = points.slice(1, -1).map((point, index) => `Q${at(point)} ${at(middle(point, points[index + 2]))}`);
  return `M${at(points[0])}${curves.join("")}L${at(points.at(-1))}`;
}

// The page dimmed but for its regions, and a frame around each.
export function spotlight(regions, height) {
  const boxes = regions.map(([x, y, w, h]) => [x * UNITS, y * height, w * UNITS, h * height]);
  const holes = boxes.map(([x, y, w, h]) => `M${x} ${y}h${w}v${h}h${-w}z`).join("");
  const dim = svg("path", { class: "dim", "fill-rule": "evenodd", d: `M0 0H${UNITS}V${height}H0Z${holes}` });
  const frames = boxes.map(([x, y, width, h]) => svg("rect", { class: "lit", x, y, width, height: h, rx: 5 }));
  return boxes.length ? [dim, ...frames] : [];
}
