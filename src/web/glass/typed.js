// Which bytes of a payload are the text that a person typed. The page puts that text into JSON, so it is a
// part of the payload, and learners look for it. Pure: no DOM.

import { bytesOf } from './parts.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BEGINS = [...'"text":"'].map((letter) => letter.charCodeAt(0));

/** Where the text begins in the payload. The quotes inside a JSON string are escaped, so nothing that was
    typed can look like the member's name. */
function begin(payload) {
  for (let n = 0; n + BEGINS.length <= payload.length; n += 1) {
    if (BEGINS.every((byte, k) => payload[n + k] === byte)) return n + BEGINS.length;
  }
  return -1;
}

/** The bytes {from, to, whole} of the typed text, counted in the payload; `to` is the first byte after it.
    `whole` is false if the text goes on behind the bytes that are kept. Null if the frame has no such text. */
export function typed(note) {
  if (note.from !== 'client' || note.opcode !== 1 || !/^\{"type":"/.test(note.text || '')) return null;
  const payload = bytesOf(note.payload);
  const from = begin(payload);
  if (from < 0) return null;
  let to = from;
  while (to < payload.length && payload[to] !== QUOTE) to += payload[to] === BACKSLASH ? 2 : 1;
  const whole = to < payload.length;
  return to === from ? null : { from, to: Math.min(to, payload.length), whole };
}
