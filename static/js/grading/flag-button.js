// <flag-button>: asks for another look at the answer in front, and takes the flag down again.
//
//   <flag-button data-me="GG"><button aria-pressed="false"><span data-words>Flag</span></button></flag-button>

customElements.define("flag-button", class extends HTMLElement {
  session = null;

  connectedCallback() {
    this.addEventListener("click", (event) => event.target.closest("button") && this.toggle());
  }

  show({ flag }) {
    const button = this.querySelector("button");
    const words = flag ? `Flagged${flag.by ? ` by ${flag.by}` : ""}` : "Flag";
    const told = button.querySelector("[data-words]");
    if (told.textContent !== words) told.textContent = words;
    if (button.ariaPressed !== String(Boolean(flag))) button.ariaPressed = String(Boolean(flag));
  }

  toggle() {
    const on = !this.session.view.flag;
    const by = this.dataset.me;
    this.session.act({ kind: "flag", on, by }, { kind: "flag", on: !on, by });
  }
});
