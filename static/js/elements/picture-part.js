// <picture-part>: shows of a picture the part that matters; without this one sees all of it.
//
//   <picture-part data-box="x y width height ratio"><img src="…" width="…" height="…"></picture-part>
//
// The part is in fractions of the picture, `ratio` its width by its height.

customElements.define("picture-part", class extends HTMLElement {
  connectedCallback() {
    const [x, y, width, height, ratio] = this.dataset.box.split(" ").map(Number);
    const set = (name, value) => this.style.setProperty(name, String(value));
    set("--ratio", ratio);
    set("--wide", 1 / width);
    set("--left", -x / width);
    set("--high", 1 / height);
    set("--top", -y / height);
    this.dataset.cut = "";
  }
});
