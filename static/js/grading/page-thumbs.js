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
  button.ariaLabel = `Page ${page.number || index + 1}${lit ? ", with this answer" : ""}`;
  if (page.thumbnail) {
    const image = document.createElement("img");
    Object.assign(image, { src: page.thumbnail, alt: "", loading: "lazy", decoding: "async" });
    button.append(image);
  }
  const number = document.createElement("span");
  number.textContent = page.number || "+";
  button.append(number);
  return button;
}
