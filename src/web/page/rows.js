// The rows of the log: an element for each entry that is shown, in order, with days between them. It knows nothing
// of scrolling. Only a part of the room's entries is shown at a time, from one entry to another without a gap.

import { byteBar } from './byte-bar.js';
import { Walk } from './walk.js';
import { element, make } from '../base/dom.js';
import { render } from './message.js';
import { day } from '../base/i18n.js';

// A message by the same person within this time does not repeat the name.
const GROUP_MS = 5 * 60 * 1000;

export class Rows {
  /** `line` is the row above the first unread message. */
  constructor({ list, line, actions, facts }) {
    Object.assign(this, { list, line, actions, facts });
    this.items = new Map();
    this.room = null;
    // The toolbars of all messages together would be more elements than everything else.
    list.addEventListener('mouseover', ({ target }) => this.equip(target.closest('.entry.message')));
    list.addEventListener('focusin', ({ target }) => this.equip(target.closest('.entry.message')));
    this.walk = new Walk({ list, equip: (item) => this.equip(item), leave: () => element('composer-text').focus(), chosen: (item) => this.chosen(item) });
  }

  get size() { return this.items.size; }

  has(entry) { return this.items.has(entry); }

  item(entry) { return this.items.get(entry).item; }

  clear() {
    this.items.clear();
    this.list.textContent = '';
  }

  /** The entries that are shown, in the order of the room. */
  shown() { return this.room.entries.filter((entry) => this.items.has(entry)); }

  /** Gives a message its toolbar, when somebody points at it or goes there. */
  equip(item) {
    if (!item || item.querySelector('.tools')) return;
    const found = [...this.items].find(([, shown]) => shown.item === item);
    if (!found) return;
    item.append(...this.actions.beside(found[0]));
    this.walk.settle(item);
  }

  draw(entry) {
    let shown = this.items.get(entry);
    if (!shown) {
      shown = { item: make('div'), day: null };
      this.items.set(entry, shown);
    }
    render(shown.item, entry, Object.assign({ actions: this.actions }, this.facts()));
    if (shown.item === this.walk.choice) {
      this.walk.mark(shown.item);
      this.measure(shown.item, entry);
    }
    this.walk.settle(shown.item);
    if (entry.live && !entry.shown) shown.item.classList.add('fresh');
    entry.shown = true;
    let next = this.room.after(entry);
    while (next && !this.items.has(next)) next = this.room.after(next);
    const anchor = next ? this.head(next) : null;
    if (shown.item.nextSibling !== anchor || !shown.item.parentNode) {
      if (shown.day) shown.day.remove();
      shown.day = null;
      this.list.insertBefore(shown.item, anchor);
    }
    this.arrange(entry);
  }

  drop(entry) {
    const shown = this.items.get(entry);
    if (!shown) return;
    shown.item.remove();
    if (shown.day) shown.day.remove();
    this.items.delete(entry);
  }

  /** The first row that belongs to an entry. */
  head(entry) {
    const { day: above, item } = this.items.get(entry);
    const first = above || item;
    return first.previousSibling === this.line ? this.line : first;
  }

  /** Shows or removes the day above an entry, and groups the entry with the one before it. */
  arrange(entry, at = this.room.entries.indexOf(entry)) {
    const shown = entry && this.items.get(entry);
    if (!shown) return;
    // Messages that were cleared are not shown.
    let last = at - 1;
    while (last >= 0 && this.room.entries[last].cleared) last -= 1;
    const before = this.room.entries[last];
    const { mark } = this.room;
    const begins = !entry.cleared && (!before || new Date(before.at).toDateString() !== new Date(entry.at).toDateString());
    if (begins && !shown.day) {
      shown.day = make('div', 'day');
      this.list.insertBefore(shown.day, shown.item);
    } else if (!begins && shown.day) {
      shown.day.remove();
      shown.day = null;
    }
    if (shown.day) shown.day.textContent = day(entry.at);
    const goesOn = before && !begins && !(mark && mark.entry === entry);
    shown.item.classList.toggle('follows', Boolean(goesOn) && before.kind === 'message' && entry.kind === 'message'
      && before.from.id === entry.from.id && entry.at - before.at < GROUP_MS && !entry.replyTo);
  }

  arrangeAll() {
    this.room.entries.forEach((entry, at) => this.arrange(entry, at));
  }

  /** Draws the entries again that quote one of those that changed. */
  requote(changed) {
    const numbers = new Set(changed.map((entry) => entry.seq));
    this.shown().forEach((entry) => { if (numbers.has(entry.replyTo)) this.draw(entry); });
  }

  /** Shows the bytes of the chosen message, and no longer those of the one before. */
  chosen(item) {
    this.list.querySelectorAll('.bytes, .bytes-words').forEach((node) => node.remove());
    const found = item && [...this.items].find(([, shown]) => shown.item === item);
    if (found) this.measure(item, found[0]);
  }

  measure(item, entry) {
    if (!entry.frame || entry.deleted) return;
    const { bar, words } = byteBar(entry.frame);
    item.append(bar);
    item.querySelector('.time').after(' ', make('span', 'bytes-words', words));
  }
}
