// Points in whole hundredths. The server sends decimal texts ("-0.5"); nothing here is a float.
//
// `score` says again what rubrics/points.py says. The rule stands in two places so that a click
// shows its score in the same frame; the server's answer to the click replaces it always.

const DECIMAL = /^([+-]?)(\d{1,5})?(?:\.(\d{1,2}))?$/;

// "-0.5" -> -50; also what people type: "−1", "+0,25". NaN when it is no number of points.
export function hundredths(text) {
  const parts = DECIMAL.exec(String(text).trim().replace("−", "-").replace(",", "."));
  if (!parts || (!parts[2] && !parts[3])) return NaN;
  const size = Number(parts[2] ?? 0) * 100 + Number((parts[3] ?? "").padEnd(2, "0"));
  return parts[1] === "-" && size ? -size : size;
}

// -50 -> "-0.5", for the server.
export function decimal(points) {
  const size = Math.abs(points);
  const rest = String(size % 100).padStart(2, "0").replace(/0+$/, "");
  return `${points < 0 ? "-" : ""}${Math.floor(size / 100)}${rest ? "." : ""}${rest}`;
}

// -50 -> "−0.5", for people.
export const pointsText = (points) => decimal(points).replace("-", "−");

// "1" -> "1 point", "4.5" -> "4.5 points".
export const countedPoints = (text) => `${pointsText(hundredths(text))} ${hundredths(text) === 100 ? "point" : "points"}`;

// What an item does: "−1", "+0.5"; nothing moved is "−0" or "+0", by the scoring.
export function signedText(points, scoring) {
  if (points === 0) return scoring === "negative" ? "−0" : "+0";
  return points < 0 ? pointsText(points) : `+${pointsText(points)}`;
}

// rule: {points, scoring, floor, ceiling} as the server sends it; applied: decimal texts or null.
export function score(rule, applied, adjustment = null) {
  const full = hundredths(rule.points);
  const moved = [...applied, adjustment].filter((points) => points !== null).map(hundredths);
  let total = moved.reduce((sum, points) => sum + points, rule.scoring === "negative" ? full : 0);
  if (rule.floor) total = Math.max(total, 0);
  if (rule.ceiling) total = Math.min(total, full);
  return total;
}
