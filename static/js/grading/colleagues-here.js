// <colleagues-here>: who else has a paper of this question open, as round badges.
//
//   <colleagues-here class="avatars" role="group" aria-label="On this question now" hidden></colleagues-here>

const MOST = 3;

customElements.define("colleagues-here", class extends HTMLElement {
  #shown = "";
  session = null;

  show({ colleagues }) {
    const shown = JSON.stringify(colleagues);
    if (shown === this.#shown) return;
    this.#shown = shown;
    // All of three, two of more: as on the exam's page.
    const first = colleagues.length <= MOST ? colleagues : colleagues.slice(0, MOST - 1);
    const rest = colleagues.slice(first.length);
    this.replaceChildren(...first.map(avatar), ...(rest.length ? [more(rest)] : []));
    this.hidden = !colleagues.length;
  }
});

// As templates/components/_avatar.html draws it.
const avatar = ({ id, initials, name }) => badge(initials, `${name} is on this question too`, id % 10);

function more(people) {
  return badge(`+${people.length}`, `${people.map(({ name }) => name).join(", ")} are on this question too`);
}

function badge(text, label, tint = "") {
  const made = document.createElement("span");
  made.className = "avatar";
  made.dataset.tint = tint;
  made.setAttribute("role", "img");
  made.ariaLabel = label;
  made.title = label;
  made.textContent = text;
  return made;
}
