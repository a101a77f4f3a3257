// Typesets $$…$$ and $…$ in the text below an element, with KaTeX fetched at the first need. What
// counts as maths is the same as on the server (rubrics/words.py): "$5 and $6" is none.
//
// Students write formulas too, and graders read them. So a formula may not be as deep as it likes:
// two thousand characters can nest so far that laying them out takes the whole tab down. Nor as
// large: KaTeX bounds no negative size, and one of -9999em is a page without an end.

const NESTED = 40; // braces in braces
const DEEPEST = 300; // elements in elements; Chromium falls over at some 1,500
const LARGEST = 40; // em, of anything in it
const MATHS = /\$\$([\s\S]+?)\$\$|\$(?=\S)([^$\n]+?)(?<=\S)\$(?!\d)/;
let loading = null;

function katex() {
  loading ??= new Promise((resolve, reject) => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = document.querySelector("meta[name=katex-css]").content;
    sheet.addEventListener("load", resolve);
    sheet.addEventListener("error", reject);
    document.head.append(sheet);
  }).then(() => import("../../vendor/katex/katex.min.js")).then(() => globalThis.katex);
  return loading;
}

// Resolves when done. What KaTeX cannot read, or what would burst the page, stays as it was typed.
export async function typeset(root) {
  if (!MATHS.test(root.textContent)) return;
  const { render } = await katex();
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) replaceMaths(text, render);
}

function replaceMaths(text, render) {
  // Of each formula come two parts, one for either kind of signs; the other is undefined.
  const parts = text.data.split(MATHS);
  if (parts.length === 1 || text.parentElement.closest("code, pre, textarea, .katex")) return;
  const shown = parts.map((part, index) => (index % 3 ? part && formula(part, "$".repeat(3 - (index % 3)), render) : part));
  text.replaceWith(...shown.filter(Boolean));
}

function formula(source, signs, render) {
  const box = document.createElement("span");
  try {
    if (nesting(source) > NESTED) throw new RangeError("too deep");
    // The DOM is built by hand, so our policy against inline styles does not bite.
    render(source, box, { throwOnError: true, output: "htmlAndMathml", trust: false, maxExpand: 200 });
    if (!fits(box)) throw new RangeError("too deep or too large");
  } catch {
    box.textContent = `${signs}${source}${signs}`;
  }
  return box;
}

function nesting(source) {
  let [depth, deepest] = [0, 0];
  for (const [sign] of source.matchAll(/[{}]/g)) {
    depth += sign === "{" ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function fits(box) {
  let row = [...box.children];
  for (let depth = 1; row.length; depth += 1) {
    if (depth > DEEPEST || row.some(isHuge)) return false;
    row = row.flatMap((one) => [...one.children]);
  }
  return true;
}

const isHuge = (one) => one.getAttribute("style")?.match(/[\d.]+(?=em)/g)?.some((size) => size > LARGEST);

// The same below an element with Markdown that the server rendered (rubrics/words.py): there
// formulas stand without their signs.
export function typesetWords(root) {
  for (const formula of root.querySelectorAll(".maths")) {
    const signs = formula.classList.contains("maths--display") ? "$$" : "$";
    formula.textContent = `${signs}${formula.textContent}${signs}`;
    typeset(formula).catch(() => {});
  }
}
