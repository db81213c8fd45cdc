// The fields of a frame's header, and what every byte of a frame is (RFC 6455 §5.2). Pure: no DOM.

import { bits, bytesOf, letters, opcode, pair, spaced } from './parts.js';
import { known, t } from '../base/i18n.js';

const SECTIONS = { rsv1: '5.2', rsv2: '5.2', rsv3: '5.2', fin: '5.4', opcode: '11.8', mask: '5.1', key: '5.3', payload: '5.2' };

// The tint of each field; its letter is in base/frame-parts.js, its texture in the stylesheet.
const TINTS = {
  fin: 'first', rsv1: 'first', rsv2: 'first', rsv3: 'first', opcode: 'opcode', mask: 'mask', length: 'length', extended: 'length', key: 'key', payload: 'payload',
};

/** The fields of a header that are present: {name, from, bits, value}, and the payload last. */
export function fields(note) {
  const stream = bytesOf(note.header).map(bits).join('');
  const list = [];
  let at = 0;
  const take = (name, count, value) => {
    if (at + count <= stream.length) list.push({ name, from: at, bits: stream.slice(at, at + count), value });
    at += count;
  };
  take('fin', 1, Number(note.fin));
  ['rsv1', 'rsv2', 'rsv3'].forEach((name) => take(name, 1, Number(note[name])));
  take('opcode', 4, '0x' + note.opcode.toString(16).toUpperCase());
  take('mask', 1, Number(note.masked));
  take('length', 7, { 7: note.length, '7+16': 126, '7+64': 127 }[note.length_form]);
  if (note.length_form !== '7') take('extended', note.length_form === '7+16' ? 16 : 64, note.length);
  if (note.key) take('key', 32, spaced(note.key));
  if (note.payload_bytes) list.push({ name: 'payload', from: at, bits: null, value: note.payload_bytes });
  return list;
}

export const tint = (name) => 'tint-' + TINTS[name];

export const title = (name) => t('glass.field.' + (name.startsWith('rsv') ? 'rsv' : name) + '.name', { n: name.slice(3) });

export const section = (name) => SECTIONS[name] || '5.2';

/** The meaning of a field in this frame. */
export function meaning(note, { name, value }) {
  const facts = { n: note.length, value: String(value) };
  if (name.startsWith('rsv')) return t(`glass.field.rsv.${value}`, facts);
  // A control frame says nothing of the message that it may stand in (§5.5).
  if (name === 'fin' && note.opcode >= 8) return t(`glass.field.fin.control.${value}`);
  if (name === 'fin' || name === 'mask') return t(`glass.field.${name}.${value}`, facts);
  if (name === 'opcode') {
    const key = 'glass.field.opcode.' + note.opcode;
    return known(key) ? t(key) : t('glass.field.opcode.other');
  }
  if (name === 'length') return t('glass.field.length.' + { 7: '7', '7+16': '16', '7+64': '64' }[note.length_form], facts);
  if (name === 'payload') return t(note.masked ? 'glass.field.payload.masked' : 'glass.field.payload', { n: note.payload_bytes });
  return t('glass.field.' + name, facts);
}

/** The value of a field in a few words: "last fragment", "text", "95 bytes"; empty for the key. */
export function words(note, { name, value }) {
  if (name === 'opcode') return opcode(note.opcode);
  if (name === 'key') return t('glass.value.key');
  if (name === 'payload') return t('glass.bytes', { n: value });
  if (name === 'extended') return t('glass.bytes', { n: note.length });
  if (name === 'length') {
    return note.length_form === '7' ? t('glass.bytes', { n: note.length }) : t('glass.value.length', { n: note.length_form === '7+16' ? 2 : 8 });
  }
  if (name === 'fin' && note.opcode >= 8) return t(`glass.value.fin.control.${value}`);
  return t(`glass.value.${name.startsWith('rsv') ? 'rsv' : name}.${value}`);
}

