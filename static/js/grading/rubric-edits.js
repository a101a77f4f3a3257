// Edits of the rubric: each acts on every answer that has the item, so the page reads anew.

import { flash } from "../lib/flash.js";
import { send } from "../lib/http.js";
import * as urls from "./urls.js";

// What a change of an item would do: {answers, mean_change}.
export const tried = (pk, change) => send("PATCH", `${urls.item(pk)}?try=1`, { json: change });
export const removalTried = (pk) => send("DELETE", `${urls.item(pk)}?try=1`);

export const change = (session, pk, facts) => edited(session, () => send("PATCH", urls.item(pk), { json: facts }));
export const remove = (session, pk) => edited(session, () => send("DELETE", urls.item(pk)));

export function add(session, facts) {
  const { question } = session.view;
  return edited(session, () => send("POST", urls.rubric(question.id), { json: facts }));
}

export function addGroup(session, text, exclusive) {
  const { question } = session.view;
  return send("POST", urls.groups(question.id), { json: { text, exclusive } });
}

export async function putInOrder(session, order) {
  const { question } = session.view;
  await saying(() => edited(session, () => send("PUT", urls.rubric(question.id), { json: { order } })));
}

export const bringBack = (session, pk) => saying(() => edited(session, () => send("PUT", urls.item(pk))));

async function edited(session, request) {
  // What was clicked before goes out first: an edit acts on what is saved.
  await session.queue.settled(session.current);
  const answer = await request();
  await session.rubricChanged();
  return answer;
}

async function saying(act) {
  try {
    await act();
  } catch (error) {
    flash(error.message, { kind: "error" });
  }
}
