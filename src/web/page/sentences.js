// Refusals and moderation events of the server, as sentences.

import { duration, known, phrase, t, when } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

/** The seconds until a refused request may be repeated, 0 if it may now. */
export function waitOf(why) {
  const wait = why.until ? (why.until - serverNow()) / 1000 : why.retry_after || 0;
  return Math.max(0, Math.ceil(wait));
}

/** Why something was refused, and what to do next. */
export function refusal(why) {
  const key = 'error.' + why.code;
  const n = waitOf(why);
  // The server names the character that it does not accept.
  const [character] = /U\+[0-9A-F]{4,6}[ A-Z0-9()-]*(?= at position)/.exec(why.message) || [];
  if (character && known(key + '.character')) return t(key + '.character', { character });
  if (n && known(key + '.wait')) return t(key + '.wait', { n });
  return known(key) ? t(key) : t('error.other', { message: why.message || why.code });
}

// How the server's reason begins where somebody is muted because of their name.
const SUSPECTED = 'Somebody with your name was muted or removed.';

/** The reason of a mute, in the language of the reader if it is the server's own. */
export const reasonOf = (reason) => (reason.startsWith(SUSPECTED) ? t('muted.suspect') : reason);

/** A moderation event as a sentence. */
export function moderation(prefix, message, me) {
  const { action, target, by, until, reason, state, hand } = message;
  const facts = {
    action,
    by: by ? by.name : '',
    target: target ? target.name : hand ? t('class.asker') : '',
    until: until ? when(until) : '',
    reason: reason ? reasonOf(reason) : '',
    room: message.room || '',
    every: duration(state ? state.slow : 0),
  };
  let key = prefix + action;
  if (target && me && target.id === me.id && known(key + '.you')) {
    key += '.you';
    if (action === 'mute' && !until) key += '.open';
    if (reason && known(key + '.why')) key += '.why';
  }
  if (state && ((action === 'lock' && !state.locked) || (action === 'slow' && !state.slow)
    || (action === 'approve' && !state.approve))) key += '.off';
  return phrase(known(key) ? key : prefix + 'other', facts);
}
