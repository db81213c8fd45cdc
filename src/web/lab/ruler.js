// The bits of a frame's header as a ruler: each field is a button that explains the field (RFC 6455
// §5.2). DOM only. It takes the bytes of the header, of a sent frame or of one in the builder.

import { bits, pair, spaced } from './hex.js';
import { box, make } from '../base/dom.js';
import { LETTERS } from '../base/frame-parts.js';
import { section } from './rfc.js';
import { t } from '../base/i18n.js';

/** The fields of a header that are present: the name, the bits, the value in a word, the tint, and the
    explanation. */
function fields(bytes) {
  if (!bytes.length) return [];
  const first = bits(bytes[0]);
  const opcode = bytes[0] & 15;
  const found = [
    { name: 'FIN', tint: 'first', bits: first[0], words: t('field.fin.' + first[0]), at: '5.2' },
    ...[1, 2, 3].map((n) => ({ name: 'RSV' + n, tint: 'first', bits: first[n], words: t('field.rsv.' + first[n]), at: '5.2' })),
    { name: t('build.opcode'), tint: 'opcode', bits: first.slice(4), value: t('opcode.' + opcode), words: t('field.opcode', { hex: opcode.toString(16), name: t('opcode.' + opcode) }), at: '5.2' },
  ];
  if (bytes.length < 2) return found;
  const second = bits(bytes[1]);
  const seven = bytes[1] & 127;
  const extra = { 126: 2, 127: 8 }[seven] || 0;
  const mask = second[0] === '1';
  found.push(
    { name: 'MASK', tint: 'mask', bits: second[0], words: t('field.mask.' + second[0]), at: '5.1' },
    { name: t('field.len.name'), tint: 'length', bits: second.slice(1), value: String(seven), words: t('field.len.' + (extra ? seven : 'short'), { seven }), at: '5.2' },
  );
  const extended = bytes.slice(2, 2 + extra);
  if (extended.length) {
    const length = extended.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    found.push({ name: t('field.ext.name'), tint: 'length', value: String(length), hex: spaced(extended), words: t('field.ext', { length: String(length), bytes: extra }), at: '5.2' });
  }
  const key = mask ? bytes.slice(2 + extra, 6 + extra) : [];
  if (key.length) found.push({ name: t('field.key.name'), tint: 'key', hex: key.map(pair).join(' '), words: t('field.key'), at: '5.3' });
  return found;
}

/** The ruler of a header. The explanation of the last chosen field stays below it. */
export function ruler(bytes) {
  const node = make('div', 'ruler');
  const row = make('div', 'ruler-row');
  const words = make('p', 'ruler-words small');
  words.hidden = true;
  fields(bytes).forEach((field) => {
    const button = make('button', `ruler-field tint-${field.tint}${field.hex ? ' wide' : ''}`);
    button.type = 'button';
    button.append(make('span', 'ruler-bits', field.bits || field.hex), box('span', 'ruler-name', make('b', '', LETTERS[field.tint]), field.value ? field.name + t('list.colon') + field.value : field.name),
      make('span', 'hidden', field.words));
    const explain = () => {
      words.hidden = false;
      words.textContent = '';
      words.append(make('strong', '', field.name), ' ', field.words, ' ', section(field.at));
      row.querySelectorAll('[aria-pressed]').forEach((other) => other.removeAttribute('aria-pressed'));
      button.setAttribute('aria-pressed', 'true');
    };
    button.title = field.words;
    button.addEventListener('click', explain);
    row.append(button);
  });
  node.append(row, words);
  return node;
}
