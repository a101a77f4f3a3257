// Edits of the rubric: each acts on every answer that has the item, so the page reads anew, and
// offers the way back.

import { flash } from "../lib/flash.js";
import { send } from "../lib/http.js";
import { ask } from "./ask.js";
import { signedText } from "./points.js";
import * as urls from "./urls.js";

// The version of the rubric as it is now, read anew.
export async function newest(session) {
  await session.rubricChanged();
  return session.view.rubric.version;
}

// What a change would do: {answers, mean_change}.
export const tried = (pk, change) => send("PATCH", `${urls.item(pk)}?try=1`, { json: change });
export const removalTried = (pk) => send("DELETE", `${urls.item(pk)}?try=1`);

export const change = (session, pk, facts) => edited(session, "Item changed.", () => send("PATCH", urls.item(pk), { json: facts }));
export const remove = (session, pk) => edited(session, "Item removed.", () => send("DELETE", urls.item(pk)));

// `question`, by number: the one that was in front when the form was opened.
export function add(session, question, facts) {
  return edited(session, "Item added.", () => send("POST", urls.rubric(question), { json: facts }), question);
}

export function addGroup(session, question, { text, exclusive }) {
  return edited(session, "Group made.", () => send("POST", urls.groups(question), { json: { text, exclusive } }), question);
}

export const groupTried = (pk, facts) => send("PUT", `${urls.group(pk)}?try=1`, { json: facts });
export const changeGroup = (session, pk, facts) => edited(session, "Group changed.", () => send("PUT", urls.group(pk), { json: facts }));
export const dissolve = (session, pk) => edited(session, "Group dissolved. Its items stay.", () => send("DELETE", urls.group(pk)));

export const rulesTried = (question, rules) => send("PATCH", `${urls.scoring(question)}?try=1`, { json: rules });
export const changeRules = (session, question, rules) => edited(session, "Scoring changed.", () => send("PATCH", urls.scoring(question), { json: rules }), question);

export function importItems(session, question, items) {
  const words = items.length === 1 ? "1 item taken over." : `${items.length} items taken over.`;
  return edited(session, words, () => send("POST", urls.imports(question), { json: { items } }), question);
}

export function orderGroups(session, groups) {
  const { id } = session.view.question;
  return saying(() => edited(session, "Group moved.", () => send("PUT", urls.rubric(id), { json: { groups } }), id));
}

// Puts an item elsewhere. Into a group to pick one from it may lift others: then it asks first.
export function place(session, pk, { group, order }) {
  const { question, rubric } = session.view;
  const item = rubric.items.find((one) => one.id === pk);
  const joins = group !== item.group;
  return saying(async () => {
    if (joins && group !== null && item.count) {
      const effect = await tried(pk, { group });
      if (effect.answers && !(await ask(effectWords(effect), "Move it"))) return null;
    }
    return edited(session, "Item moved.", async () => {
      const moved = joins ? (await send("PATCH", urls.item(pk), { json: { group } })).edits : [];
      const { edits } = await send("PUT", urls.rubric(question.id), { json: { order } });
      return { edits: [...moved, ...edits] };
    }, question.id);
  });
}

// While it waits, the grader may go on to another question: the way back stays this one's.
async function edited(session, words, request, question = session.view.question.id) {
  // What was clicked before goes out first: an edit acts on what is saved.
  await session.queue.settled(session.current);
  const answer = await request();
  await session.rubricChanged();
  if (answer.edits.length) offerUndo(session, question, words, answer.edits);
  return answer;
}

let last = null;

// One way back at a time: the latest edit's, while one stays. Ctrl+Z takes it back later too.
function offerUndo(session, question, words, edits) {
  last?.remove();
  const back = session.edited(question, edits, words.split(".")[0]);
  const offer = flash(words, { action: "Undo", run: back.run });
  session.addEventListener("undone", () => back.waits() || offer.remove());
  session.addEventListener("moved", () => offer.remove(), { once: true });
  last = offer;
}

export async function saying(act) {
  try {
    return await act();
  } catch (error) {
    flash(error.message, { kind: "error" });
    return null;
  }
}

// "This changes 41 answers’ scores. The mean moves by −0.3."
export function effectWords({ answers, mean_change: mean }) {
  const touched = answers === 1 ? "1 answer’s score" : `${answers} answers’ scores`;
  const moved = Math.round((mean ?? 0) * 100);
  return `This changes ${touched}. The mean ${moved ? `moves by ${signedText(moved, "")}` : "stays as it is"}.`;
}
