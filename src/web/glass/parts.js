// Parts that several views use: links into the RFCs, tables, pictures, and bytes as text.

import { box, make } from '../base/dom.js';
import { known, number, t } from '../base/i18n.js';

const SVG = 'http://www.w3.org/2000/svg';

/** A link to a section of an RFC, such as "5.1", or "RFC 9112 §3.2" where it is of another than RFC 6455.
    Nothing is loaded from there; the page works without the Internet. */
export function rfc(place, of = 6455) {
  const [, other, its] = /^RFC (\d+) §(.+)$/.exec(place) || [];
  const [document, section] = other ? [other, its] : [of, place];
  const link = make('a', 'rfc', other ? place : `§${section}`);
  link.href = `https://www.rfc-editor.org/rfc/rfc${document}#section-${section}`;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  link.setAttribute('aria-label', t('glass.rfc', { rfc: String(document), section }));
  return link;
}

/** A section of a view with a heading. */
export const part = (title, ...children) => box('section', 'part', make('h3', '', title), ...children);

/** A question that learners ask at this place, and its answer. */
export const why = (name, facts) => box('p', 'why', make('strong', '', t(`glass.why.${name}.ask`)), ' ', t(`glass.why.${name}`, facts));

/** A plain table. A cell is a text, a number or a node; the first cell of each row is its heading. With
    `bare`, only screen readers get the caption, because the heading above the table says the same. */
export function table(caption, heads, rows, bare) {
  const node = make('table');
  node.append(make('caption', bare ? 'hidden' : '', caption));
  const head = make('tr');
  heads.forEach((words, n) => {
    const cell = make('th', rows.length && typeof rows[0][n] === 'number' ? 'figure' : '', words);
    cell.scope = 'col';
    head.append(cell);
  });
  const body = make('tbody');
  rows.forEach((cells) => {
    const row = make('tr');
    cells.forEach((content, n) => {
      const cell = make(n ? 'td' : 'th');
      if (!n) cell.scope = 'row';
      if (typeof content === 'number') cell.className = 'figure';
      cell.append(typeof content === 'number' ? number(content) : content === null || content === undefined ? '–' : content);
      row.append(cell);
    });
    body.append(row);
  });
  node.append(box('thead', '', head), body);
  const around = box('div', 'table', node);
  around.tabIndex = 0;
  around.setAttribute('role', 'group');
  around.setAttribute('aria-label', caption);
  return around;
}

export const empty = (key) => make('p', 'none', t(key));

export const code = (text) => make('code', 'bytes', text);

/** A select with a label. `options` are [value, words]. */
export function choice(label, options, value, changed) {
  const select = make('select');
  options.forEach(([each, words]) => {
    const option = make('option', '', words);
    option.value = each;
    option.selected = each === value;
    select.append(option);
  });
  select.addEventListener('change', () => changed(select.value));
  return box('label', 'choice', make('span', '', label), ' ', select);
}

// ---- pictures -----------------------------------------------------------------------------------

export function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  Object.keys(attributes).forEach((name) => node.setAttribute(name, attributes[name]));
  node.append(...children);
  return node;
}

/** A picture with its size in units and a description in words. */
export function picture(name, width, height, words, ...children) {
  const node = svg('svg', { class: name, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': words }, ...children);
  return node;
}

export function line(x1, y1, x2, y2, name) {
  return svg('line', { x1, y1, x2, y2, class: name });
}

/** An arrow from one point to another. */
export function arrow(x1, y1, x2, y2, name) {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const wing = (turn) => [x2 - 9 * Math.cos(angle + turn), y2 - 9 * Math.sin(angle + turn)].map((n) => n.toFixed(1)).join(',');
  return svg('g', { class: name }, line(x1, y1, x2, y2, ''),
    svg('polygon', { points: `${x2},${y2} ${wing(0.4)} ${wing(-0.4)}` }));
}

export function label(x, y, text, name = '', anchor = 'middle') {
  const node = svg('text', { x, y, class: name, 'text-anchor': anchor });
  node.textContent = text;
  return node;
}

// ---- bytes and times ----------------------------------------------------------------------------

export function bytesOf(hex) {
  const bytes = [];
  for (let n = 0; n + 1 < hex.length; n += 2) bytes.push(parseInt(hex.slice(n, n + 2), 16));
  return bytes;
}

export const pair = (byte) => byte.toString(16).padStart(2, '0');

export const spaced = (hex) => (hex.match(/../g) || []).join(' ');

export const bits = (byte) => byte.toString(2).padStart(8, '0');

/** A hex dump in the format of the tool xxd. */
export function xxd(hex) {
  const bytes = bytesOf(hex);
  const rows = [];
  for (let n = 0; n < bytes.length; n += 16) {
    const some = bytes.slice(n, n + 16);
    const groups = [];
    for (let k = 0; k < 16; k += 2) groups.push(some.slice(k, k + 2).map(pair).join('').padEnd(4));
    const letters = some.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    rows.push(`${n.toString(16).padStart(8, '0')}: ${groups.join(' ')}  ${letters}`);
  }
  return rows.join('\n') + '\n';
}

/** For each byte the character that begins there, `''` inside a character, `'·'` if it is not printable. */
export function letters(bytes) {
  const found = [];
  for (let n = 0; n < bytes.length;) {
    const lead = bytes[n];
    const length = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const rest = bytes.slice(n + 1, n + length);
    if (!length || rest.length < length - 1 || rest.some((byte) => (byte & 0xc0) !== 0x80)) {
      found.push('·');
      n += 1;
    } else {
      let letter = '·';
      try { letter = decodeURIComponent(bytes.slice(n, n + length).map((byte) => '%' + pair(byte)).join('')); } catch (error) { /* not UTF-8 */ }
      found.push(length === 1 && (lead < 32 || lead === 127) ? '·' : letter);
      for (let k = 1; k < length; k += 1) found.push('');
      n += length;
    }
  }
  return found;
}

/** A time on the clock of the connection, from microseconds. */
export const moment = (at) => t('glass.seconds', { s: (at / 1e6).toFixed(3) });

/** A duration in milliseconds, from microseconds. */
export const brief = (us) => t('glass.ms', { ms: us < 10000 ? (us / 1000).toFixed(2) : (us / 1000).toFixed(1) });

export const side = (from) => t('glass.side.' + from);

/** An opcode in words. */
export function opcode(n) {
  const key = 'glass.opcode.' + n;
  return known(key) ? t(key) : t('glass.opcode.other', { n: n.toString(16).toUpperCase() });
}
