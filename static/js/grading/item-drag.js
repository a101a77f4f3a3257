// Items dragged to another place by their grip, with mouse, pen or finger. Keys do the same.

const LINE = "drop-line";

// drop(item, group, before): the item goes into the group (null: none) before another (null: last).
export function listenForDrags(root, drop) {
  let held = null;
  const end = () => {
    held?.row.removeAttribute("data-dragged");
    held?.line.remove();
    held = null;
  };
  root.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    const line = document.createElement("li");
    line.className = LINE;
    line.setAttribute("aria-hidden", "true");
    const row = grip.closest("[data-item]");
    row.dataset.dragged = "";
    held = { row, line };
  });
  root.addEventListener("pointermove", (event) => {
    if (held) put(held.line, root, event);
  });
  root.addEventListener("pointerup", () => {
    if (held?.line.isConnected) {
      const { row, line } = held;
      const group = line.parentElement.dataset.group;
      const before = [...siblingsAfter(line)].find((one) => one.dataset.item && one !== row);
      drop(Number(row.dataset.item), group ? Number(group) : null, before ? Number(before.dataset.item) : null);
    }
    end();
  });
  root.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && held) end();
  });
}

// The line where the row would land: above or below the row under the pointer.
function put(line, root, { clientX, clientY }) {
  const under = document.elementFromPoint(clientX, clientY);
  const row = under?.closest("[data-item]");
  if (row && root.contains(row)) {
    const { top, height } = row.getBoundingClientRect();
    if (clientY < top + height / 2) row.before(line);
    else row.after(line);
    return;
  }
  const list = under?.closest("section[data-group]")?.querySelector("ul");
  if (list && root.contains(list)) list.prepend(line);
}

function* siblingsAfter(line) {
  for (let one = line.nextElementSibling; one; one = one.nextElementSibling) yield one;
}
