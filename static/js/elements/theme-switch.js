// <theme-switch>: light, dark, or as the system has it; kept in this browser.
//
//   <theme-switch role="group" aria-label="Theme" hidden>
//     <button type="button" data-theme-choice="" aria-pressed="true">System</button>
//     <button type="button" data-theme-choice="dark" aria-pressed="false">Dark</button>
//   </theme-switch>

const STORE = "marginalia.theme";

customElements.define("theme-switch", class extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.addEventListener("click", this);
    this.#show();
  }

  disconnectedCallback() {
    this.removeEventListener("click", this);
  }

  handleEvent(event) {
    const choice = event.target.closest("[data-theme-choice]")?.dataset.themeChoice;
    if (choice === undefined) return;
    if (choice) {
      document.documentElement.dataset.theme = choice;
      localStorage.setItem(STORE, choice);
    } else {
      delete document.documentElement.dataset.theme;
      localStorage.removeItem(STORE);
    }
    this.#show();
  }

  #show() {
    const now = document.documentElement.dataset.theme ?? "";
    for (const button of this.querySelectorAll("[data-theme-choice]")) {
      button.ariaPressed = String(button.dataset.themeChoice === now);
    }
  }
});
