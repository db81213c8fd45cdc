// A row of an exchange: when, who, and what; the rest unfolds below it.

import { box, make } from '../base/dom.js';

/** A row. `what` and `more` are nodes; without `more` there is nothing to unfold. */
export function row(kind, { when = '', who = '', what, more = [] }) {
  const line = box('span', 'step-line', make('span', 'step-time', when), make('strong', 'step-who', who), box('span', 'step-what', ...what));
  const head = box(more.length ? 'summary' : 'div', 'step-head', line);
  const inside = more.length ? box('details', '', head, ...more) : head;
  return box('li', 'step step-' + kind, inside);
}
