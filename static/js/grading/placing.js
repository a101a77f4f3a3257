// Where an item stands in the rubric, and where it goes. Pure: plain data in, plain data out.

import { inOrder } from "./state.js";

// What the number keys reach: items of no group, then each group as one.
// [{item} | {group, items}]
export function numbered({ items, groups }) {
  const single = items.filter((item) => item.group === null).map((item) => ({ item }));
  return [...single, ...groups.map((group) => ({ group, items: items.filter((item) => item.group === group.id) }))];
}

// The acts that lead to an item: ["item-3"], or ["item-5", "choice-2"]; [] beyond the tenth.
export function pathTo(rubric, pk) {
  for (const [index, entry] of numbered(rubric).entries()) {
    if (index > 9) return [];
    if (entry.item?.id === pk) return [`item-${index + 1}`];
    const inside = entry.items?.findIndex((item) => item.id === pk) ?? -1;
    if (inside > 9) return [];
    if (inside >= 0) return [`item-${index + 1}`, `choice-${inside + 1}`];
  }
  return [];
}

// The item put into a group (null: none) before another one (null: at its end).
// Returns {group, order}: what the server is told.
export function placed(rubric, pk, group, before) {
  const item = { ...rubric.items.find((one) => one.id === pk), group };
  const others = rubric.items.filter((one) => one.id !== pk);
  const at = before === null ? others.length : others.findIndex((one) => one.id === before);
  const items = [...others.slice(0, at), item, ...others.slice(at)];
  return { group, order: inOrder({ ...rubric, items }).map((one) => one.id) };
}

// One step up (-1) or down (1): within the group, and over its edge into the one beside it.
// null where there is nowhere to go.
export function stepped(rubric, pk, step) {
  const blocks = [null, ...rubric.groups.map((group) => group.id)];
  const { group } = rubric.items.find((one) => one.id === pk);
  const mates = rubric.items.filter((one) => one.group === group).map((one) => one.id);
  const at = mates.indexOf(pk);
  if (step < 0 && at > 0) return placed(rubric, pk, group, mates[at - 1]);
  if (step > 0 && at < mates.length - 1) return placed(rubric, pk, group, mates[at + 2] ?? null);
  const to = blocks[blocks.indexOf(group) + step];
  if (to === undefined) return null;
  const first = rubric.items.find((one) => one.group === to)?.id ?? null;
  return placed(rubric, pk, to, step < 0 ? null : first);
}

// The groups' order with one of them a step further; null where there is nowhere to go.
export function groupStepped({ groups }, pk, step) {
  const order = groups.map((group) => group.id);
  const from = order.indexOf(pk);
  if (from + step < 0 || from + step >= order.length) return null;
  order.splice(from + step, 0, ...order.splice(from, 1));
  return order;
}
