// What a person does to the outline, by button, key or pointer: one step back each.

import { flash } from "../lib/flash.js";
import { moved, pulled } from "./rectangles.js";
import { SPOTS, addPart, blankNode, height, isSingle, moveIn, moveOut, nameOf, shift, DEEPEST } from "./tree.js";

const STEP = 0.005;
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

// Says what was done, with a way back for as long as nothing else was done since.
export function sayUndoable(store, words, undo = () => store.undo()) {
  const box = flash(words, { kind: "info", action: "Undo", run: undo });
  store.addEventListener("change", () => box.remove(), { once: true });
}

export function acts(store, { tree, pages }) {
  const questions = () => store.outline.questions;
  const move = (act) => (key) => {
    const found = store.find(key);
    if (found) store.change(() => act(questions(), key));
  };

  function add(siblings, index, node, focus = true) {
    store.change(() => { siblings().splice(index, 0, node); });
    store.choose(node.key);
    if (focus) tree.enter(node.key);
  }

  function remove(key) {
    const found = store.find(key);
    if (!found) return;
    const name = nameOf(found);
    const next = found.siblings[found.index + 1] ?? found.siblings[found.index - 1] ?? found.parent;
    store.change(() => { found.siblings.splice(found.index, 1); });
    store.choose(next?.key ?? null);
    if (next) tree.enter(next.key);
    sayUndoable(store, `Deleted ${name}. It goes when you save.`);
  }

  function removeRegion(key, index) {
    store.setRegion(key, index, null);
    store.choose(key);
  }

  // A region for what is chosen: another one for a part, a new part for a question with parts,
  // a new question when nothing is chosen.
  function drawn(region) {
    const { key } = store.chosen;
    if (key in SPOTS) return put(key, isSingle(key) ? 0 : store.regionsOf(key).length, region);
    const found = key && store.find(key);
    if (found && !found.node.parts.length) return put(key, found.node.regions.length, region);
    const node = blankNode({ regions: [region] });
    store.change(() => {
      if (found) addPart(found.node, node);
      else questions().push(node);
    });
    store.choose(node.key, 0);
    return tree.enter(node.key);
  }

  // One step with an arrow key; with Shift it pulls at the lower right corner.
  function nudge(key, index, { key: arrow, shiftKey }) {
    const region = store.regionsOf(key)[index];
    const [dx, dy] = ARROWS[arrow];
    store.setRegion(key, index, shiftKey ? pulled(region, "se", dx, dy) : moved(region, dx, dy), `${key}.${index}`);
  }

  const chosenRegion = () => {
    const { key, region } = store.chosen;
    return key !== null && region !== null && store.regionsOf(key)[region] ? [key, region] : null;
  };

  function put(key, index, region) {
    store.setRegion(key, index, region);
    store.choose(key, index);
  }

  return {
    up: move((all, key) => shift(all, key, -1)),
    down: move((all, key) => shift(all, key, 1)),
    in: move(moveIn),
    out: move(moveOut),
    remove,
    removeRegion,
    drawn,
    addQuestion: () => add(() => questions(), questions().length, blankNode()),
    addAfter: (key) => {
      const { siblings, index } = store.find(key);
      add(() => siblings, index + 1, blankNode());
    },
    addPart: (key) => {
      const { node, depth } = store.find(key);
      if (depth + 1 + Math.max(height(node), 2) > DEEPEST + 1) {
        flash(`Questions nest ${DEEPEST} deep at most.`, { kind: "error" });
        return;
      }
      const part = blankNode();
      store.change(() => addPart(node, part));
      store.choose(part.key);
      tree.enter(part.key);
    },
    removeChosen: () => {
      const chosen = chosenRegion();
      if (!chosen) return false;
      removeRegion(...chosen);
      return true;
    },
    nudge,
    nudgeChosen: (event) => {
      const chosen = chosenRegion();
      if (!chosen) return false;
      nudge(...chosen, event);
      return true;
    },
    newRegion: () => {
      if (!store.pages.length) return false;
      drawn({ page: pages.current, x: 0.1, y: 0.4, width: 0.8, height: 0.2 });
      return true;
    },
    // Chooses something and brings it into sight.
    show: (key, index = 0) => {
      const region = store.regionsOf(key)[index];
      store.choose(key, region ? index : null);
      if (region) pages?.show(region);
    },
    mend: (key) => {
      const found = key && store.find(key);
      if (!found) return;
      store.choose(key);
      tree.enter(key, found.node.parts.length || found.node.points !== "" ? "title" : "points");
    },
    targetName: () => {
      const { key } = store.chosen;
      if (key in SPOTS) return isSingle(key) ? SPOTS[key] : "what is also hidden";
      const found = key && store.find(key);
      if (!found) return "a new question";
      return found.node.parts.length ? `a new part of ${found.number}` : nameOf(found);
    },
  };
}
