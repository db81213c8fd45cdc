// Helpers to build and change the DOM, for every page. No network.

import { t } from './i18n.js';

/** The element of the page with this id. */
export const element = (id) => document.getElementById(id);

/** A new element with a class and a text. */
export function make(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** A new element with children. Children that are null or undefined are left out. */
export function box(tag, name, ...children) {
  const node = make(tag, name);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A new button with a class, a text and an action. */
export function button(name, words, act) {
  const node = make('button', name, words);
  node.type = 'button';
  node.addEventListener('click', act);
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';
const ICONS = '/assets/base/icons.svg';

/** An icon of base/icons.svg. It says nothing to a screen reader: its button has a name. */
export function icon(name) {
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('class', 'icon');
  picture.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `${ICONS}#${name}`);
  picture.append(use);
  return picture;
}

/** A button with an icon, whose name is read aloud and shown as a hint. */
export function iconButton(name, picture, words, act) {
  const node = button(name, '', act);
  node.append(icon(picture));
  node.title = words;
  node.setAttribute('aria-label', words);
  return node;
}

/** Makes `rows` the rows of a list. A row that looks the same as before keeps its element and its place in the
    document: if it were replaced or moved between the press and the release of a button, the click would be lost. */
export function reconcile(list, rows) {
  const before = [...list.children];
  const items = rows.map((row) => {
    const at = before.findIndex((old) => old.isEqualNode(row));
    return at < 0 ? row : before.splice(at, 1)[0];
  });
  // Before the new ones come, so that those that stay are not moved behind them.
  before.forEach((old) => old.remove());
  items.forEach((item, n) => {
    if (list.children[n] !== item) list.insertBefore(item, list.children[n] || null);
  });
}

/** Scrolls `node` into the sight of `scroller`, which contains it, and nothing else; its beginning, if not all of it
    fits. `covered` is the height of what stands over the upper edge, `foot` over the lower one. */
export function reveal(scroller, node, covered = 0, foot = 0) {
  const frame = scroller.getBoundingClientRect();
  const { top, bottom } = node.getBoundingClientRect();
  const above = top - frame.top - covered;
  const below = bottom - frame.top - scroller.clientHeight + foot;
  if (above < 0 || below > 0) scroller.scrollTop += above < 0 ? above : Math.min(above, below);
}

// The height of a field that grows; above it, it scrolls.
const TALLEST_PX = 192;

/** Makes a field as high as what is written in it. It has to be in sight. */
export function grow(area) {
  area.style.height = 'auto';
  const height = area.scrollHeight + 2;
  area.style.height = Math.min(height, TALLEST_PX) + 'px';
  area.style.overflowY = height > TALLEST_PX ? 'auto' : 'hidden';
}

/** Copies `text`, and says whether that worked. The focus stays where it was. */
export function copyText(text) {
  const focused = document.activeElement;
  // The clipboard API needs https; copying a selection works without it.
  const area = make('textarea', 'hidden');
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (focused) focused.focus();
  return done;
}

/** A button that copies `text`. */
export function copyButton(text) {
  const button = make('button', 'copy link', t('message.copy'));
  button.type = 'button';
  button.addEventListener('click', () => {
    const done = copyText(text);
    button.focus();
    if (done) button.textContent = t('message.copied');
  });
  return button;
}

// The browser needs the address until it has begun to save the file.
const SAVING_MS = 60000;

/** Lets the browser save a file. */
export function save(name, blob) {
  const link = make('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), SAVING_MS);
}
