// What the tabs of the desk are made of. The classes are in desk.css.

import { box, button, make } from '../base/dom.js';
import { number } from '../base/i18n.js';

/** The sentence of a tab that has nothing to show. */
export const empty = (words) => make('p', 'desk-empty', words);

/** A row of buttons: `[{words, act, danger?, primary?, label?}]`. `label` is for screen readers, where the same
    words stand in several cards. */
export function actions(all) {
  return box('p', 'desk-acts', ...all.map(({ words, act, danger, primary, label }) => {
    const node = button(danger ? 'danger' : primary ? 'primary' : '', words, act);
    if (label) node.setAttribute('aria-label', label);
    return node;
  }));
}

/** A card: a line of nodes at the top (a name, a time), a text of a person (a string or what `body` draws), and
    buttons. All but `head` may be left out. */
export function card({ head = [], text, acts = [] }) {
  const node = make('div', 'desk-card');
  node.append(box('p', 'desk-head', ...head));
  if (text) {
    const words = make('div', 'desk-text');
    words.append(typeof text === 'string' ? make('bdi', '', text) : text);
    node.append(words);
  }
  if (acts.length) node.append(actions(acts));
  return node;
}

/** One choice of a poll as a bar: its words, and `n` of `all` votes. */
export function bar(words, n, all) {
  const line = box('p', 'desk-bar-words', make('bdi', '', words), make('span', '', number(n)));
  const track = make('div', 'desk-bar');
  const part = make('span');
  part.style.width = (all ? (100 * n) / all : 0) + '%';
  track.append(part);
  return box('div', 'desk-result', line, track);
}
