// <pop-menu>: closes its <details> at Escape and at a click or focus elsewhere.
//
//   <pop-menu><details class="menu">
//     <summary class="button">Export</summary>
//     <div class="menu__list"><a class="menu__item" href="…">Scores</a></div>
//   </details></pop-menu>

customElements.define("pop-menu", class extends HTMLElement {
  connectedCallback() {
    document.addEventListener("pointerdown", this);
    this.addEventListener("focusout", this);
    this.addEventListener("keydown", this);
  }

  disconnectedCallback() {
    document.removeEventListener("pointerdown", this);
    this.removeEventListener("focusout", this);
    this.removeEventListener("keydown", this);
  }

  handleEvent(event) {
    const menu = this.querySelector("details");
    if (!menu?.open) return;
    if (event.type === "keydown") {
      if (event.key !== "Escape") return;
      event.preventDefault();
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.type === "focusout") {
      if (event.relatedTarget && !this.contains(event.relatedTarget)) menu.open = false;
    } else if (!this.contains(event.target)) {
      menu.open = false;
    }
  }
});
