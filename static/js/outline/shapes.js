// How a region is drawn on its page, in points of the page.

import { handleAt } from "./rectangles.js";

const MARGIN = 90; // points: a region that begins farther in has print beside it, such as "Name:"

const pen = document.createElement("canvas").getContext("2d");

// How wide a tag is, in the type of .region__name.
function width(words) {
  pen.font = `600 9.5px ${getComputedStyle(document.body).fontFamily}`;
  return Math.ceil(pen.measureText(words).width) + 10;
}

// A name hangs in the page's margin where it fits, shortened to its number, so that it covers no
// print. Elsewhere it stands in the region's own corner, where students write last.
export function tabFor(name, room) {
  const words = room <= MARGIN ? [name, name.split(" ")[0]].find((one) => width(one) <= room) : null;
  return { words: words ?? name, width: width(words ?? name), out: Boolean(words) };
}

// Sets a region's shapes where it lies.
export function lay(group, region, page) {
  const [x, y] = [region.x * page.width, region.y * page.height];
  const [width, height] = [region.width * page.width, region.height * page.height];
  const put = (shape, values) => { for (const [name, value] of Object.entries(values)) shape?.setAttribute(name, value); };
  put(group.querySelector(".region__box"), { x, y, width, height });
  const tab = group.querySelector(".region__tab");
  const wide = Number(tab?.getAttribute("width"));
  const left = tab?.dataset.out === "true" ? x - wide : Math.max(x, x + width - wide);
  put(tab, { x: left, y });
  put(group.querySelector("text"), { x: left + 5, y: y + 10.5 });
  for (const dot of group.querySelectorAll("circle")) {
    const at = handleAt(dot.dataset.handle);
    put(dot, { cx: x + at.x * width, cy: y + at.y * height });
  }
}
