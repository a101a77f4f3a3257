// How this question is scored: from full marks or from zero, and its clamps; or as its exam.

import { openDialog } from "./ask.js";
import { changeRules, effectWords, rulesTried } from "./rubric-edits.js";

const FORM = `
  <label class="field"><span class="field__label">Points</span><select name="scoring">
    <option value="">As the exam says</option><option value="negative">Start from full marks</option>
    <option value="positive">Start from zero</option></select></label>
  <label class="field"><span class="field__label">Below 0</span><select name="floor">
    <option value="">As the exam says</option><option value="true">Never goes below 0</option>
    <option value="false">May go below 0</option></select></label>
  <label class="field"><span class="field__label">Above its points</span><select name="ceiling">
    <option value="">As the exam says</option><option value="true">Never goes above its points</option>
    <option value="false">May go above its points</option></select></label>
  <p class="note note--look" data-effect role="status" hidden></p>
  <p class="errorlist" data-error role="alert" hidden></p>
  <div class="buttons"><button class="button button--primary" data-save>Save</button>
    <button type="button" class="button" data-cancel>Cancel</button></div>`;

export function openRules(session) {
  const { question } = session.view;
  openDialog(`Scoring of ${question.name}`, (form, dialog) => {
    form.insertAdjacentHTML("beforeend", FORM);
    const { own } = question;
    let agreed = false;
    form.elements.scoring.value = own.scoring;
    for (const name of ["floor", "ceiling"]) form.elements[name].value = own[name] === null ? "" : String(own[name]);
    const say = (place, words) => {
      const found = form.querySelector(place);
      [found.textContent, found.hidden] = [words, !words];
    };
    form.addEventListener("input", () => {
      agreed = false;
      say("[data-effect]", "");
      form.querySelector("[data-save]").textContent = "Save";
    });
    form.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const rules = read(form);
      try {
        const effect = agreed ? null : await rulesTried(question.id, rules);
        if (effect?.answers) {
          agreed = true;
          say("[data-effect]", effectWords(effect));
          form.querySelector("[data-save]").textContent = "Save anyway";
          return;
        }
        await changeRules(session, question.id, rules);
        dialog.close();
      } catch (error) {
        say("[data-error]", error.message);
      }
    });
  });
}

function read(form) {
  const { scoring, floor, ceiling } = form.elements;
  const flag = ({ value }) => (value === "" ? null : value === "true");
  return { scoring: scoring.value, floor: flag(floor), ceiling: flag(ceiling) };
}
