// The request that a click becomes; every one may be sent twice.

import * as urls from "./urls.js";

const REQUESTS = {
  mark: ({ answer, item, on }) => ({ method: on ? "PUT" : "DELETE", url: urls.mark(answer, item) }),
  grading: ({ answer, on }) => ({ method: on ? "PUT" : "DELETE", url: urls.grading(answer) }),
  flag: ({ answer, on }) => ({ method: on ? "PUT" : "DELETE", url: urls.flag(answer) }),
  looked: ({ answer }) => ({ method: "PUT", url: urls.looked(answer) }),
  comment: ({ answer, text, version }) => ({ method: "PUT", url: urls.comment(answer), json: { text, version } }),
  note: ({ answer, text, version }) => ({ method: "PUT", url: urls.note(answer), json: { text, version } }),
  adjustment: ({ answer, points, version }) => (points === null
    ? { method: "DELETE", url: `${urls.adjustment(answer)}?version=${version}` }
    : { method: "PUT", url: urls.adjustment(answer), json: { points, version } }),
  ink: ({ answer, key, ink }) => (ink
    ? { method: "PUT", url: urls.ink(answer, key), json: ink }
    : { method: "DELETE", url: urls.ink(answer, key) }),
};

export const requestFor = (click) => REQUESTS[click.kind](click);
