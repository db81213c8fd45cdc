// A program before it runs: its handshake, unless that is the correct one, and each step as bytes.

import { box, make } from '../base/dom.js';
import { fold } from './parts.js';
import { body, claimed, form, header, size } from './frame.js';
import { fromHex, spaced } from './hex.js';
import { ruler } from './ruler.js';
import { t } from '../base/i18n.js';

// How many bytes of a payload are shown.
const SHOWN = 24;

/** A frame that is not sent yet, in words. */
export function words(step) {
  const said = [t('opcode.' + step.opcode), t('frame.bytes', { n: size(step) })];
  if (!step.fin) said.push(t('frame.more'));
  if (!step.mask) said.push(t('frame.unmasked'));
  ['rsv1', 'rsv2', 'rsv3'].forEach((bit) => { if (step[bit]) said.push(bit.toUpperCase()); });
  if (claimed(step) !== size(step)) said.push(t('frame.claims', { n: claimed(step) }));
  if (step.form && step.form !== 'auto') said.push(t('frame.form.' + form(step)));
  return said.join(t('list.comma'));
}

/** The bits and bytes of a frame that is not sent yet. */
export function bytesOf(step) {
  const bytes = body(step, SHOWN);
  const more = size(step) > SHOWN ? ' …' : '';
  return box('div', 'bytes', ruler(header(step)),
    bytes.length ? box('p', 'small', t(step.mask ? 'payload.wire' : 'payload.bytes'), ' ', make('code', 'tint-payload', spaced(bytes) + more)) : null);
}

function step(each) {
  const early = each.early ? box('span', 'badge', t('step.early')) : null;
  if (each.frame) return box('li', '', box('p', '', words(each.frame), early ? ' ' : null, early), bytesOf(each.frame));
  if (each.raw !== undefined) {
    const bytes = fromHex(each.raw) || [];
    const shown = spaced(bytes.slice(0, 48)) + (bytes.length > 48 ? ' …' : '');
    return box('li', '', box('p', '', t('step.raw', { n: bytes.length }), early ? ' ' : null, early), make('code', '', shown));
  }
  if (each.pause !== undefined) return make('li', '', t('step.pause', { n: each.pause }));
  return make('li', '', t('step.end.' + each.end));
}

function head(handshake) {
  if (!handshake) return make('p', 'small', t('preview.right'));
  const text = handshake.lines ? handshake.lines.join('\n')
    : String.fromCharCode(...(fromHex(handshake.raw || '') || [])).replace(/[^\x20-\x7e\r\n\t]/g, '·');
  return box('div', '', make('p', 'small', t('preview.handshake')), box('pre', '', make('code', '', text)));
}

/** Everything that will be sent, in a closed `details` element. */
export function preview(program) {
  const node = fold(t('preview.title'), head(program.handshake));
  if (program.steps.length) {
    node.append(program.handshake ? make('p', 'small', t('preview.steps')) : '', box('ol', 'steps', ...program.steps.map(step)));
  } else node.append(make('p', 'small', t('preview.no-steps')));
  return node;
}
