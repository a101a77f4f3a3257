// Items of another question, of this exam or another one, chosen and taken over.

import { send } from "../lib/http.js";
import { openDialog } from "./ask.js";
import { putPoints } from "./item-row.js";
import { numbered } from "./placing.js";
import { importItems } from "./rubric-edits.js";
import * as urls from "./urls.js";
import { setWords } from "./words.js";

const FORM = `
  <label class="field"><span class="field__label">From</span><select name="from"><option value="">Choose a question</option></select></label>
  <div class="import" data-list></div>
  <p class="errorlist" data-error role="alert" hidden></p>
  <div class="buttons"><button class="button button--primary" disabled>Take over</button>
    <button type="button" class="button" data-cancel>Cancel</button></div>`;

export function openImport(session) {
  const { question } = session.view;
  openDialog("Items of another question", (form, dialog) => {
    form.insertAdjacentHTML("beforeend", FORM);
    const failed = (error) => {
      const place = form.querySelector("[data-error]");
      [place.textContent, place.hidden] = [error.message, false];
    };
    const chosen = () => [...form.querySelectorAll("[name=item]:checked")].map((box) => Number(box.value));
    const count = () => {
      const button = form.querySelector(".button--primary");
      const number = chosen().length;
      button.disabled = !number;
      button.textContent = number ? `Take over ${number}` : "Take over";
    };
    send("GET", urls.imports(question.id)).then((exams) => offer(form.elements.from, exams)).catch(failed);
    form.elements.from.addEventListener("change", async () => {
      const from = form.elements.from.value;
      const rubric = from ? await send("GET", urls.rubric(from)).catch(failed) : null;
      if (from !== form.elements.from.value) return;
      form.querySelector("[data-list]").replaceChildren(...(rubric ? lists(rubric, question.scoring) : []));
      count();
    });
    form.addEventListener("change", ({ target }) => {
      if (target.name === "group") for (const box of target.closest("fieldset").querySelectorAll("[name=item]")) box.checked = target.checked;
      count();
    });
    form.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      importItems(session, question.id, chosen()).then(() => dialog.close(), failed);
    });
  });
}

function offer(select, exams) {
  for (const exam of exams) {
    const group = document.createElement("optgroup");
    group.label = `${exam.course} · ${exam.name}`;
    for (const { id, name, title, items } of exam.questions) {
      group.append(new Option(`${name}${title ? ` · ${title}` : ""} (${items} ${items === 1 ? "item" : "items"})`, id));
    }
    select.append(group);
  }
}

function lists(rubric, scoring) {
  return numbered(rubric).map((entry) => {
    if (entry.item) return choice(entry.item, scoring);
    const set = document.createElement("fieldset");
    const legend = document.createElement("legend");
    const label = document.createElement("label");
    const all = Object.assign(document.createElement("input"), { type: "checkbox", name: "group", checked: true });
    label.append(all, ` ${entry.group.text}${entry.group.exclusive ? " · pick one" : ""}`);
    legend.append(label);
    set.append(legend, ...entry.items.map((item) => choice(item, scoring)));
    return set;
  });
}

function choice(item, scoring) {
  const label = document.createElement("label");
  label.className = "import__item";
  label.innerHTML = `<input type="checkbox" name="item" checked> <span class="item__points"></span> <span class="item__text"></span>`;
  label.querySelector("input").value = item.id;
  putPoints(label.querySelector(".item__points"), item.points, scoring);
  setWords(label.querySelector(".item__text"), item.html, "(no description yet)");
  return label;
}
