// <open-dialog>: its button or link opens a <dialog>; without scripts a link still leads on.
//
//   <open-dialog data-for="leave"><a class="button" href="/a/page/that/asks/">Leave</a></open-dialog>
//   <dialog class="dialog" id="leave">…<button formmethod="dialog">Keep as it is</button>…</dialog>

customElements.define("open-dialog", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this);
  }

  handleEvent(event) {
    const dialog = document.getElementById(this.dataset.for);
    if (!dialog || !event.target.closest("a, button")) return;
    event.preventDefault();
    dialog.showModal();
  }
});
