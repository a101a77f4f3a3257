// Requests to this site: token sent, JSON read, failures thrown as words for a person.

export class HttpError extends Error {
  // status 0: nothing came back. errors: {field: [sentence, ...]} of a refused form, else {}.
  // again: the same would be done if a person insists.
  constructor(message, status, errors = {}, again = false) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.errors = errors;
    this.again = again;
  }
}

const SENTENCES = {
  0: "No connection. Check it and try again.",
  401: "You are signed out. Open the sign-in page in another tab, then try again.",
  403: "This is not open to you, or the page is old. Reload it and try again.",
  404: "This is not there any more. Reload the page.",
  409: "Someone changed this meanwhile. Reload the page to see it.",
  413: "This is too large to send.",
  429: "Too many requests. Wait a moment.",
};

export function csrfToken() {
  return document.querySelector("meta[name=csrf-token]")?.content ?? "";
}

// What went wrong, out of a status and the answer's text (JSON or not).
export function failure(status, text) {
  let told = {};
  try {
    told = JSON.parse(text) ?? {};
  } catch {
    // An HTML error page says nothing that fits in a line.
  }
  const errors = told.errors ?? {};
  const first = Object.values(errors).flat()[0];
  const fallback = SENTENCES[status] ?? "Something broke on our side. Try again in a minute.";
  return new HttpError(told.detail ?? first ?? fallback, status, errors, told.again === true);
}

// send("PUT", url), send("POST", url, {json: {...}}) or {form: FormData}; also {signal, keepalive}.
// Resolves to parsed JSON, to text for other types, to null for 204. Rejects with HttpError, or
// with AbortError when the signal was used.
export async function send(method, url, { json, form, headers = {}, ...options } = {}) {
  const own = { Accept: "application/json, text/html;q=0.9", "X-CSRFToken": csrfToken() };
  if (json !== undefined) own["Content-Type"] = "application/json";
  const body = json === undefined ? form : JSON.stringify(json);
  let response;
  try {
    response = await fetch(url, {
      method, body, headers: { ...own, ...headers }, credentials: "same-origin", ...options,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new HttpError(SENTENCES[0], 0);
  }
  if (!response.ok) throw failure(response.status, await response.text());
  if (response.status === 204) return null;
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  return isJson ? response.json() : response.text();
}
