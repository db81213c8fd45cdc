// The keyboard shortcuts, and the dialog that lists them.

import { element } from '../base/dom.js';
import { t } from '../base/i18n.js';

/** Listens for shortcuts. `parts` are the views that they act on. */
export function shortcuts(parts) {
  document.addEventListener('keydown', (event) => {
    if (parts.dialog.open || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (document.body.dataset.view !== 'chat' || !parts.chat.current) return;
    if (press(event, parts)) event.preventDefault();
  });
  element('open-keys').addEventListener('click', () => help(parts));
}

/** Acts on a key; says whether it was a shortcut. */
function press(event, parts) {
  const { chat, rooms } = parts;
  if (event.key === 'Escape') {
    escape(parts);
    return true;
  }
  if (event.altKey) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step) chat.open(rooms.neighbour(step));
    return Boolean(step);
  }
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return false;
  return letter(event.key, parts);
}

function letter(key, parts) {
  const { display, protocolView, log, wall } = parts;
  if (key === 'p' && wall.offered) wall.open();
  else if (key === 'g' && protocolView.offered) protocolView.toggle();
  else if (key === 'c') element('composer-text').focus();
  else if (key === 'n') log.toEnd();
  else if (key === '/') find(display);
  else if (key === '?') help(parts);
  else return false;
  return true;
}

/** Closes one thing: a drawer, the protocol view with the focus in it, what the composer is aimed at, or the search. */
function escape({ display, composer, search, protocolView }) {
  if (display.toggleDrawer(null)) return;
  const { activeElement: focused } = document;
  if (element('glass').contains(focused) && !focused.value) protocolView.toggle();
  else if (!composer.cancel()) search.close();
}

function find(display) {
  if (display.narrow && !document.body.classList.contains('show-rooms')) display.toggleDrawer('rooms');
  element('search-text').focus();
}

function help({ dialog, protocolView, wall }) {
  const keys = [
    [['Enter'], t('keys.enter')], [['Shift+Enter'], t('keys.shift')], [['Ctrl+Enter'], t('text.keys.control')], [['Esc'], t('keys.escape')],
    [['↑'], t('keys.edit')], [['/'], t('keys.search')], [['c'], t('keys.write')],
    [['n'], t('keys.newest')], [['Alt+↑', 'Alt+↓'], t('keys.rooms')],
  ];
  if (protocolView.offered) keys.push([['g'], t('keys.glass')]);
  if (wall.offered) keys.push([['p'], t('keys.wall')]);
  keys.push([['?'], t('keys.help')]);
  dialog.list(t('keys.title'), keys);
}
