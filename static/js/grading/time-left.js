// How long the rest takes: a median times the answers that wait, as scoring/steps.py says it.

// timeLeft(30, 48) -> " · about 24 min left"; "" when nothing is left, or nobody knows.
export function timeLeft(seconds, waiting) {
  if (seconds === null || waiting <= 0) return "";
  return ` · about ${duration(seconds * waiting)} left`;
}

// From an hour on by fives: "4 min", "2 h 10".
function duration(seconds) {
  let minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes >= 60) minutes = 5 * Math.round(minutes / 5);
  const rest = String(minutes % 60).padStart(2, "0");
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${rest}` : `${minutes} min`;
}
