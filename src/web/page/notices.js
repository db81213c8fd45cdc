// Where the toasts stand. Their place is over the top of the log: the header, the newest messages and the composer stay
// free, and nothing moves when one comes or goes. What opens over that place (a dialog, a menu, a drawer) is not covered
// where the page has other room.

import { element } from '../base/dom.js';

// Narrower than this, a sentence is a tower of words.
const LEAST_PX = 240;

/** Where toasts have room that are `height` high: where they are (`home`), or beside the box `over`, between `head` and
    `foot` of a page of this width. Null if there is none. */
export function spot(height, home, over, { head, foot, width }) {
  const apart = home.top + height <= over.top || home.top >= over.bottom || home.right <= over.left || home.left >= over.right;
  if (apart) return { top: home.top };
  if (over.top - head >= height) return { top: head, left: 0, width };
  if (foot - over.bottom >= height) return { top: over.bottom, left: 0, width };
  if (over.left >= LEAST_PX) return { top: head, left: 0, width: over.left };
  return null;
}

const bounds = (id) => element(id).getBoundingClientRect();
const open = (id) => !element(id).hidden;

/** The box that is open over the log, and the lowest edge of what may be covered beside it. A menu leaves the composer in
    use, a dialog does not. */
function opened() {
  if (open('dialog')) return { over: element('dialog').firstElementChild.getBoundingClientRect(), foot: window.innerHeight };
  if (open('me')) return { over: bounds('me'), foot: bounds('cards').top };
  return null;
}

/** The lower end of the open drawer, above its foot, or null. What lies behind can be scrolled from there. */
function inDrawer(height) {
  const side = ['rooms', 'people'].find((each) => document.body.classList.contains('show-' + each));
  if (!side) return null;
  const column = element(side + '-column');
  const foot = element('desk-foot');
  const stays = side === 'people' && getComputedStyle(foot).position === 'sticky';
  // Not as it is drawn: it may be on its way.
  const bottom = column.offsetTop + column.offsetHeight - (stays ? foot.offsetHeight : 0);
  const left = side === 'people' ? window.innerWidth - column.offsetWidth : 0;
  return { top: bottom - height, left, width: column.offsetWidth };
}

/** Puts the toasts where there is room. The newest one alone, if there is no room for all. */
function place(notices) {
  const put = (at) => Object.assign(notices.style, { position: 'fixed', top: at.top + 'px', left: at.left + 'px', width: at.width + 'px' });
  notices.removeAttribute('style');
  notices.classList.remove('tight', 'behind');
  const drawer = inDrawer(notices.offsetHeight);
  document.documentElement.style.setProperty('--notices', (drawer ? notices.offsetHeight : 0) + 'px');
  if (!notices.firstElementChild) return;
  const found = opened();
  if (!found) {
    if (drawer) put(drawer);
    else notices.classList.toggle('tight', notices.getBoundingClientRect().bottom > bounds('log-foot').bottom);
    return;
  }
  if (drawer) put(drawer);
  const page = { head: bounds('top').bottom, foot: found.foot, width: window.innerWidth };
  const room = () => {
    const { left, right } = notices.lastElementChild.getBoundingClientRect();
    return spot(notices.offsetHeight, { top: notices.getBoundingClientRect().top, left, right }, found.over, page);
  };
  let at = room();
  if (!at) {
    notices.classList.add('tight');
    at = room();
  }
  // Over the header, which is not in use while a dialog is open. A menu is closed soon, and then they are seen.
  if (!at) at = open('dialog') ? { top: 0, left: 0, width: page.width } : {};
  notices.classList.toggle('behind', !at.top && at.top !== 0);
  if (at.width) put(at);
}

/** Keeps the toasts where there is room, whatever opens and closes. */
export function keepPlace(notices) {
  const again = () => place(notices);
  const sizes = new ResizeObserver(again);
  sizes.observe(notices);
  const changes = new MutationObserver(() => {
    const { firstElementChild: box } = element('dialog');
    // What is said in a dialog makes it higher.
    if (box) sizes.observe(box);
    again();
  });
  ['dialog', 'me'].forEach((id) => changes.observe(element(id), { attributes: true, attributeFilter: ['hidden'] }));
  changes.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  window.addEventListener('resize', again);
}
