// A frame as bytes, right or wrong on purpose: what the server will send for a step of a program
// (RFC 6455 §5.2), so that it can be seen before. Pure.

import { fromHex, masked, utf8 } from './hex.js';

/** A frame as the builder starts with it. */
export const frame = (changes = {}) => Object.assign({
  fin: true, rsv1: false, rsv2: false, rsv3: false, opcode: 1, mask: true, key: null,
  form: 'auto', claim: null, payload: { text: 'Hello' },
}, changes);

/** The bytes of a payload; of a filled one at most `most`. */
export function payload({ payload: what }, most = Infinity) {
  if (!what) return [];
  if (what.text !== undefined) return utf8(what.text);
  if (what.hex !== undefined) return fromHex(what.hex) || [];
  return new Array(Math.min(what.fill, most)).fill(0x61);
}

/** How many bytes the payload has. */
export const size = (step) => (step.payload && step.payload.fill !== undefined ? step.payload.fill : payload(step).length);

/** The length as the header says it, which may be a lie. */
export const claimed = (step) => (step.claim === null || step.claim === undefined ? size(step) : step.claim);

function shortest(length) {
  if (length <= 125) return '7';
  return length <= 0xFFFF ? '16' : '64';
}

/** The form of the length: as chosen, or the shortest that holds it. */
export const form = (step) => (!step.form || step.form === 'auto' ? shortest(claimed(step)) : step.form);

/** The masking key; of one that the server will choose, nothing is known. */
export function key(step) {
  if (!step.mask) return [];
  const bytes = step.key ? fromHex(step.key) : null;
  return bytes && bytes.length === 4 ? bytes : [null, null, null, null];
}

/** The header, byte by byte; null for what is not known yet. */
export function header(step) {
  const flag = (on, bit) => (on ? 1 << bit : 0);
  const first = flag(step.fin, 7) | flag(step.rsv1, 6) | flag(step.rsv2, 5) | flag(step.rsv3, 4) | (step.opcode & 15);
  const length = BigInt(claimed(step));
  const how = form(step);
  const bytes = (count) => Array.from({ length: count }, (none, i) => (
    Number((length >> BigInt(8 * (count - 1 - i))) & 255n)));
  const seven = { 7: Number(length & 127n), 16: 126, 64: 127 }[how];
  const extended = { 7: [], 16: bytes(2), 64: bytes(8) }[how];
  return [first, flag(step.mask, 7) | seven, ...extended, ...key(step)];
}

/** The first bytes on the wire behind the header: masked, if the frame is. */
export function body(step, most) {
  const bytes = payload(step, most).slice(0, most);
  return step.mask ? masked(bytes, key(step)) : bytes;
}
