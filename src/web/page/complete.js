// Completes names in the composer: after "@" a list of the people here, for the keyboard, the mouse and the finger. The
// focus stays in the field; the list is told to screen readers with aria-activedescendant.

import { make } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { completions, leads } from '../chat/mentions.js';
import { replaceRange } from './insert.js';

const MOST_NAMES = 8;

export class Completion {
  /** `names()`: the names of the people here; `me()`: who writes. */
  constructor({ area, names, me }) {
    Object.assign(this, { area, names, me, found: null, at: 0, dismissed: null });
    this.list = make('ul', '');
    this.list.id = 'composer-names';
    this.list.setAttribute('role', 'listbox');
    this.list.hidden = true;
    area.parentNode.append(this.list);
    area.setAttribute('aria-autocomplete', 'list');
    area.setAttribute('aria-controls', this.list.id);
    area.setAttribute('aria-haspopup', 'listbox');
    area.addEventListener('input', () => this.look());
    area.addEventListener('click', () => this.look());
    area.addEventListener('blur', () => this.close());
    area.addEventListener('keyup', ({ key }) => { if (/^(Arrow(Left|Right)|Home|End)$/.test(key)) this.look(); });
    // Before the composer, for which these keys mean something else.
    area.parentNode.addEventListener('keydown', (event) => {
      if (event.target !== area || !this.found || event.isComposing || event.keyCode === 229 || !this.press(event)) return;
      event.preventDefault();
      event.stopPropagation();
    }, true);
    // A press must not take the focus from the field.
    this.list.addEventListener('mousedown', (event) => event.preventDefault());
    this.list.addEventListener('click', ({ target }) => {
      const item = target.closest('li');
      if (item) this.choose([...this.list.children].indexOf(item));
    });
  }

  /** Looks whether a name is being typed before the caret. */
  look() {
    const { value, selectionStart, selectionEnd } = this.area;
    const before = value.slice(Math.max(0, selectionStart - 300), selectionStart);
    const names = selectionStart === selectionEnd && before.includes('@') ? this.names() : null;
    const found = names && completions(before, this.words(names), MOST_NAMES);
    const start = found && selectionStart - before.length + found.at;
    // Who closed the list does not want it for this name again.
    if (!found || start === this.dismissed) {
      if (!found) this.dismissed = null;
      this.close();
      return;
    }
    const same = this.found && this.found.join('\n') === found.names.join('\n');
    Object.assign(this, { found: found.names, start });
    if (!same) {
      this.at = 0;
      this.draw();
    }
  }

  words(names) {
    const me = this.me();
    return me && leads(me) ? names.concat(t('text.everyone')) : names;
  }

  draw() {
    this.list.setAttribute('aria-label', t('text.names'));
    this.list.textContent = '';
    this.found.forEach((name, n) => {
      const item = make('li');
      item.id = 'composer-name-' + n;
      item.setAttribute('role', 'option');
      item.append(make('bdi', '', name));
      this.list.append(item);
    });
    this.list.hidden = false;
    this.area.setAttribute('aria-expanded', 'true');
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((item, n) => item.setAttribute('aria-selected', String(n === this.at)));
    this.area.setAttribute('aria-activedescendant', 'composer-name-' + this.at);
    this.list.children[this.at].scrollIntoView({ block: 'nearest' });
  }

  close() {
    if (!this.found) return;
    this.found = null;
    this.list.hidden = true;
    this.area.setAttribute('aria-expanded', 'false');
    this.area.removeAttribute('aria-activedescendant');
  }

  /** Acts on a key; says whether it was for the list. */
  press({ key, shiftKey, ctrlKey, metaKey, altKey }) {
    if (shiftKey || ctrlKey || metaKey || altKey) return false;
    if (key === 'Escape') {
      this.dismissed = this.start;
      this.close();
    } else if (key === 'Enter' || key === 'Tab') this.choose(this.at);
    else if (key === 'ArrowDown' || key === 'ArrowUp') {
      const { length } = this.found;
      this.at = (this.at + (key === 'ArrowDown' ? 1 : length - 1)) % length;
      this.mark();
    } else return false;
    return true;
  }

  choose(n) {
    const { start, found } = this;
    this.close();
    // The name is complete, so the list does not open for it again.
    this.dismissed = start;
    replaceRange(this.area, start, this.area.selectionStart, '@' + found[n] + ' ');
  }
}
