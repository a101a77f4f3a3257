// <pop-menu>: closes its <details> at Escape and at a click or focus elsewhere. With `floating`
// its list lies over whatever would cut it off, above the button where there is no room below.
//
//   <pop-menu><details class="menu">
//     <summary class="button">Export</summary>
//     <div class="menu__list"><a class="menu__item" href="…">Scores</a></div>
//   </details></pop-menu>

const AWAY = 4; // px between the button and its list

customElements.define("pop-menu", class extends HTMLElement {
  connectedCallback() {
    document.addEventListener("pointerdown", this);
    this.addEventListener("focusout", this);
    this.addEventListener("keydown", this);
    if (!this.hasAttribute("floating")) return;
    this.addEventListener("toggle", this, true);
    document.addEventListener("scroll", this, true);
    window.addEventListener("resize", this);
  }

  disconnectedCallback() {
    document.removeEventListener("pointerdown", this);
    this.removeEventListener("focusout", this);
    this.removeEventListener("keydown", this);
    this.removeEventListener("toggle", this, true);
    document.removeEventListener("scroll", this, true);
    window.removeEventListener("resize", this);
  }

  handleEvent(event) {
    const menu = this.querySelector("details");
    if (!menu?.open) return;
    if (["toggle", "scroll", "resize"].includes(event.type)) this.#place(menu);
    else if (event.type === "keydown") {
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

  #place(menu) {
    const list = menu.querySelector(".menu__list");
    const { top, bottom, right } = menu.querySelector("summary").getBoundingClientRect();
    const width = document.documentElement.clientWidth;
    const [above, below] = [top - 2 * AWAY, window.innerHeight - bottom - 2 * AWAY];
    const up = list.scrollHeight > below && above > below;
    Object.assign(list.style, {
      position: "fixed",
      overflow: "auto",
      maxBlockSize: `${up ? above : below}px`,
      insetInline: `auto ${Math.max(AWAY, Math.min(width - right, width - list.offsetWidth - AWAY))}px`,
      insetBlock: up ? `auto ${window.innerHeight - top + AWAY}px` : `${bottom + AWAY}px auto`,
    });
  }
});
