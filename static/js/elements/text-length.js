// <text-length>: says how many characters of a bounded text are typed; the bound is its maxlength.
//
//   <text-length><textarea maxlength="2000"></textarea> <span data-length>At most 2,000 characters.</span></text-length>

customElements.define("text-length", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", this);
    this.handleEvent();
  }

  handleEvent() {
    const text = this.querySelector("textarea");
    const [typed, most] = [text.value.length, text.maxLength].map((count) => count.toLocaleString("en"));
    this.querySelector("[data-length]").textContent = `${typed} of ${most} characters.`;
  }
});
