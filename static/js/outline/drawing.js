// The pointer on one page: draws a rectangle, moves one, pulls at a handle.
//
// A finger scrolls; it draws only while `drawing()` says so, and moves what is chosen.

import { LEAST, between, moved, pulled } from "./rectangles.js";

// `svg` is the page's overlay. `at(target)` tells what lies there: {key, index, handle} or null.
// `preview(region)` paints while the pointer is down; `done(grip, region)` is the end of it.
export function listenForPointer(svg, number, { at, regionAt, drawing, choose, preview, done }) {
  let held = null;

  const fraction = (event) => {
    const box = svg.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  };

  const result = (event) => {
    const now = fraction(event);
    const dx = now.x - held.from.x;
    const dy = now.y - held.from.y;
    if (!held.grip) return between(number, held.from, now);
    return held.grip.handle ? pulled(held.start, held.grip.handle, dx, dy) : moved(held.start, dx, dy);
  };

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || held) return;
    const grip = at(event.target);
    const finger = event.pointerType === "touch";
    if (grip) choose(grip);
    if (finger && !drawing() && !grip?.chosen) return;
    event.preventDefault();
    held = { id: event.pointerId, from: fraction(event), grip, start: grip && regionAt(grip) };
    svg.setPointerCapture(event.pointerId);
  });

  svg.addEventListener("pointermove", (event) => {
    if (held?.id === event.pointerId) preview(held.grip, result(event));
  });

  svg.addEventListener("pointerup", (event) => {
    if (held?.id !== event.pointerId) return;
    const region = result(event);
    const { grip, start } = held;
    held = null;
    const large = region.width >= LEAST && region.height >= LEAST;
    const same = start && ["x", "y", "width", "height"].every((side) => Math.abs(start[side] - region[side]) < 1e-4);
    if (same || !large) preview(grip, null);
    else done(grip, region);
    if (!grip && !large) choose(null);
  });

  svg.addEventListener("pointercancel", () => {
    if (held) preview(held.grip, null);
    held = null;
  });
}
