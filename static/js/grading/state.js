// What stands on an answer, and what clicks not yet answered make of it. Pure: plain data in,
// plain data out.
//
// `work` is what the server sends of one answer (rubrics/state.py: workspace). A click is a
// delta: {kind: "mark", item, on}, {kind: "adjustment", points}, {kind: "comment", text},
// {kind: "note", text}, {kind: "flag", on, by}, {kind: "grading", on}, {kind: "looked"}, {kind: "ink", key, ink}; null takes away.

import { decimal, score } from "./points.js";

// The work as it looks when these clicks have arrived.
export function applied(work, clicks) {
  if (!clicks.length) return work;
  let next = { ...work };
  for (const click of clicks) next = CHANGES[click.kind](next, click);
  // Who says anything of an answer has looked at it.
  return counted(work, scored({ ...next, look_again: null }));
}

const CHANGES = {
  mark: (work, { item, on }) => ({ ...work, marks: on ? marked(work, item) : without(work.marks, item) }),
  adjustment: (work, { points }) => ({
    ...work, adjustment: points === null ? null : { points, version: work.adjustment?.version ?? 0 },
  }),
  comment: (work, { text }) => ({
    ...work, comment: text ? { text, html: null, version: work.comment?.version ?? 0 } : null,
  }),
  note: (work, { text }) => ({ ...work, note: text ? { text, version: work.note?.version ?? 0 } : null }),
  flag: (work, { on, by }) => ({ ...work, flag: on ? work.flag ?? { by } : null }),
  grading: (work, { on }) => ({ ...work, said_graded: on }),
  looked: (work) => work,
  ink: (work, { key, ink }) => ({ ...work, annotations: inked(work.annotations, key, ink) }),
};

const without = (list, one) => list.filter((other) => other !== one);

// Of a group to pick one from, an applied item lifts the others.
function marked(work, pk) {
  const { items, groups } = work.rubric;
  const group = items.find((item) => item.id === pk)?.group;
  const exclusive = groups.some((one) => one.id === group && one.exclusive);
  const rivals = exclusive ? items.filter((item) => item.group === group).map((item) => item.id) : [pk];
  return [...work.marks.filter((mark) => !rivals.includes(mark)), pk];
}

function inked(annotations, key, ink) {
  const others = annotations.filter((one) => one.key !== key);
  return ink ? [...others, ink] : others;
}

function scored(work) {
  const points = work.rubric.items.filter((item) => work.marks.includes(item.id)).map((item) => item.points);
  const total = score(work.question, points, work.adjustment?.points ?? null);
  const graded = work.marks.length > 0 || work.adjustment !== null || work.said_graded;
  return { ...work, score: decimal(total), graded };
}

// How many answers have an item, and how many are graded, move with what happens to this one.
function counted(before, after) {
  const changed = (pk) => after.marks.includes(pk) - before.marks.includes(pk);
  const items = after.rubric.items.map((item) => ({ ...item, count: item.count + changed(item.id) }));
  const graded = after.progress.graded + after.graded - before.graded;
  return { ...after, rubric: { ...after.rubric, items }, progress: { ...after.progress, graded } };
}

// What happened to another answer of the question moves how many have an item here as well.
export function alongside(work, before, after) {
  const had = new Map(before.rubric.items.map((item) => [item.id, item.count]));
  const has = new Map(after.rubric.items.map((item) => [item.id, item.count]));
  const moved = (pk) => (had.has(pk) && has.has(pk) ? has.get(pk) - had.get(pk) : 0);
  const items = work.rubric.items.map((item) => ({ ...item, count: item.count + moved(item.id) }));
  const graded = work.progress.graded + after.progress.graded - before.progress.graded;
  return { ...work, rubric: { ...work.rubric, items }, progress: { ...work.progress, graded } };
}

// The work after the server's answer to a click; its word wins over what was shown.
export function merged(work, click, said) {
  if (click.kind === "ink") return { ...work, look_again: null, annotations: inked(work.annotations, click.key, said) };
  return counted(work, { ...work, ...said });
}

// The clicks that lead from one set of marks back to another.
export function turnedBack(before, after) {
  return [
    ...after.filter((pk) => !before.includes(pk)).map((item) => ({ kind: "mark", item, on: false })),
    ...before.filter((pk) => !after.includes(pk)).map((item) => ({ kind: "mark", item, on: true })),
  ];
}

// Items in the order of their number keys: those of no group, then group by group.
export function inOrder({ items, groups }) {
  return [null, ...groups.map((group) => group.id)].flatMap((group) => items.filter((item) => item.group === group));
}

// Points and their limits, whether names are shown, who edits rubrics: for every paper at once.
export function movedGround(before, after) {
  return ["question", "edits", "names"].some((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}
