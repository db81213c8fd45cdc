// The bytes of a frame in one line, each with the tints of its fields (RFC 6455 §5.2). It says nothing to a screen
// reader: the sentence beside it does.

import { fromHex, pair } from './hex.js';
import { box, make } from '../base/dom.js';

// How many bytes of a payload are shown.
const SHOWN = 20;

/** The fields of each byte of a header: [tint, bits] of each. */
function fieldsOf(bytes, masked) {
  return bytes.map((byte, n) => {
    if (n === 0) return [['first', 4], ['opcode', 4]];
    if (n === 1) return [['mask', 1], ['length', 7]];
    return [[masked && n >= bytes.length - 4 ? 'key' : 'length', 8]];
  });
}

function cell(byte, fields) {
  const back = box('span', 'back', ...fields.map(([tint, share]) => {
    const part = make('span', 'tint-' + tint);
    part.style.flexGrow = String(share);
    return part;
  }));
  return box('span', 'hex', back, make('span', 'hex-of', pair(byte)));
}

/** The line for a frame that was recorded. */
export function hexLine({ header, masked, wire, payload_bytes: length }) {
  const head = fromHex(header);
  const body = fromHex(wire || '').slice(0, SHOWN);
  const fields = fieldsOf(head, masked);
  const line = box('span', 'hex-line', ...head.map((byte, n) => cell(byte, fields[n])),
    ...body.map((byte) => cell(byte, [['payload', 8]])), body.length < length ? '…' : null);
  line.setAttribute('aria-hidden', 'true');
  return line;
}
