// Markdown as the server rendered and cleaned it (rubrics/words.py), its maths typeset.

import { typesetWords } from "../lib/math.js";

export function setWords(element, html, fallback = "") {
  element.innerHTML = html || "";
  if (!html) element.textContent = fallback;
  typesetWords(element);
}
