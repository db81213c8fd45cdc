// The bit ruler: the header of one frame as the bits that were on the wire, laid out as in RFC 6455
// §5.2. It is 32 bits wide (16 in a narrow panel), and every field is a button that explains the field.
// Below it, every byte of the frame.

import { byteLine, byteTable } from './byteline.js';
import { fields, joined, meaning, section, tint, title, words } from './fields.js';
import { rfc, table } from './parts.js';
import { box, make } from '../base/dom.js';
import { LETTERS } from '../base/frame-parts.js';
import { t } from '../base/i18n.js';

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

/** The value of a field in the ruler, where it has room: a number or an opcode with its name. */
function value(note, field) {
  if (field.name === 'opcode') return `${field.value} ${words(note, field)}`;
  return field.name === 'key' ? field.value : words(note, field);
}

function segment(note, field, piece, explain) {
  const button = make('button', `bit-field f-${field.name} ${tint(field.name)}${piece.count === 1 ? ' single' : ''}${piece.skip ? ' goes-on' : ''}`);
  button.type = 'button';
  button.dataset.field = field.name;
  button.style.gridColumn = `${piece.column + 1} / span ${piece.count}`;
  button.style.gridRow = String(piece.row + 2);
  const name = make('span', 'name-of', SHORT[field.name] || title(field.name));
  if (piece.skip) name.append(t('glass.field.goes-on'));
  const shown = make('span', 'bits-of');
  if (field.bits) [...field.bits.slice(piece.skip, piece.skip + piece.count)].forEach((bit) => shown.append(make('i', '', bit)));
  button.append(name, ' ', shown);
  if (piece.count > 1 && !piece.skip) button.append(' ', make('span', 'words-of', value(note, field)));
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
    t('glass.ruler.bits'), t('glass.ruler.field'), t('glass.ruler.value'), t('glass.ruler.words'), t('glass.ruler.meaning'), t('glass.ruler.section'),
  ], fields(note).map((field) => [
    span(field),
    title(field.name), String(field.value), words(note, field), meaning(note, field), rfc(section(field.name)),
  ]), true);
}

/** Whether the value of a field is a number of bytes, which its words say too. */
const counted = (note, { name, value: own }) => name === 'payload' || name === 'extended' || (name === 'length' && own === note.length);

/** Each field with its letter, tint and texture, and with its value in words. */
function legend(note) {
  const list = make('ul', 'field-values');
  joined(fields(note)).forEach((field) => {
    const reserved = field.name === 'rsv';
    const of = reserved ? 'rsv1' : field.name;
    const head = box('span', '', make('span', 'name-of', reserved ? 'RSV1–3' : title(of)), ' ');
    // A number of bytes says its value itself.
    if (!counted(note, field)) head.append(make('code', '', reserved ? field.bits : String(field.value)), ' ');
    list.append(box('li', '', make('b', 'letter ' + tint(of), LETTERS[tint(of).slice(5)]), ' ', head, make('span', 'in-words', words(note, field))));
  });
  return list;
}

/** The ruler of a frame, and its bytes. `remembered` stores what was explained last. */
export function ruler(note, { tables, width, remembered }) {
  if (tables) return box('div', '', asTable(note), byteTable(note));
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
  const line = byteLine(note, {
    width,
    remembered,
    pointed: (names) => grid.querySelectorAll('.bit-field').forEach((each) => each.classList.toggle('related', names.includes(each.dataset.field))),
  });
  const explain = (field, quietly) => {
    remembered.field = field.name;
    grid.querySelectorAll('.bit-field').forEach((each) => each.classList.toggle('chosen', each.dataset.field === field.name));
    said.textContent = '';
    said.append(make('strong', '', title(field.name)), ' ', make('span', 'value-of', String(field.value)),
      ...(counted(note, field) ? [] : [' ', make('span', 'in-words', words(note, field))]), ' · ', meaning(note, field), ' ', rfc(section(field.name)));
    if (quietly !== true) line.mark(field.name);
  };
  const list = fields(note);
  list.forEach((field) => pieces(field, width).forEach((piece) => grid.append(segment(note, field, piece, explain))));
  explain(list.find(({ name }) => name === remembered.field) || list[0], true);
  grid.addEventListener('pointerleave', () => line.mark(''));
  return box('div', 'ruler-and-words', box('div', 'ruler-frame', grid), legend(note), said, line.node);
}
