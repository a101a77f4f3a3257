// How a region is drawn on its page, in points of the page.

import { handleAt } from "./rectangles.js";

// A name hangs in the margin where it fits, shortened to its number, so that it covers no print.
export function tabFor(name, room) {
  const width = (words) => 8 + words.length * 5.4;
  const words = [name, name.split(" ")[0]].find((one) => width(one) <= room);
  return { words: words ?? name, width: width(words ?? name), out: Boolean(words) };
}

// Sets a region's shapes where it lies.
export function lay(group, region, page) {
  const [x, y] = [region.x * page.width, region.y * page.height];
  const [width, height] = [region.width * page.width, region.height * page.height];
  const put = (shape, values) => { for (const [name, value] of Object.entries(values)) shape?.setAttribute(name, value); };
  put(group.querySelector(".region__box"), { x, y, width, height });
  const tab = group.querySelector(".region__tab");
  const left = tab?.dataset.out === "true" ? x - Number(tab.getAttribute("width")) : x;
  put(tab, { x: left, y });
  put(group.querySelector("text"), { x: left + 5, y: y + 10.5 });
  for (const dot of group.querySelectorAll("circle")) {
    const at = handleAt(dot.dataset.handle);
    put(dot, { cx: x + at.x * width, cy: y + at.y * height });
  }
}
