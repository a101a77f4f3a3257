// A group's name and kind, and its end; or a new group.

import { ask, openDialog } from "./ask.js";
import { addGroup, changeGroup, dissolve, effectWords, groupTried, newest } from "./rubric-edits.js";

const FORM = `
  <label class="field"><span class="field__label">Name</span><input name="text" maxlength="500" required></label>
  <label class="field field--check"><input type="checkbox" name="exclusive" checked>
    <span>Pick one: an applied item lifts the others of the group</span></label>
  <p class="errorlist" data-error role="alert" hidden></p>
  <div class="buttons"><button class="button button--primary">Save</button>
    <button type="button" class="button" data-cancel>Cancel</button>
    <button type="button" class="button button--danger button--quiet" data-dissolve>Dissolve, keep its items</button></div>`;

// pk: null for a new one.
export function openGroupForm(session, pk) {
  const { question, rubric } = session.view;
  const group = rubric.groups.find((one) => one.id === pk);
  openDialog(group ? "Group" : "New group", (form, dialog) => {
    form.insertAdjacentHTML("beforeend", FORM);
    const { text, exclusive } = form.elements;
    if (group) [text.value, exclusive.checked] = [group.text, group.exclusive];
    form.querySelector("[data-dissolve]").hidden = !group;
    form.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
    let { version } = rubric;
    const doing = (act) => act().then((done) => done !== false && dialog.close(), async (error) => {
      if (error.status === 409) version = await newest(session);
      const place = form.querySelector("[data-error]");
      [place.textContent, place.hidden] = [error.message, false];
    });
    form.querySelector("[data-dissolve]").addEventListener("click", () => doing(() => dissolve(session, pk)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const facts = { text: text.value.trim(), exclusive: exclusive.checked };
      doing(() => (group ? changed(session, group, { ...facts, version }) : addGroup(session, question.id, facts)));
    });
  });
}

// Made to pick one from, it may lift items: then it asks first.
async function changed(session, group, facts) {
  if (facts.exclusive && !group.exclusive) {
    const effect = await groupTried(group.id, facts);
    if (effect.answers && !(await ask(effectWords(effect), "Change it"))) return false;
  }
  return changeGroup(session, group.id, facts);
}
