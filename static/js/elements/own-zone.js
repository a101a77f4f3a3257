// <own-zone for="id_time_zone"></own-zone>: chooses the browser's time zone in an untouched list.

customElements.define("own-zone", class extends HTMLElement {
  connectedCallback() {
    const list = document.getElementById(this.getAttribute("for"));
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const options = [...list.options];
    const untouched = list.selectedOptions[0]?.defaultSelected;
    if (untouched && options.some((option) => option.value === timeZone)) list.value = timeZone;
  }
});
