// How an item and a group's heading look in the rubric.

import { hundredths, signedText } from "./points.js";
import { setWords } from "./words.js";

const PENCIL = "M11.5 2.5l2 2L5 13l-2.7.7L3 11z";

export function itemRow(item, index, scoring) {
  const row = document.createElement("li");
  row.className = "item";
  row.dataset.item = item.id;
  row.innerHTML = `
    <button type="button" class="item__toggle" aria-pressed="false">
      <kbd></kbd> <span class="item__points"></span>
      <span class="item__text"></span>
      <span class="item__count"><span data-count></span><span class="visually-hidden"> answers have it</span></span>
    </button>
    <button type="button" class="item__edit" data-edit>
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="${PENCIL}"></path></svg></button>`;
  const key = index < 10 ? String((index + 1) % 10) : "";
  row.querySelector("kbd").textContent = key;
  row.querySelector("kbd").hidden = !key;
  if (key) row.querySelector(".item__toggle").setAttribute("aria-keyshortcuts", key);
  putPoints(row.querySelector(".item__points"), item.points, scoring);
  const text = row.querySelector(".item__text");
  setWords(text, item.html, "(no description yet)");
  // A link inside a button could be neither pressed nor read out.
  for (const link of text.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  row.querySelector(".item__edit").ariaLabel = `Edit item ${index + 1}: ${item.text || "no description"}`;
  return row;
}

function putPoints(place, points, scoring) {
  const moved = points === null ? null : hundredths(points);
  place.textContent = moved === null ? "" : signedText(moved, scoring);
  place.dataset.sign = moved === null ? "" : moved < 0 ? "minus" : moved > 0 ? "plus" : "none";
}

export function groupHead(group) {
  const head = document.createElement("h3");
  head.className = "items__head";
  head.id = `group-${group.id}`;
  head.textContent = group.exclusive ? `${group.text} · pick one` : group.text;
  return head;
}
