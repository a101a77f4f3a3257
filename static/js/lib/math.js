// Typesets $$…$$ and $…$ in the text below an element, with KaTeX fetched at the first need. What
// counts as maths is the same as on the server (rubrics/words.py): "$5 and $6" is none.

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

// Resolves when done. What KaTeX cannot read stays as it was typed.
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
  const shown = parts.map((part, index) => (index % 3 ? part && formula(part, render) : part));
  text.replaceWith(...shown.filter(Boolean));
}

function formula(source, render) {
  const box = document.createElement("span");
  try {
    // The DOM is built by hand, so our policy against inline styles does not bite.
    render(source, box, { throwOnError: true, output: "htmlAndMathml", trust: false, maxExpand: 200 });
  } catch {
    box.textContent = `$$${source}$$`;
  }
  return box;
}
