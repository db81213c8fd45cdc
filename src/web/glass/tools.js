// The tools of the protocol view in one row: what is pressed often, and a menu with the rest.

import { savers } from './saving.js';
import { box, button, icon, make } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { recall, remember } from '../base/session.js';

// Whether only what the person said is shown, under this name.
const ONLY_SAID = 'glass.said';

/** A button that switches a property of `owner`. */
function toggler(owner, id, words, property, changed) {
  const node = button('quiet', words, () => {
    owner[property] = !owner[property];
    node.setAttribute('aria-pressed', String(owner[property]));
    changed();
  });
  node.id = id;
  node.setAttribute('aria-pressed', String(Boolean(owner[property])));
  return node;
}

/** The switch "only what I said", for the list of frames. */
function onlySaid(glass) {
  const { memory } = glass;
  if (memory.said === undefined) memory.said = recall(ONLY_SAID) !== null;
  return toggler(memory, 'glass-only', t('glass.filter.said'), 'said', () => {
    remember(ONLY_SAID, memory.said ? 'yes' : null);
    if (memory.tab === 'frames') glass.view.rebuild();
    else glass.show('frames');
  });
}

function demoButton(glass) {
  if (!glass.chat.isHost) return null;
  const { demo } = glass;
  const node = button('quiet', t(demo.on ? 'glass.demo.stop' : 'glass.demo.start'), () => (demo.on ? demo.stop() : demo.start()));
  node.id = 'glass-demo';
  node.title = t('glass.demo.why');
  return node;
}

/** The menu and the button that opens it. It closes at Escape, and when something else is pressed. */
function more(glass) {
  const opener = button('quiet', t('glass.more'), () => show(menu.hidden));
  opener.id = 'glass-more';
  opener.append(icon('chevron-down'));
  const menu = box('div', 'glass-menu',
    toggler(glass, 'glass-table', t('glass.tables'), 'tables', () => glass.build()),
    toggler(glass, 'glass-large', t('glass.large'), 'large', () => glass.build()),
    ...savers(glass), demoButton(glass));
  menu.id = 'glass-menu';
  opener.setAttribute('aria-controls', menu.id);
  const show = (on) => {
    menu.hidden = !on;
    opener.setAttribute('aria-expanded', String(on));
    if (on) menu.querySelector('button').focus();
  };
  show(false);
  const node = box('div', 'glass-more', opener, menu);
  menu.addEventListener('click', () => { if (node.isConnected) opener.focus(); show(false); });
  node.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || menu.hidden) return;
    event.stopPropagation();
    event.preventDefault();
    show(false);
    opener.focus();
  });
  node.addEventListener('focusout', ({ relatedTarget }) => { if (relatedTarget && !node.contains(relatedTarget)) show(false); });
  document.addEventListener('pointerdown', function outside({ target }) {
    if (!node.isConnected) document.removeEventListener('pointerdown', outside);
    else if (!node.contains(target)) show(false);
  });
  return node;
}

/** The row, and the switch that other actions set, too. */
export function tools(glass) {
  const follower = toggler(glass, 'glass-follow', t('glass.follow'), 'following', () => glass.note());
  const pause = toggler(glass, 'glass-pause', t('glass.pause'), 'paused', () => glass.resume());
  const row = box('div', 'glass-tools', pause, follower, onlySaid(glass));
  return { node: box('div', 'glass-row', row, more(glass)), follower };
}
