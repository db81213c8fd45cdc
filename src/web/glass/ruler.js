// The bit ruler: the header of one frame as the bits that were on the wire, laid out as in RFC 6455
// §5.2. It is 32 bits wide (16 in a narrow panel), and every field is a button that explains the field.

import { bits, bytesOf, rfc, spaced, table } from './parts.js';
import { box, make } from '../base/dom.js';
import { known, t } from '../base/i18n.js';

const SECTIONS = { rsv1: '5.2', rsv2: '5.2', rsv3: '5.2', fin: '5.4', opcode: '11.8', mask: '5.1', key: '5.3', payload: '5.2' };

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

/** The meaning of a field in this frame. */
export function meaning(note, { name, value }) {
  const facts = { n: note.length, value: String(value) };
  if (name.startsWith('rsv')) return t(`glass.field.rsv.${value}`, facts);
  if (name === 'fin' || name === 'mask') return t(`glass.field.${name}.${value}`, facts);
  if (name === 'opcode') {
    const key = 'glass.field.opcode.' + note.opcode;
    return known(key) ? t(key) : t('glass.field.opcode.other');
  }
  if (name === 'length') return t('glass.field.length.' + { 7: '7', '7+16': '16', '7+64': '64' }[note.length_form], facts);
  if (name === 'payload') return t(note.masked ? 'glass.field.payload.masked' : 'glass.field.payload', { n: note.payload_bytes });
  return t('glass.field.' + name, facts);
}

export const title = (name) => t('glass.field.' + (name.startsWith('rsv') ? 'rsv' : name) + '.name', { n: name.slice(3) });

export const section = (name) => SECTIONS[name] || '5.2';

/** Splits a field into pieces, one for each row of `width` bits. */
function pieces(field, width) {
  const count = field.bits ? field.bits.length : width - (field.from % width);
  const found = [];
  for (let at = field.from; at < field.from + count;) {
    const take = Math.min(width - (at % width), field.from + count - at);
    found.push({ row: Math.floor(at / width), column: at % width, count: take, skip: at - field.from });
    at += take;
  }
  return found;
}

const SHORT = { fin: 'FIN', rsv1: 'RSV1', rsv2: 'RSV2', rsv3: 'RSV3', mask: 'MASK' };

function segment(field, piece, explain) {
  const button = make('button', `bit-field f-${field.name}${piece.count === 1 ? ' single' : ''}${piece.skip ? ' goes-on' : ''}`);
  button.type = 'button';
  button.dataset.field = field.name;
  button.style.gridColumn = `${piece.column + 1} / span ${piece.count}`;
  button.style.gridRow = String(piece.row + 2);
  const name = make('span', 'name-of', SHORT[field.name] || title(field.name));
  if (piece.skip) name.append(' ', t('glass.field.goes-on'));
  const shown = make('span', 'bits-of');
  if (field.bits) [...field.bits.slice(piece.skip, piece.skip + piece.count)].forEach((bit) => shown.append(make('i', '', bit)));
  else shown.append(make('span', '', t('glass.bytes', { n: field.value })));
  button.append(name, ' ', shown);
  if (piece.skip) {
    // The Tab key stops once for each field.
    button.tabIndex = -1;
    button.setAttribute('aria-hidden', 'true');
  }
  ['pointerenter', 'focus', 'click'].forEach((event) => button.addEventListener(event, () => explain(field)));
  return button;
}

/** The position of a field in bits. */
function span({ from, bits: own }) {
  if (!own) return `${from}–`;
  return own.length > 1 ? `${from}–${from + own.length - 1}` : String(from);
}

function asTable(note) {
  return table(t('glass.ruler.caption'), [
    t('glass.ruler.bits'), t('glass.ruler.field'), t('glass.ruler.value'), t('glass.ruler.meaning'), t('glass.ruler.section'),
  ], fields(note).map((field) => [
    span(field),
    title(field.name), String(field.value), meaning(note, field), rfc(section(field.name)),
  ]), true);
}

/** The ruler of a frame. `remembered` stores which field was explained last. */
export function ruler(note, { tables, width, remembered }) {
  if (tables) return asTable(note);
  const grid = make('div', 'ruler');
  grid.setAttribute('role', 'group');
  grid.setAttribute('aria-label', t('glass.ruler.caption'));
  // A column is at least two digits wide; in a narrower panel the ruler scrolls sideways.
  grid.style.gridTemplateColumns = `repeat(${width}, minmax(1.2em, 1fr))`;
  for (let bit = 0; bit < width; bit += 1) {
    const mark = make('span', bit % 8 ? 'bit' : 'bit byte', String(bit));
    mark.setAttribute('aria-hidden', 'true');
    grid.append(mark);
  }
  const said = make('p', 'explained');
  said.setAttribute('aria-live', 'polite');
  const explain = (field) => {
    remembered.field = field.name;
    grid.querySelectorAll('.bit-field').forEach((each) => each.classList.toggle('chosen', each.dataset.field === field.name));
    said.textContent = '';
    said.append(make('strong', '', title(field.name)), ' ', make('span', 'value-of', String(field.value)),
      ' · ', meaning(note, field), ' ', rfc(section(field.name)));
  };
  const list = fields(note);
  list.forEach((field) => pieces(field, width).forEach((piece) => grid.append(segment(field, piece, explain))));
  explain(list.find(({ name }) => name === remembered.field) || list[0]);
  return box('div', 'ruler-and-words', box('div', 'ruler-frame', grid), said);
}
