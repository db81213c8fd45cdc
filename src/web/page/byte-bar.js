// The frame in which a message came, as a bar below it: header and payload in the colours of the protocol view,
// to scale. Only what the page itself received or sent has a frame of its own; older messages came in one answer.

import { bar, partsOf } from '../base/frame-parts.js';
import { number, t } from '../base/i18n.js';

/** The bar, and its figures for the line above the text. */
export function byteBar({ payload, masked }) {
  const parts = partsOf(payload, masked);
  const header = parts.reduce((sum, [name, bytes]) => (name === 'payload' ? sum : sum + bytes), 0);
  return { bar: bar(parts), words: t('message.bytes', { header: number(header), payload: number(payload) }) };
}
