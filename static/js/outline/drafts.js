// A draft kept in this browser until it is saved: {version, outline}.

export function readDraft(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    return draft?.outline ? draft : null;
  } catch {
    return null;
  }
}

export function keepDraft(key, draft) {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // A full or forbidden storage: leaving the page still asks.
  }
}

export function dropDraft(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept there either.
  }
}
