// Single keys that act, kept away from typing and from the browser's own shortcuts.
//
//   const stop = listenForKeys({ z: next, "Ctrl+Z": undo, "Ctrl+Shift+Z": redo, ArrowLeft: back });
//
// A name is what the key types ("z", "?", "+") or its own name ("Enter", "ArrowLeft"), with
// "Ctrl+" (Cmd on a Mac counts), "Alt+" and, beside one of these or a named key, "Shift+".

import { send } from "./http.js";

const FIELDS = "input, textarea, select, [contenteditable=''], [contenteditable=true]";
const BUTTONLIKE = "checkbox radio button submit reset range color file image".split(" ");

export function keyName(event) {
  const typed = event.key.length === 1;
  const strong = event.ctrlKey || event.metaKey || event.altKey;
  const key = typed && strong ? event.key.toUpperCase() : event.key;
  return [
    (event.ctrlKey || event.metaKey) && "Ctrl",
    event.altKey && "Alt",
    event.shiftKey && (strong || !typed) && "Shift",
    key,
  ].filter(Boolean).join("+");
}

// Everyone may switch single keys off (WCAG 2.1.4): kept for the person by the server, which
// writes it into every page.
export const keysAreOn = () => document.documentElement.dataset.keys !== "off";

let kept = Promise.resolve();

// Holds on this page at once; rejects with HttpError when it could not be kept for others. Sent in
// turn: of two quick switches the last is the one that is kept.
export function switchKeys(on) {
  if (on) delete document.documentElement.dataset.keys;
  else document.documentElement.dataset.keys = "off";
  kept = kept.catch(() => {}).then(() => send(on ? "PUT" : "DELETE", "/api/v1/single-keys/"));
  return kept;
}

export function isTyping(target) {
  const field = target?.closest?.(FIELDS);
  return Boolean(field) && !(field.localName === "input" && BUTTONLIKE.includes(field.type));
}

// Calls the function named by the key, and keeps the key from doing anything else. A function
// that returns false declines, and the key does what it always did. `table` may be a function
// that gives the table, for keys that people rebind. Returns a function that stops listening.
export function listenForKeys(table, { root = document, when = () => true } = {}) {
  const press = (event) => {
    if (event.defaultPrevented || event.isComposing || !keysAreOn()) return;
    if (isTyping(event.target) || actsItself(event) || behindDialog(root) || !when()) return;
    const act = (typeof table === "function" ? table() : table)[keyName(event)];
    if (act && act(event) !== false) event.preventDefault();
  };
  root.addEventListener("keydown", press);
  return () => root.removeEventListener("keydown", press);
}

// Enter and space belong to the button or link that has the focus.
function actsItself(event) {
  return [" ", "Enter"].includes(event.key) && Boolean(event.target.closest?.("a[href], button, summary, input"));
}

function behindDialog(root) {
  const open = document.querySelector("dialog:modal");
  return Boolean(open) && !(root instanceof Element && open.contains(root));
}
