// The paper's pages, small, at the edge or above; the one in front and those with a region stand
// out, and the one in front is brought into sight.

export function drawThumbs(place, view, current) {
  const lit = new Set(view.regions.map((region) => region.page));
  const key = JSON.stringify([view.pages.map((page) => page.thumbnail), [...lit]]);
  if (place.dataset.drawn !== key) {
    place.dataset.drawn = key;
    place.replaceChildren(...view.pages.map((page, index) => thumb(page, index, lit.has(page.page))));
  }
  for (const button of place.children) {
    if (Number(button.dataset.page) !== current) button.removeAttribute("aria-current");
    else if (!button.hasAttribute("aria-current")) {
      button.setAttribute("aria-current", "page");
      bring(button, place);
    }
  }
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
  button.append(page.thumbnail ? picture(page.thumbnail) : nothing(page));
  const number = document.createElement("span");
  number.className = "page-thumb__number";
  number.textContent = page.number || "+";
  button.append(number);
  return button;
}

// Without a connection the tile stays an empty sheet, and is filled once there is one again.
function picture(url) {
  const image = document.createElement("img");
  image.addEventListener("load", () => { image.hidden = false; });
  image.addEventListener("error", () => {
    image.hidden = true;
    addEventListener("online", () => { image.src = url; }, { once: true });
  });
  return Object.assign(image, { src: url, alt: "", loading: "lazy", decoding: "async" });
}

// A page that shows who wrote it has no small picture; its large one is covered, or hidden too.
function nothing(page) {
  const words = document.createElement("span");
  words.className = "page-thumb__hidden";
  words.textContent = "hidden";
  return words;
}
