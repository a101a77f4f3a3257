// A large file sent in parts: what a lost connection takes is one part, and whoever sends the same
// file again goes on with what is missing. See docs/api.md, "deliveries".

import { csrfToken, failure, send } from "./http.js";

export const LARGE = 8 * 1024 * 1024; // smaller ones go in one piece
const PAUSES = [1, 2, 4, 8, 15, 30]; // seconds before trying again
const BUSY = 2; // seconds before asking again what an earlier request makes of the file
const STOPPED = "The connection was lost. What arrived is kept: try again, and it goes on from there.";

// Resolves to {upload}. progress(bytes, trying): `trying` while the connection is away.
export async function sendInParts(url, file, { again = false, progress, signal }) {
  const { name, size, lastModified } = file;
  const begin = () => send("POST", url, { json: { name, size, modified: lastModified, again }, signal });
  const told = await patiently(begin, () => progress(0, true), signal);
  const whole = Math.ceil(size / told.part_bytes);
  let here = size - told.missing.reduce((sum, number) => sum + lengthOf(number), 0);
  for (const number of told.missing) {
    const part = file.slice(number * told.part_bytes, (number + 1) * told.part_bytes);
    await patiently(
      () => put(`${told.url}parts/${number}/`, part, (sent) => progress(Math.min(here + sent, size)), signal),
      () => progress(here, true),
      signal,
    );
    here += part.size;
    progress(here);
  }
  const finish = () => send("POST", `${told.url}upload/`, { json: { again }, signal });
  let answer;
  // A large file takes longer to read than some proxies wait: then it goes on without us.
  while (!(answer = await patiently(finish, () => progress(size, true), signal)).upload) {
    progress(size);
    await pause(BUSY, signal);
  }
  return answer;

  function lengthOf(number) {
    return number === whole - 1 ? size - number * told.part_bytes : told.part_bytes;
  }
}

// All of it may be asked for twice, so what got no answer, or a broken one, is asked for again.
async function patiently(act, waiting, signal) {
  for (let round = 0; ; round += 1) {
    try {
      return await act();
    } catch (error) {
      // 507: the disk is full, which no waiting mends. What has no status is no connection's fault.
      const passing = error.status === 0 || (error.status >= 500 && error.status !== 507);
      if (signal.aborted || !passing) throw error;
      if (round === PAUSES.length) {
        if (error.status === 0) error.message = STOPPED;
        throw error;
      }
      waiting();
      await pause(PAUSES[round], signal);
    }
  }
}

// So many seconds, or until the connection is back.
function pause(seconds, signal) {
  return new Promise((resolve) => {
    const done = new AbortController();
    const over = () => {
      clearTimeout(timer);
      done.abort();
      resolve();
    };
    const timer = setTimeout(over, seconds * 1000);
    addEventListener("online", over, { signal: done.signal });
    signal.addEventListener("abort", over, { signal: done.signal });
  });
}

// XHR, because fetch does not tell how much has been sent.
function put(url, part, progress, signal) {
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.open("PUT", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.addEventListener("progress", (event) => progress(event.loaded));
    request.addEventListener("loadend", () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(failure(request.status, request.responseText));
    });
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(part);
  });
}
