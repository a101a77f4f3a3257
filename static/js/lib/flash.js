// Short words at the foot of the window, read out by screen readers.
//
//   flash("Saved.");
//   flash("Not saved. Try again.", { kind: "error" });
//   flash("Page 14 discarded.", { action: "Undo", run: () => send("DELETE", url) });
//
// Errors stay until closed; the rest goes after some seconds, what can be undone a little later,
// but not under the pointer or the focus.

const STAY = 6000;
const STAY_TO_UNDO = 10_000;

export function flash(text, { kind = "success", action = "", run = null } = {}) {
  const region = document.getElementById("flashes");
  for (const old of region.querySelectorAll(".flash")) {
    if (old.querySelector(".flash__text").textContent === text) old.remove();
  }
  const box = document.createElement("div");
  box.className = `flash flash--${kind}`;
  const words = document.createElement("span");
  words.className = "flash__text";
  words.textContent = text;
  box.append(words);
  if (action) {
    box.append(button(action, () => { box.remove(); run(); }));
  }
  const close = button("✕", () => box.remove());
  close.ariaLabel = "Close";
  box.append(close);
  region.append(box);
  fade(box, action ? STAY_TO_UNDO : STAY);
  return box;
}

// Takes up the messages the server wrote into the page. Safe to call again.
export function adoptFlashes(root = document) {
  for (const box of root.querySelectorAll(".flash")) {
    const close = box.querySelector("[data-close]");
    if (!close) continue;
    close.removeAttribute("data-close");
    close.addEventListener("click", () => box.remove());
    fade(box);
  }
}

function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "flash__button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

function fade(box, stay = STAY) {
  if (box.classList.contains("flash--error") || box.classList.contains("flash--warning")) return;
  const later = () => setTimeout(() => {
    if (box.matches(":hover, :focus-within")) later();
    else box.remove();
  }, stay);
  later();
}
