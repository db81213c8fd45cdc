// The parts of a frame and their lengths, to draw a frame as a bar to scale. Pure but for `bar`, the nodes.

import { box, make } from './dom.js';

/** The letter of each field, for those who see no difference between the tints. */
export const LETTERS = { first: 'F', opcode: 'O', mask: 'M', length: 'L', key: 'K', payload: 'P' };

/** The lengths of the parts of a frame, RFC 6455 §5.2: `masked` from a client, not from a server. The length
    of the payload takes no byte of its own, or `extended`: by itself as few as possible. */
export function partsOf(payload, masked, extended = payload < 126 ? 0 : payload < 65536 ? 2 : 8) {
  // FIN, RSV and opcode are one byte; MASK and length share the next.
  const parts = [['first', 0.5], ['opcode', 0.5], ['mask', 0.125], ['length', 0.875 + extended]];
  if (masked) parts.push(['key', 4]);
  if (payload) parts.push(['payload', payload]);
  return parts;
}

/** The parts as a bar. It says nothing to a screen reader: the numbers stand beside it. */
export function bar(parts) {
  const node = box('span', 'bytes', ...parts.map(([name, bytes]) => {
    const part = make('span', 'byte-' + name);
    part.style.flexGrow = bytes;
    return part;
  }));
  node.setAttribute('aria-hidden', 'true');
  return node;
}
