// How an item and a group look in the rubric. A row is made once and filled anew when its item
// changes, so that what has the focus keeps it.

import { hundredths, signedText } from "./points.js";
import { setWords } from "./words.js";

const PENCIL = "M11.5 2.5l2 2L5 13l-2.7.7L3 11z";
const GRIP = "M6 3.5v.01M10 3.5v.01M6 8v.01M10 8v.01M6 12.5v.01M10 12.5v.01";

const icon = (path) => `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"></path></svg>`;

export function itemRow(pk) {
  const row = document.createElement("li");
  row.className = "item";
  row.dataset.item = pk;
  row.innerHTML = `
    <span class="item__grip" data-grip aria-hidden="true">${icon(GRIP)}</span>
    <button type="button" class="item__toggle" aria-pressed="false">
      <kbd hidden></kbd> <span class="item__points"></span>
      <span class="item__text"></span>
      <span class="item__count"><span data-count></span><span class="visually-hidden"> answers have it</span></span>
    </button>
    <p class="item__note"><strong>For graders:</strong> <span></span></p>
    <button type="button" class="item__edit" data-edit>${icon(PENCIL)}</button>`;
  return row;
}

// act: the last act of the keys that lead to it, or "".
export function fillItem(row, item, index, scoring, act) {
  const facts = JSON.stringify([item.html, item.points, item.note, index, scoring, act]);
  if (row.dataset.facts === facts) return;
  row.dataset.facts = facts;
  const toggle = row.querySelector(".item__toggle");
  const label = toggle.querySelector("kbd");
  if (act) [label.dataset.key, toggle.dataset.heard] = [act, act];
  else {
    label.hidden = true;
    delete label.dataset.key;
    delete toggle.dataset.heard;
  }
  putPoints(row.querySelector(".item__points"), item.points, scoring);
  const text = row.querySelector(".item__text");
  setWords(text, item.html, "(no description yet)");
  // A link inside a button could be neither pressed nor read out.
  for (const link of text.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  row.querySelector(".item__note").hidden = !item.note;
  row.querySelector(".item__note span").textContent = item.note;
  row.querySelector(".item__edit").ariaLabel = `Edit item ${index + 1}: ${item.text || "no description"}`;
}

export function putPoints(place, points, scoring) {
  const moved = points === null ? null : hundredths(points);
  place.textContent = moved === null ? "" : signedText(moved, scoring);
  place.dataset.sign = moved === null ? "" : moved < 0 ? "minus" : moved > 0 ? "plus" : "none";
}

export function groupBlock(pk) {
  const block = document.createElement("section");
  block.className = "items-group";
  block.dataset.group = pk;
  block.setAttribute("aria-labelledby", `group-${pk}`);
  block.innerHTML = `
    <h3 class="items-group__head">
      <button type="button" class="items-group__toggle" data-group-toggle aria-expanded="true" aria-controls="items-${pk}">
        <kbd hidden></kbd> <span id="group-${pk}" class="items-group__text"></span>
        <span class="items-group__kind"></span> <span class="items-group__chosen"></span></button>
      <button type="button" class="item__edit" data-edit-group>${icon(PENCIL)}</button></h3>
    <ul class="items" id="items-${pk}" data-group="${pk}" aria-labelledby="group-${pk}"></ul>`;
  return block;
}

export function fillGroup(block, group, act) {
  const label = block.querySelector("kbd");
  const toggle = block.querySelector("[data-group-toggle]");
  if (act) [label.dataset.key, toggle.dataset.heard] = [act, act];
  else {
    label.hidden = true;
    delete label.dataset.key;
    delete toggle.dataset.heard;
  }
  block.querySelector(".items-group__text").textContent = group.text;
  block.querySelector(".items-group__kind").textContent = group.exclusive ? "· pick one" : "";
  block.querySelector("[data-edit-group]").ariaLabel = `Edit group ${group.text}`;
}
