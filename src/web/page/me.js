// The menu behind one's own name: the language, the colours, the shortcuts, and the way out.

import { element } from '../base/dom.js';

/** Opens and closes the menu. A choice that leads elsewhere closes it; language and colours do not. */
export function meMenu() {
  const button = element('me-open');
  const menu = element('me');
  const set = (open) => {
    menu.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    if (open) menu.querySelector('button').focus();
  };
  button.addEventListener('click', () => set(menu.hidden));
  document.addEventListener('mousedown', ({ target }) => {
    if (!menu.contains(target) && !button.contains(target)) set(false);
  });
  menu.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget) && relatedTarget !== button) set(false);
  });
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    set(false);
    button.focus();
  });
  ['open-keys', 'leave'].forEach((id) => element(id).addEventListener('click', () => set(false)));
}
