// Points as people type them, added up in hundredths so that no half goes astray.

const MINUS = "−";

// "4,5" -> 450; null for nothing typed, NaN for what is no number of points.
export function hundredths(text) {
  const typed = String(text ?? "").trim().replace(MINUS, "-").replace(",", ".");
  if (typed === "") return null;
  return /^-?\d{0,5}(\.\d{0,2})?$/.test(typed) && /\d/.test(typed) ? Math.round(Number(typed) * 100) : NaN;
}

export function pointsText(points) {
  return String(points / 100).replace("-", MINUS);
}
