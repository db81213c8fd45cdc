// Refusals and moderation events of the server, as sentences.

import { duration, ends, known, phrase, t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';
import { byServer } from '../chat/removal.js';

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
  // What may be repeated is not refused for good, also when the wait is over.
  if ((why.until || why.retry_after) && known(key + '.again')) return t(key + '.again');
  return known(key) ? t(key) : t('error.other', { message: why.message || why.code });
}

/** The reason of a mute, in the language of the reader if it is the server's own. */
export const reasonOf = (reason) => (byServer(reason) ? t('muted.suspect') : reason);

/** What an act of those who lead is about: a later one with the same subject replaces what was said of it. */
export function subject({ action, target, hand, room, cleared }) {
  if (hand) return `hand:${room}:${hand}`;
  if (target) return 'person:' + target.id;
  if (action === 'undo_clear') return `clear:${room}:${cleared}`;
  if (['door', 'open_door', 'close_door'].includes(action)) return 'door';
  if (['start_lesson', 'end_lesson', 'keep_lesson'].includes(action)) return 'lesson';
  return room ? `${action}:${room}` : action;
}

/** A moderation event as a sentence. */
export function moderation(prefix, message, me) {
  const { action, target, by, until, reason, state, hand } = message;
  const facts = {
    action,
    by: by ? by.name : '',
    target: target ? target.name : hand ? t('class.asker') : '',
    until: until ? ends(until) : '',
    reason: reason ? reasonOf(reason) : '',
    room: message.room || '',
    every: duration(state ? state.slow : 0),
  };
  let key = prefix + action;
  // Whoever muted the one with that name did nothing to this one.
  if (action === 'mute' && byServer(reason)) return phrase('notice.mute.server' + (target && me && target.id === me.id ? '.you' : ''), facts);
  if (target && me && target.id === me.id && known(key + '.you')) {
    key += '.you';
    if (action === 'mute' && !until) key += '.open';
    if (reason && known(key + '.why')) key += '.why';
  }
  if (state && ((action === 'lock' && !state.locked) || (action === 'slow' && !state.slow)
    || (action === 'approve' && !state.approve))) key += '.off';
  return phrase(known(key) ? key : prefix + 'other', facts);
}
