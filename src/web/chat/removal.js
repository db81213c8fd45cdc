// Why somebody was removed and until when, in whole sentences: what the server says of it in the reason
// of a Close or with a 403, and what the page makes of that. No DOM.

import { t, when } from '../base/i18n.js';

const MINUTE_MS = 60000;
// The time stands before the reason, whose end may be cut off.
const TIME = /^you may come back in (\d+) min[\s:]*/;

/** What was said at a time: {reason, until}, each undefined if nothing was said of it. */
export function heard(words, at) {
  const text = (words || '').replace(/^removed:\s*/, '').trim();
  const time = TIME.exec(text);
  if (!time) return { reason: text || undefined };
  const [whole, minutes] = time;
  return { reason: text.slice(whole.length) || undefined, until: at + Number(minutes) * MINUTE_MS };
}

/** Who removed us, why, until when, and what to do next, as far as it is known. */
export function removed({ by, reason, until }) {
  const sentences = [by ? t('removed.by', { by }) : t('removed')];
  if (reason) sentences.push(t('removed.why', { reason }));
  sentences.push(until ? t('removed.until', { time: when(until) }) : t('removed.later'));
  return sentences.join(t('sentence.gap'));
}
