// Drafts: one for each tab and room. A tab keeps its own, so that no other tab overwrites or forgets it, and they survive
// a reload. When a tab closes, it leaves them to this browser, and the next tab without a draft takes them.

import { recall, recallInTab, remember, rememberInTab } from '../base/session.js';

// Longer texts than any message may be are not kept: the storage of a browser is small.
const LONGEST = 64 * 1024;

const nameOf = (room) => 'draft.' + room.name;
// The rooms in which this tab has a draft.
const kept = new Set();

/** The draft of a room in this tab, or ''. */
export function draftOf(room) {
  const name = nameOf(room);
  const own = recallInTab(name);
  const left = recall(name);
  if (left !== null) remember(name, null);
  const text = own === null ? left : own;
  if (text !== null) keepDraft(room, text);
  return text || '';
}

/** Keeps the draft of a room; '' forgets it. */
export function keepDraft(room, text) {
  const name = nameOf(room);
  const worth = text && text.length <= LONGEST;
  rememberInTab(name, worth ? text : null);
  if (worth) kept.add(name);
  else kept.delete(name);
}

window.addEventListener('pagehide', () => {
  kept.forEach((name) => {
    const text = recallInTab(name);
    // Whoever left has none any more.
    if (text !== null) remember(name, text);
  });
});
