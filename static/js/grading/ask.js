// Small dialogs of the grading page, made when they are needed and gone when closed.

// A dialog with this title; `fill(body, dialog)` puts in what it holds. Returns the dialog.
export function openDialog(title, fill, { wide = false } = {}) {
  const dialog = document.createElement("dialog");
  dialog.className = wide ? "dialog dialog--wide" : "dialog";
  dialog.setAttribute("aria-labelledby", "asked");
  dialog.innerHTML = `<form class="dialog__body"><h2 id="asked"></h2></form>`;
  dialog.querySelector("h2").textContent = title;
  fill(dialog.querySelector("form"), dialog);
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// Whether the person goes on, told what it does.
export function ask(words, yes) {
  return new Promise((settle) => {
    let said = false;
    const dialog = openDialog(words, (form) => {
      form.insertAdjacentHTML("beforeend", `<div class="buttons">
        <button class="button button--primary" data-yes></button>
        <button type="button" class="button" data-no>Leave it</button></div>`);
      form.querySelector("[data-yes]").textContent = yes;
      form.querySelector("[data-no]").addEventListener("click", () => dialog.close());
      form.addEventListener("submit", (event) => { event.preventDefault(); said = true; dialog.close(); });
    });
    dialog.addEventListener("close", () => settle(said));
  });
}
