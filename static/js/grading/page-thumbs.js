// The paper's pages, small, at the edge or above; the one in front and those with a region stand
// out. Returns how the one in front is brought into sight, for when the page is laid out.

import { send } from "../lib/http.js";

let last = { url: null, small: {} };

export function drawThumbs(place, view, current) {
  const lit = new Set(view.regions.map((region) => region.page));
  const key = JSON.stringify([view.thumbnails, view.pages.map((page) => page.page), [...lit]]);
  if (place.dataset.drawn !== key) {
    place.dataset.drawn = key;
    place.replaceChildren(...view.pages.map((page, index) => thumb(page, index, lit.has(page.page))));
    // Another question of the same paper shows them at once; else the large page is painted first.
    if (last.url === view.thumbnails) put(place, last.small);
    else if (view.thumbnails) setTimeout(() => fill(place, view.thumbnails, key));
  }
  const before = place.querySelector("[aria-current]");
  if (Number(before?.dataset.page) === current) return () => {};
  before?.removeAttribute("aria-current");
  const button = place.querySelector(`[data-page="${current}"]`);
  button?.setAttribute("aria-current", "page");
  return () => button && bring(button, place);
}

// The list alone scrolls: scrollIntoView would move the window of a phone as well.
function bring(button, place) {
  place.scrollTop = button.offsetTop - place.offsetTop - (place.clientHeight - button.offsetHeight) / 2;
  place.scrollLeft = button.offsetLeft - place.offsetLeft - (place.clientWidth - button.offsetWidth) / 2;
}

function thumb(page, index, lit) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = lit ? "page-thumb page-thumb--lit" : "page-thumb";
  button.dataset.page = page.page;
  const words = [`Page ${page.number || index + 1}`, lit && "with this answer", !page.thumbnail && "hidden"];
  button.ariaLabel = words.filter(Boolean).join(", ");
  button.append(page.thumbnail ? sheet() : nothing(page));
  const number = document.createElement("span");
  number.className = "page-thumb__number";
  number.textContent = page.number || "+";
  button.append(number);
  return button;
}

function sheet() {
  return Object.assign(document.createElement("img"), { alt: "", decoding: "async", hidden: true });
}

// All small pictures come in one answer. Without a connection the tiles stay empty sheets, and are
// filled once there is one again.
async function fill(place, url, key) {
  if (place.dataset.drawn !== key) return;
  let small;
  try {
    small = await send("GET", url);
  } catch {
    addEventListener("online", () => fill(place, url, key), { once: true });
    return;
  }
  last = { url, small };
  if (place.dataset.drawn === key) put(place, small);
}

function put(place, small) {
  for (const image of place.querySelectorAll("img")) {
    const source = small[image.parentElement.dataset.page];
    if (source) Object.assign(image, { src: source, hidden: false });
  }
}

// A page that shows who wrote it has no small picture; its large one is covered, or hidden too.
function nothing(page) {
  const words = document.createElement("span");
  words.className = "page-thumb__hidden";
  words.textContent = "hidden";
  return words;
}
