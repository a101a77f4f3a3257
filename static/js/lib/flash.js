// Short words at the foot of the window, in the grading workspace over the way here, read out by
// screen readers. Escape closes the newest, where it has nothing else to close.
//
//   flash("Saved.");
//   flash("Not saved. Try again.", { kind: "error" });
//   flash("Page 14 discarded.", { action: "Undo", run: () => send("DELETE", url) });
//
// What holds something to do stays until it is done or closed. The rest goes once it could be
// read: an error after twice the time, and not before somebody was there; none while it cannot be
// seen, or has the pointer or the focus.

import { isTyping } from "./keys.js";

const SHORTEST = 6000;
const GLANCE = 3000;
const A_LETTER = 60;
const SOMEBODY = ["pointermove", "pointerdown", "keydown"];

window.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog:modal")) return;
  document.querySelector("#flashes .flash:last-child")?.remove();
});

export function flash(text, { kind = "success", action = "", run = null } = {}) {
  const region = document.getElementById("flashes");
  for (const old of region.querySelectorAll(".flash")) {
    if (old.querySelector(".flash__text").textContent === text) old.remove();
  }
  const box = document.createElement("div");
  box.className = `flash flash--${kind}`;
  const words = document.createElement("span");
  words.className = "flash__text";
  words.textContent = text;
  box.append(words);
  if (action) {
    box.append(button(action, () => { box.remove(); run(); }));
  }
  const close = button("✕", () => box.remove());
  close.ariaLabel = "Close";
  box.append(close);
  region.append(box);
  if (!action) fade(box);
  return box;
}

// Takes up the messages the server wrote into the page. Safe to call again.
export function adoptFlashes(root = document) {
  for (const box of root.querySelectorAll(".flash")) {
    const close = box.querySelector("[data-close]");
    if (!close) continue;
    close.removeAttribute("data-close");
    close.addEventListener("click", () => box.remove());
    fade(box);
  }
}

function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "flash__button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

function fade(box) {
  const error = box.matches(".flash--error, .flash--warning");
  const read = Math.max(SHORTEST, GLANCE + A_LETTER * box.textContent.length);
  const later = () => setTimeout(() => {
    const seen = box.checkVisibility({ visibilityProperty: true }) && document.visibilityState === "visible";
    if (!seen || box.matches(":hover, :focus-within")) later();
    else box.remove();
  }, error ? 2 * read : read);
  if (error) onceSomebodyIs(later);
  else later();
}

function onceSomebodyIs(act) {
  const there = new AbortController();
  for (const type of SOMEBODY) {
    window.addEventListener(type, () => { there.abort(); act(); }, { signal: there.signal });
  }
}
