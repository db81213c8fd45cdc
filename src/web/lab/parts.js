// Small pieces of DOM that the views of the lab are made of.

import { box, make } from '../base/dom.js';
import { number, t } from '../base/i18n.js';

/** Something to open. */
export function fold(words, ...children) {
  const node = make('details');
  node.append(make('summary', '', words), ...children);
  return node;
}

/** A table; the first row has the headings, the first cell of each other row its own. */
export function table(caption, [heads, ...rows]) {
  const head = box('tr', '', ...heads.map((text) => Object.assign(make('th', '', text), { scope: 'col' })));
  const body = rows.map((cells) => box('tr', '', ...cells.map((cell, n) => {
    const node = make(n ? 'td' : 'th');
    if (!n) node.scope = 'row';
    node.append(cell);
    return node;
  })));
  // A table that is laid out as a block is none to some screen readers, unless it says so.
  const node = box('table', '', make('caption', '', caption), box('thead', '', head), box('tbody', '', ...body));
  node.setAttribute('role', 'table');
  // It may be wider than the screen: then the arrow keys move it.
  node.tabIndex = 0;
  return node;
}

/** Quoted text of the RFC, which is English in every language. */
export function quote(text) {
  const node = make('q', 'rfc', text);
  node.lang = 'en';
  return node;
}

/** Microseconds as milliseconds. */
export const time = (micros) => t('lab.ms', { ms: number(Math.round(micros / 10) / 100) });
