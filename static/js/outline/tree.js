// The outline as plain data: {questions: [node…], spots: {name, id, hidden}}. A node has a key of this
// browser's own, an id once saved, and parts or regions; a spot is a list of regions. Nothing here touches the page.

import { hundredths } from "./points.js";

const FIELDS = ["id", "label", "title", "points", "bonus", "scoring", "floor", "ceiling", "rubric"];
export const DEEPEST = 5;
let made = 0;

export function blankNode(values = {}) {
  return {
    key: `new-${Date.now()}-${made++}`, id: null, label: "", title: "", points: "", bonus: false,
    scoring: "", floor: null, ceiling: null, rubric: null, regions: [], parts: [], ...values,
  };
}

// The server's outline as nodes.
export function fromJson(data) {
  const node = (question) => {
    const known = Object.fromEntries(FIELDS.filter((name) => name in question).map((name) => [name, question[name]]));
    const parts = (question.parts ?? []).map(node);
    const points = parts.length ? "" : String(question.points ?? "");
    return blankNode({ ...known, points, parts, regions: question.regions ?? [] });
  };
  const spots = {
    name: [data.name_region].filter(Boolean),
    id: [data.id_region].filter(Boolean),
    hidden: data.hidden_regions ?? [],
  };
  return { questions: (data.questions ?? []).map(node), spots };
}

// What the server reads: numbers and sums follow from the tree and are left out.
export function toJson({ questions, spots }) {
  const json = (node) => {
    const plain = { id: node.id, label: node.label, title: node.title, bonus: node.bonus };
    if (node.parts.length) return { ...plain, parts: node.parts.map(json) };
    const { points, scoring, floor, ceiling, regions, rubric } = node;
    return { ...plain, points, scoring, floor, ceiling, regions, ...(rubric ? { rubric } : {}) };
  };
  const [name_region = null] = spots.name;
  const [id_region = null] = spots.id;
  return { questions: questions.map(json), name_region, id_region, hidden_regions: spots.hidden };
}

// Every node as it is read: {node, number, depth, parent, siblings, index}.
export function* walk(questions, parent = null, above = "", depth = 0) {
  for (const [index, node] of questions.entries()) {
    const number = above ? `${above}.${index + 1}` : String(index + 1);
    yield { node, number, depth, parent, siblings: questions, index };
    yield* walk(node.parts, node, number, depth + 1);
  }
}

export function place(questions, key) {
  for (const found of walk(questions)) if (found.node.key === key) return found;
  return null;
}

export function height(node) {
  return 1 + Math.max(0, ...node.parts.map(height));
}

// Hundredths of a node; what is no number counts as nothing.
export function total(node) {
  if (node.parts.length) return node.parts.reduce((sum, part) => sum + total(part), 0);
  return hundredths(node.points) || 0;
}

export function nameOf({ node, number }) {
  return `${number} ${node.label}`.trim();
}

// A node's number and printed label are enough to talk of it; a spot has a name.
export const SPOTS = { name: "Name", id: "Student ID", hidden: "Also hidden" };

// Name and ID are written in one place: drawn again, they lie elsewhere.
export const isSingle = (key) => key === "name" || key === "id";

// Moves: each returns whether it did something.

export function shift(questions, key, by) {
  const { siblings, index } = place(questions, key);
  if (!siblings[index + by]) return false;
  const [node] = siblings.splice(index, 1);
  siblings.splice(index + by, 0, node);
  return true;
}

// Into the question before it, as its last part.
export function moveIn(questions, key) {
  const { node, depth, siblings, index } = place(questions, key);
  const before = siblings[index - 1];
  if (!before || depth + 1 + height(node) > DEEPEST) return false;
  siblings.splice(index, 1);
  addPart(before, node);
  return true;
}

// Out of its question, right behind it.
export function moveOut(questions, key) {
  const { node, parent, siblings, index } = place(questions, key);
  if (!parent) return false;
  siblings.splice(index, 1);
  const up = place(questions, parent.key);
  up.siblings.splice(up.index + 1, 0, node);
  return true;
}

// A part that gets parts becomes their question: what graders did on it stays, on its first part.
export function addPart(node, part) {
  if (!node.parts.length && (node.id || node.points !== "" || node.regions.length)) {
    const { points, scoring, floor, ceiling, rubric, regions, id } = node;
    node.parts.push(blankNode({ id, points, scoring, floor, ceiling, rubric, regions }));
    Object.assign(node, { id: null, points: "", scoring: "", floor: null, ceiling: null, rubric: null, regions: [] });
  }
  node.parts.push(part);
}

// What a person should mend or may want to: [{key, number, text, grave}].
export function remarks(questions) {
  const found = [];
  for (const { node, number } of walk(questions)) {
    const say = (text, grave) => found.push({ key: node.key, number, text, grave });
    if (node.parts.length) continue;
    const points = hundredths(node.points);
    if (points === null) say("Points are missing.", true);
    else if (!(points >= 0)) say(`“${node.points}” is not a number of points.`, true);
    if (!node.regions.length) say("No region on the template yet.", false);
  }
  return found;
}
