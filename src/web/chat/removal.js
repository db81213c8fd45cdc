// Why we were removed and until when, in whole sentences. The facts come from the reason of a Close or
// from the message of a 403. No DOM.

import { ends, left, t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

const [MINUTE_MS, SECOND_MS] = [60000, 1000];
// The time comes first, because the end of the reason may be cut off.
const TIME = /^you may come back in (?:(\d+) min)? ?(?:(\d+) s)?(?::\s*|$)/;
// Without a time, the server says who or what ends it.
const OPEN = /^until (the lesson ends|the teacher lets you in again)(?::\s*|$)/;

// How the server's reason begins where it muted somebody by itself, because of their name.
const SUSPECTED = 'Somebody with your name was muted or removed.';

/** Whether the server muted somebody by itself: the person whose name stands there did not. */
export const byServer = (reason) => Boolean(reason) && reason.startsWith(SUSPECTED);

/** Reads the server's words, received at time `at` of the server: {banned, reason, until, end}, each undefined
    if not given. `end` is `lesson` or `ever`, where there is no time. */
export function heard(words, at) {
  const ban = /^banned:/.test(words || '') || undefined;
  const said = (words || '').replace(/^(?:removed|banned):\s*/, '');
  const [, ends] = OPEN.exec(said) || [];
  const end = ends && (ends === 'the lesson ends' ? 'lesson' : 'ever');
  const text = said.replace(OPEN, '').trim();
  const time = TIME.exec(text);
  if (!time) return { banned: ban, reason: text || undefined, end };
  const [whole, minutes, seconds] = time;
  return { banned: ban, reason: text.slice(whole.length) || undefined, until: at + Number(minutes || 0) * MINUTE_MS + Number(seconds || 0) * SECOND_MS };
}

/** Says who banned us, why, and until when, as far as it is known. */
export function banned({ by, reason, until, end }) {
  const sentences = [by ? t('banned.by', { by }) : t('banned')];
  if (reason) sentences.push(t('removed.why', { reason }));
  if (!until) sentences.push(t(end ? 'banned.' + end : 'banned.open'));
  else if (until <= serverNow()) sentences.push(t('removed.over'));
  else sentences.push(t('removed.until', { time: ends(until), left: left(until) }));
  return sentences.join(t('sentence.gap'));
}

/** Says who removed us, why, until when, and what to do next, as far as it is known. */
export function removed({ by, reason, until }) {
  const sentences = [by ? t('removed.by', { by }) : t('removed')];
  if (reason) sentences.push(t('removed.why', { reason }));
  if (!until) sentences.push(t('removed.later'));
  else if (until <= serverNow()) sentences.push(t('removed.over'));
  else sentences.push(t('removed.until', { time: ends(until), left: left(until) }));
  return sentences.join(t('sentence.gap'));
}
