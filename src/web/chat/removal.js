// Why we were removed and until when, in whole sentences. The facts come from the reason of a Close or
// from the message of a 403. No DOM.

import { left, t, when } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

const MINUTE_MS = 60000;
// The time comes first, because the end of the reason may be cut off.
const TIME = /^you may come back in (\d+) min[\s:]*/;
// Without a time, the server says who or what ends it.
const OPEN = /^until (?:the lesson ends|the teacher lets you in again)(?::\s*|$)/;

/** Reads the server's words, received at time `at` of the server: {reason, until}, each undefined if not given. */
export function heard(words, at) {
  const text = (words || '').replace(/^(?:removed|banned):\s*/, '').replace(OPEN, '').trim();
  const time = TIME.exec(text);
  if (!time) return { reason: text || undefined };
  const [whole, minutes] = time;
  return { reason: text.slice(whole.length) || undefined, until: at + Number(minutes) * MINUTE_MS };
}

/** Says who banned us, why, and until when, as far as it is known. */
export function banned({ by, reason, until }) {
  const sentences = [by ? t('banned.by', { by }) : t('banned')];
  if (reason) sentences.push(t('removed.why', { reason }));
  if (!until) sentences.push(t('banned.open'));
  else if (until <= serverNow()) sentences.push(t('removed.over'));
  else sentences.push(t('removed.until', { time: when(until), left: left(until) }));
  return sentences.join(t('sentence.gap'));
}

/** Says who removed us, why, until when, and what to do next, as far as it is known. */
export function removed({ by, reason, until }) {
  const sentences = [by ? t('removed.by', { by }) : t('removed')];
  if (reason) sentences.push(t('removed.why', { reason }));
  if (!until) sentences.push(t('removed.later'));
  else if (until <= serverNow()) sentences.push(t('removed.over'));
  else sentences.push(t('removed.until', { time: when(until), left: left(until) }));
  return sentences.join(t('sentence.gap'));
}
