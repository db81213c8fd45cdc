// The byte line under the ruler: every byte of the header, and of the payload as far as it is known, as
// hexadecimal. Pointing at a byte, tapping it or moving to it with the arrow keys says what it is.

import { cells, sentences, tint, title } from './fields.js';
import { bits, pair, table } from './parts.js';
import { typed } from './typed.js';
import { box, make } from '../base/dom.js';
import { LETTERS } from '../base/frame-parts.js';
import { t } from '../base/i18n.js';

/** The fields in a byte, for a label: "FIN, RSV1, …". */
const names = ({ parts }) => parts.map(({ name }) => title(name)).join(t('list.comma'));

/** How many of the byte's bits belong to a field. */
function share({ index }, { from, bits: own }) {
  if (!own) return 8;
  return Math.min(from + own.length, index * 8 + 8) - Math.max(from, index * 8);
}

/** The bits of a byte, with a gap between its fields. */
function apart(cell) {
  const all = bits(cell.byte);
  let at = 0;
  return cell.parts.map((part) => {
    const own = all.slice(at, at + share(cell, part));
    at += own.length;
    return own;
  }).join(' ');
}

function mark(cell) {
  const { payload, parts } = cell;
  if (!payload) {
    const letters = parts.map(({ name }) => LETTERS[tint(name).slice(5)]);
    return make('span', 'field-letters', [...new Set(letters)].join(' '));
  }
  const { character } = payload;
  const letter = !character ? '' : character.k > 1 ? '‹' : character.letter === ' ' ? '␣' : character.letter;
  return make('bdi', 'letter-of', letter);
}

function cellOf(cell) {
  const button = make('button', 'byte-cell');
  button.type = 'button';
  button.tabIndex = -1;
  const back = make('span', 'back');
  cell.parts.forEach((part) => {
    const piece = make('span', tint(part.name));
    piece.style.flexGrow = String(share(cell, part));
    back.append(piece);
  });
  button.setAttribute('aria-label', t('glass.byte.label', { i: String(cell.index), hex: pair(cell.byte), fields: names(cell) }));
  button.append(back, make('span', 'hex-of', pair(cell.byte)), mark(cell));
  return button;
}

const heading = (cell) => t('glass.byte.head', { i: String(cell.index), hex: pair(cell.byte), bits: apart(cell) });

/** Where an arrow key leads from a byte. A row has `width` bytes. */
function target(key, at, width, last) {
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - width, ArrowDown: at + width, Home: 0, End: last }[key];
  return to === undefined ? null : Math.max(0, Math.min(last, to));
}

/** Marks the bytes of what was typed, and says in words which they are; null if nothing was. */
function own(note, list, buttons) {
  const range = typed(note);
  if (!range) return null;
  const header = list.length - list.filter(({ payload }) => payload).length;
  buttons.slice(header + range.from, header + range.to).forEach((button) => button.classList.add('typed'));
  const facts = { a: String(header + range.from), b: String(header + range.to - 1) };
  return make('p', 'typed-words', t(range.whole ? 'glass.byte.typed' : 'glass.byte.typed.cut', facts));
}

/** The line. `width` is that of the ruler, in bits; `pointed(names)` is told the fields of the byte that is
    explained. Returns the node, and `mark(field)`, which marks the bytes of a field. */
export function byteLine(note, { width, remembered, pointed }) {
  const list = cells(note);
  const row = width / 2;
  const said = make('p', 'byte-said');
  said.setAttribute('aria-live', 'polite');
  const grid = make('div', 'byte-line');
  grid.setAttribute('role', 'group');
  grid.setAttribute('aria-label', t('glass.byte.caption'));
  grid.style.gridTemplateColumns = `repeat(${row}, minmax(0, 1fr))`;
  const buttons = list.map(cellOf);
  grid.append(...buttons);
  let current = -1;
  const explain = (at) => {
    if (at === current) return;
    if (current >= 0) {
      buttons[current].tabIndex = -1;
      buttons[current].classList.remove('chosen');
    }
    current = remembered.byte = at;
    buttons[at].tabIndex = 0;
    buttons[at].classList.add('chosen');
    said.textContent = '';
    said.append(make('strong', '', heading(list[at])));
    sentences(note, list[at]).forEach((each) => said.append(t('sentence.gap'), make('span', 'of-byte', each)));
    pointed(list[at].parts.map(({ name }) => name));
  };
  const from = (event) => buttons.indexOf(event.target.closest('.byte-cell'));
  ['pointerover', 'focusin', 'click'].forEach((kind) => grid.addEventListener(kind, (event) => {
    const at = from(event);
    if (at >= 0) explain(at);
  }));
  grid.addEventListener('keydown', (event) => {
    const to = event.altKey || event.ctrlKey || event.metaKey ? null : target(event.key, current, row, list.length - 1);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    buttons[to].focus();
  });
  explain(Math.min(remembered.byte || 0, list.length - 1));
  pointed([]);
  const left = note.payload_bytes - list.filter(({ payload }) => payload).length;
  const node = box('div', 'bytes-of', make('h4', '', t('glass.byte.title')), own(note, list, buttons), said, grid,
    left ? make('p', 'small', t('glass.byte.more', { n: left })) : null);
  return {
    node,
    mark: (field) => buttons.forEach((button, n) => button.classList.toggle('related', list[n].parts.some(({ name }) => name === field))),
  };
}

/** The same as a table. */
export function byteTable(note) {
  const heads = ['n', 'hex', 'bits', 'meaning'].map((key) => t('glass.byte.' + key));
  return table(t('glass.byte.title'), heads, cells(note).map((cell) => [
    String(cell.index), pair(cell.byte), apart(cell), sentences(note, cell).join(t('sentence.gap'))]));
}
