// Tells screen readers what is new in the open room: each message once, as "name: text". The log itself is no live
// region, because its buttons, counts and times would be read as well.

import { element } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { plain } from './text.js';

// What comes within this time is told together.
const PAUSE_MS = 600;
// More messages than this are only counted.
const MOST = 3;
const LONGEST = 300;

let waiting = [];

function tell() {
  const lines = waiting;
  waiting = [];
  const words = lines.length > MOST ? t('log.new', { n: lines.length }) : lines.join('\n');
  element('log-said').textContent = words;
}

/** What was told is over: its room is not open any more, or its lesson has ended. */
export function hush() {
  waiting = [];
  element('log-said').textContent = '';
}

/** Tells of an entry that has just come. */
export function announce(entry) {
  if (entry.kind !== 'message' || entry.own || !entry.live || document.hidden) return;
  if (waiting.length === 0) setTimeout(tell, PAUSE_MS);
  waiting.push(entry.from.name + t('list.colon') + [...plain(entry.text)].slice(0, LONGEST).join(''));
}
