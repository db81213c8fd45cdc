// Refusals and moderation events of the server, as sentences.

import { clock, duration, known, phrase, t } from '../base/i18n.js';

/** Why something was refused, and what to do next. */
export function refusal(why) {
  const key = 'error.' + why.code;
  if (why.retry_after && known(key + '.wait')) return t(key + '.wait', { n: Math.ceil(why.retry_after) });
  return known(key) ? t(key) : t('error.other', { message: why.message || why.code });
}

/** A moderation event as a sentence. */
export function moderation(prefix, message, me) {
  const { action, target, by, until, reason, state } = message;
  const facts = {
    action,
    by: by ? by.name : '',
    target: target ? target.name : '',
    until: until ? clock(until) : '',
    reason: reason || '',
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
