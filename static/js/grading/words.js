// Markdown as the server rendered and cleaned it (rubrics/words.py), its maths typeset.

import { typeset } from "../lib/math.js";

export function setWords(element, html, fallback = "") {
  element.innerHTML = html || "";
  if (!html) element.textContent = fallback;
  const formulas = element.querySelectorAll(".maths");
  for (const formula of formulas) formula.textContent = `$$${formula.textContent}$$`;
  if (formulas.length) typeset(element).catch(() => {});
}