/** The three reserved bits as one field, as they are explained in words. */
export function joined(list) {
  const reserved = list.filter(({ name }) => name.startsWith('rsv'));
  if (reserved.length < 3) return list;
  const all = { name: 'rsv', from: reserved[0].from, bits: reserved.map((each) => each.bits).join(''), value: Math.max(...reserved.map((each) => each.value)) };
  return [].concat(...list.map((field) => (field === reserved[0] ? [all] : reserved.includes(field) ? [] : [field])));
}

// ---- bytes --------------------------------------------------------------------------------------

/** For each byte of a payload the character that it belongs to: {letter, k, of}, k counted from 1. */
function characters(payload) {
  const begins = letters(payload);
  const found = [];
  let first = 0;
  begins.forEach((letter, n) => {
    if (letter !== '') first = n;
    let of = 1;
    while (first + of < begins.length && begins[first + of] === '') of += 1;
    found.push({ letter: begins[first], k: n - first + 1, of });
  });
  return found;
}

/** Every byte of the frame that is known: {index, byte, names} of the fields in it, and for one of the
    payload `payload`: {n, wire, key, k, plain, character}. */
export function cells(note) {
  const list = fields(note).filter((field) => field.bits);
  const header = bytesOf(note.header).map((byte, index) => ({
    index,
    byte,
    parts: list.filter(({ from, bits: own }) => from < index * 8 + 8 && from + own.length > index * 8),
    payload: null,
  }));
  const plain = bytesOf(note.payload);
  const key = note.key ? bytesOf(note.key) : null;
  const code = note.opcode === 8 ? Math.min(2, plain.length) : 0;
  const text = characters(plain.slice(code));
  return header.concat(bytesOf(note.wire).map((byte, n) => ({
    index: header.length + n,
    byte,
    parts: [{ name: 'payload', from: 0, bits: null, value: byte }],
    payload: { n, wire: byte, key: key && key[n % 4], k: n % 4, plain: plain[n], character: n < code ? null : text[n - code] },
  })));
}

/** Whether the payload of a frame is a text, as far as this frame alone says it. */
const isText = (note) => note.opcode === 1 || note.opcode === 8 || (note.opcode === 0 && !(note.message && note.message.kind === 'binary'));

function ofCharacter(note, { letter, k, of }) {
  if (letter === '·') return t('glass.byte.unprintable');
  const facts = { letter: letter === ' ' ? '␣' : letter, k: String(k), of: String(of) };
  if (!isText(note)) return t('glass.byte.letter.as', facts);
  return t(of > 1 ? 'glass.byte.letter.part' : 'glass.byte.letter', facts);
}

function ofPayload(note, { n, wire, key, k, plain, character }) {
  const facts = { n: String(n), wire: pair(wire), plain: pair(plain), k: String(k), key: key === null ? '' : pair(key) };
  const what = t(key === null ? 'glass.byte.plain' : 'glass.byte.masked', facts);
  const code = note.control ? note.control.code : null;
  return [what, character ? ofCharacter(note, character) : code !== null ? t('glass.byte.code', { k: String(n + 1), code: String(code) }) : t('glass.byte.code.half')];
}

/** The sentences about a byte. */
export function sentences(note, cell) {
  if (cell.payload) return ofPayload(note, cell.payload);
  const first = note.header_bytes - (note.key ? 4 : 0);
  return joined(cell.parts).map((field) => {
    const { name, bits: own, value } = field;
    if (name === 'key') {
      const k = cell.index - first;
      return t('glass.byte.key', { k: String(k), a: String(k), b: String(k + 4), c: String(k + 8) });
    }
    if (name === 'extended') {
      const hex = spaced(note.header.slice(4, 4 + own.length / 4));
      return t('glass.byte.extended', { k: String(cell.index - 1), of: String(own.length / 8), hex, n: note.length });
    }
    const facts = { bits: own, name: name === 'rsv' ? 'RSV1–3' : title(name), value: String(value), words: words(note, field) };
    return t(name === 'length' || name === 'opcode' ? 'glass.byte.field.value' : 'glass.byte.field', facts);
  });
}
