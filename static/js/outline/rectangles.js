// Rectangles in fractions of a page: kept on it, moved, and pulled at eight handles.

export const LEAST = 0.01;

// Handles by the sides they pull: west, east, north, south.
export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

const within = (value, least, most) => Math.min(Math.max(value, least), most);
// Six decimals are a thousandth of a dot, and keep files short.
const rounded = (value) => Math.round(value * 1e6) / 1e6;

export function between(page, a, b) {
  const [left, right] = [a.x, b.x].map((x) => within(x, 0, 1)).sort((one, two) => one - two);
  const [top, bottom] = [a.y, b.y].map((y) => within(y, 0, 1)).sort((one, two) => one - two);
  return tidy({ page, x: left, y: top, width: right - left, height: bottom - top });
}

export function tidy({ page, x, y, width, height }) {
  return { page, x: rounded(x), y: rounded(y), width: rounded(width), height: rounded(height) };
}

export function moved(region, dx, dy) {
  return tidy({
    ...region,
    x: within(region.x + dx, 0, 1 - region.width),
    y: within(region.y + dy, 0, 1 - region.height),
  });
}

export function pulled(region, handle, dx, dy) {
  let { x, y } = region;
  let right = x + region.width;
  let bottom = y + region.height;
  if (handle.includes("w")) x = within(x + dx, 0, right - LEAST);
  if (handle.includes("e")) right = within(right + dx, x + LEAST, 1);
  if (handle.includes("n")) y = within(y + dy, 0, bottom - LEAST);
  if (handle.includes("s")) bottom = within(bottom + dy, y + LEAST, 1);
  return tidy({ page: region.page, x, y, width: right - x, height: bottom - y });
}

// Where a handle sits on a rectangle, in fractions of it.
export function handleAt(handle) {
  const along = (low, high) => (handle.includes(low) ? 0 : handle.includes(high) ? 1 : 0.5);
  return { x: along("w", "e"), y: along("n", "s") };
}
