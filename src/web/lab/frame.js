// A frame as bytes, right or wrong on purpose: the bytes that the server will send for a step of a
// program (RFC 6455 §5.2), so that the page can show them before. Pure.

import { fromHex, masked, utf8 } from './hex.js';

/** The frame that the builder begins with. */
export const frame = (changes = {}) => Object.assign({
  fin: true, rsv1: false, rsv2: false, rsv3: false, opcode: 1, mask: true, key: null,
  form: 'auto', claim: null, payload: { text: 'Hello' },
}, changes);

/** The bytes of a payload; at most `most` of them if it is filled. */
export function payload({ payload: what }, most = Infinity) {
  if (!what) return [];
  if (what.text !== undefined) return utf8(what.text);
  if (what.hex !== undefined) return fromHex(what.hex) || [];
  return new Array(Math.min(what.fill, most)).fill(0x61);
}

/** The number of bytes of the payload. */
export const size = (step) => (step.payload && step.payload.fill !== undefined ? step.payload.fill : payload(step).length);

/** The length that the header claims, which may be false. */
export const claimed = (step) => (step.claim === null || step.claim === undefined ? size(step) : step.claim);

function shortest(length) {
  if (length <= 125) return '7';
  return length <= 0xFFFF ? '16' : '64';
}

/** The form of the length: the chosen one, or the shortest possible. */
export const form = (step) => (!step.form || step.form === 'auto' ? shortest(claimed(step)) : step.form);

/** The masking key; its bytes are null if the server will choose it. */
export function key(step) {
  if (!step.mask) return [];
  const bytes = step.key ? fromHex(step.key) : null;
  return bytes && bytes.length === 4 ? bytes : [null, null, null, null];
}

/** The bytes of the header; null for bytes that are not known yet. */
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

/** The first bytes on the wire after the header, masked if the frame is. */
export function body(step, most) {
  const bytes = payload(step, most).slice(0, most);
  return step.mask ? masked(bytes, key(step)) : bytes;
}
