// Small DOM parts that several views of the lab use.

import { box, make } from '../base/dom.js';
import { number, t } from '../base/i18n.js';

/** A `details` element with a summary. */
export function fold(words, ...children) {
  const node = make('details');
  node.append(make('summary', '', words), ...children);
  return node;
}

/** A table. The first row has the column headings; the first cell of each other row is its heading. */
export function table(caption, [heads, ...rows]) {
  const head = box('tr', '', ...heads.map((text) => (text ? Object.assign(make('th', '', text), { scope: 'col' }) : make('td'))));
  const body = rows.map((cells) => box('tr', '', ...cells.map((cell, n) => {
    const node = make(n ? 'td' : 'th');
    if (!n) node.scope = 'row';
    node.append(cell);
    return node;
  })));
  // For some screen readers a table with `display: block` is no table without this role.
  const node = box('table', '', make('caption', '', caption), box('thead', '', head), box('tbody', '', ...body));
  node.setAttribute('role', 'table');
  // It may be wider than the screen, and with the focus the arrow keys scroll it.
  node.tabIndex = 0;
  return node;
}

/** A quotation of the RFC, which is English on every page. */
export function quote(text) {
  const node = make('q', 'rfc', text);
  node.lang = 'en';
  return node;
}

/** Microseconds as milliseconds. */
export const time = (micros) => t('lab.ms', { ms: number(Math.round(micros / 10) / 100) });
