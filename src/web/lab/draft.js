// The program in the builder: its form for the server, and the problems in it. No DOM.

import { frame } from './frame.js';
import { fromHex } from './hex.js';

/** The lines of a correct handshake (RFC 6455 §4.1). The server fills in the placeholders in braces. */
export function rightLines(target) {
  const lines = [
    'GET {target} HTTP/1.1', 'Host: {host}', 'Upgrade: websocket', 'Connection: Upgrade',
    'Sec-WebSocket-Key: {key}', 'Sec-WebSocket-Version: 13',
  ];
  return target === '/ws' ? lines.concat('Sec-WebSocket-Protocol: chat.v1, bearer.{token}') : lines;
}

/** The first program: one message, and a closing handshake. */
export const beginning = () => ({
  target: '/echo',
  handshake: null,
  steps: [{ frame: frame() }, { frame: frame({ opcode: 8, payload: { hex: '03e8' } }) }],
});

export const steps = {
  frame: () => ({ frame: frame() }),
  raw: () => ({ raw: '8900' }),
  pause: () => ({ pause: 100 }),
  end: () => ({ end: 'fin' }),
};

/** A copy of a program, with the defaults of each frame filled in. */
export function copyOf(program) {
  const copy = JSON.parse(JSON.stringify(program));
  copy.handshake = copy.handshake || null;
  copy.steps.forEach((step) => {
    if (step.frame) step.frame = frame(step.frame);
  });
  return copy;
}

export const isHex = (text) => fromHex(text) !== null;

/** Whether a masking key is valid: empty (the server picks one), or four bytes. */
export const isKey = (text) => text === '' || (isHex(text) && fromHex(text).length === 4);

/** The key of a sentence about the first problem; null if there is none. */
export function wrong(program) {
  const { handshake } = program;
  if (handshake && handshake.raw !== undefined && !isHex(handshake.raw)) return 'build.bad.hex';
  if (handshake && handshake.lines && !handshake.lines.length) return 'build.bad.lines';
  for (const step of program.steps) {
    if (step.raw !== undefined && !isHex(step.raw)) return 'build.bad.hex';
    if (step.frame && step.frame.payload.hex !== undefined && !isHex(step.frame.payload.hex)) return 'build.bad.hex';
    if (step.frame && step.frame.mask && !isKey(step.frame.key || '')) return 'build.bad.key';
  }
  return null;
}

const bare = (hex) => hex.replace(/[\s,:]|0x/gi, '');

/** The program as it is sent: hex without spaces, and no key without a mask. */
export function toSend(program) {
  const copy = copyOf(program);
  if (copy.handshake && copy.handshake.raw !== undefined) copy.handshake.raw = bare(copy.handshake.raw);
  copy.steps.forEach((step) => {
    if (step.raw !== undefined) step.raw = bare(step.raw);
    if (!step.frame) return;
    const { payload } = step.frame;
    if (payload.hex !== undefined) payload.hex = bare(payload.hex);
    step.frame.key = step.frame.mask && step.frame.key ? bare(step.frame.key) : null;
  });
  return copy;
}
