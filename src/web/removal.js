// Why somebody was removed and until when, in whole sentences: what the server says of it in the reason
// of a Close or with a 403, and what the page makes of that. No DOM.

import { t, when } from './i18n.js';

const UNITS_MS = { s: 1000, min: 60000, h: 3600000 };
// The time stands before the reason, which may be cut off; servers of old had it behind, in brackets.
const FIRST = /^(?:you may come )?back in (\d+) ?(s|min|h)\b[\s:;,.]*/;
const LAST = /[\s(]*\bback in (\d+) ?(s|min|h)\)?\.?$/;

/** What was said at a time: {reason, until}, each undefined if nothing was said of it. */
export function heard(words, at) {
  const text = (words || '').replace(/^(?:removed|kicked|banned):\s*/, '').trim();
  const time = FIRST.exec(text) || LAST.exec(text);
  if (!time) return { reason: text || undefined };
  const [whole, n, unit] = time;
  const reason = text.slice(0, time.index) + text.slice(time.index + whole.length);
  return { reason: reason || undefined, until: at + Number(n) * UNITS_MS[unit] };
}

/** Who removed us, why, until when, and what to do next, as far as it is known. */
export function removed({ by, reason, until }) {
  const sentences = [by ? t('removed.by', { by }) : t('removed')];
  if (reason) sentences.push(t('removed.why', { reason }));
  sentences.push(until ? t('removed.until', { time: when(until) }) : t('removed.later'));
  return sentences.join(t('sentence.gap'));
}
