// What a key can do on the grading page, and its key unless the person chose another. This list
// alone says so: labels, the list of keys and docs/grading.md follow it, and so do the names in
// rubrics/models/key.py.
//
// An act is {act, key, words, part}. A key is what `keyName` of lib/keys.js calls it. Acts
// "choice-…" are heard only while a group of items is open, and go before all others then.

export const PARTS = { rubric: "Rubric", paper: "Papers", page: "The page", ink: "Ink" };

const numbers = [..."1234567890"].map((key, index) => ({
  act: `item-${index + 1}`, key, part: "rubric", words: `item ${index + 1}, or open that group`,
}));
const letters = [..."qwertyuiop"].map((key, index) => ({
  act: `choice-${index + 1}`, key, part: "rubric", words: `item ${index + 1} of the open group`,
}));

export const ACTS = [
  ...numbers,
  ...letters,
  { act: "find", key: "/", part: "rubric", words: "find an item, or a comment used before" },
  { act: "comment", key: "c", part: "rubric", words: "comment for the student" },
  { act: "adjust", key: "a", part: "rubric", words: "adjust the score" },
  { act: "flag", key: "g", part: "rubric", words: "flag for review, or take the flag down" },
  { act: "note", key: "n", part: "rubric", words: "note for graders, never shown to students" },
  { act: "history", key: "h", part: "rubric", words: "history of this answer, and undo of any of it" },
  { act: "add", key: "i", part: "rubric", words: "add an item" },
  { act: "up", key: "Alt+ArrowUp", part: "rubric", words: "move the item or group that has the focus up" },
  { act: "down", key: "Alt+ArrowDown", part: "rubric", words: "… and down" },
  { act: "looked", key: "l", part: "rubric", words: "looked at it: its pages had changed" },
  { act: "next", key: "z", part: "paper", words: "next ungraded paper" },
  { act: "previous", key: "ArrowLeft", part: "paper", words: "previous paper" },
  { act: "following", key: "ArrowRight", part: "paper", words: "next paper" },
  { act: "question-before", key: ",", part: "paper", words: "previous question of this paper" },
  { act: "question-after", key: ".", part: "paper", words: "next question of this paper" },
  { act: "undo", key: "Ctrl+Z", part: "paper", words: "undo, marks and ink" },
  { act: "redo", key: "Ctrl+Shift+Z", part: "paper", words: "redo" },
  { act: "help", key: "?", part: "paper", words: "all keys" },
  { act: "page-before", key: "[", part: "page", words: "previous page of this paper" },
  { act: "page-after", key: "]", part: "page", words: "next page" },
  { act: "larger", key: "+", part: "page", words: "larger" },
  { act: "smaller", key: "-", part: "page", words: "smaller" },
  { act: "fit", key: "f", part: "page", words: "fit the width" },
  { act: "pan", key: "v", part: "page", words: "pan the page" },
  { act: "pen", key: "p", part: "ink", words: "pen" },
  { act: "text", key: "t", part: "ink", words: "text" },
  { act: "box", key: "b", part: "ink", words: "box" },
  { act: "pin", key: "m", part: "ink", words: "pin an item or the comment to a place" },
  { act: "colour", key: "k", part: "ink", words: "next colour" },
  { act: "erase", key: "x", part: "ink", words: "erase" },
];

// What is said when a group of that name opens.
export const openWords = (name) => `${name} is open: letters choose, Escape leaves.`;

export const inGroup = (act) => act.startsWith("choice-");
