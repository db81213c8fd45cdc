// The message log: entries in order, with days between them. What somebody is reading does not move.

import { element, make } from '../base/dom.js';
import { render } from './message.js';
import { day, phrase, t } from '../base/i18n.js';

// A reader this near to the end counts as being at the end.
const AT_END_PX = 64;
// Older messages are requested this far before the top is reached.
const NEAR_TOP_PX = 160;
// A message by the same person within this time does not repeat the name.
const GROUP_MS = 5 * 60 * 1000;
// Above MOST_ENTRIES the oldest are dropped until KEEP_ENTRIES are left. They can be loaded again.
const MOST_ENTRIES = 800;
const KEEP_ENTRIES = 400;
// How long a message is highlighted after a jump to it.
const SOUGHT_MS = 2400;

export class Log {
  /** `actions`: person, mayAct, beside, reactions, jump(seq), again, discard, older, read(atEnd).
      `facts()`: {me, connected}. */
  constructor({ actions, facts }) {
    this.actions = actions;
    this.facts = facts;
    this.list = element('log');
    this.scroller = element('log-scroll');
    this.newest = element('log-new');
    this.unread = element('log-unread');
    // The line above the first unread message.
    this.line = make('li', 'day missed');
    this.line.setAttribute('role', 'separator');
    this.items = new Map();
    this.room = null;
    this.atEnd = true;
    this.missed = 0;
    this.scroller.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.newest.addEventListener('click', () => { this.toEnd(); element('composer-text').focus(); });
    this.unread.addEventListener('click', () => {
      this.room.mark.met = true;
      this.line.scrollIntoView({ block: 'center' });
      this.scrolled();
      this.scroller.focus();
    });
    element('log-older').addEventListener('click', () => this.actions.older(this.room));
    // The on-screen keyboard and turning a tablet change the height.
    window.addEventListener('resize', () => this.keepPlace());
  }

  /** Shows a room at its newest message. */
  open(room) {
    this.room = room;
    this.items.clear();
    this.list.textContent = '';
    this.atEnd = true;
    this.missed = 0;
    this.sync();
  }

  /** Makes the list equal to the room's entries, and keeps the items that exist. */
  sync() {
    const entries = new Set(this.room.entries);
    [...this.items.keys()].forEach((entry) => { if (!entries.has(entry)) this.drop(entry); });
    // An item that exists is not drawn again, because a screen reader would read it aloud again.
    this.room.entries.forEach((entry) => {
      if (!this.items.has(entry) || entry.stale) this.draw(entry);
      entry.stale = false;
    });
    this.rewriteDays();
    this.waiting();
    this.refresh();
  }

  /** Draws pending messages again: their state mentions the connection. */
  waiting() {
    if (this.room) this.room.pending().forEach((entry) => this.draw(entry));
  }

  /** Draws everything again, in another language. */
  rewrite() {
    if (!this.room) return;
    this.room.entries.forEach((entry) => this.draw(entry));
    this.refresh();
  }

  put(entry) {
    const known = this.items.has(entry);
    this.draw(entry);
    const next = this.room.after(entry);
    if (next) this.arrange(next);
    if (entry.own && entry.state === 'pending' && !known) this.atEnd = true;
    else if (!known && entry.live && !this.atEnd) this.missed += 1;
    if (this.atEnd && this.items.size > MOST_ENTRIES) {
      this.room.trim(KEEP_ENTRIES).forEach((old) => this.drop(old));
      this.arrange(this.room.entries[0]);
    }
    this.refresh();
  }

  /** Draws a changed entry again, and the entries that quote it. */
  changed(entry) {
    this.steady(() => {
      this.draw(entry);
      this.requote([entry]);
    });
  }

  /** Draws only the reactions of an entry, so that a screen reader does not read it aloud again. */
  react(entry) {
    const shown = this.items.get(entry);
    const row = shown && shown.item.querySelector('.reactions');
    if (row) this.steady(() => this.actions.reactions(row, entry));
  }

  requote(changed) {
    const numbers = new Set(changed.map((entry) => entry.seq));
    this.room.entries.forEach((entry) => { if (numbers.has(entry.replyTo) && this.items.has(entry)) this.draw(entry); });
  }

  /** Changes the log without moving the lines that are being read. */
  steady(act) {
    const { top } = this.scroller.getBoundingClientRect();
    const anchor = [...this.list.children].find((item) => item.getBoundingClientRect().bottom > top);
    const place = anchor && anchor.getBoundingClientRect().top;
    act();
    if (this.atEnd) this.keepPlace();
    else if (anchor && anchor.parentNode) this.scroller.scrollTop += anchor.getBoundingClientRect().top - place;
  }

  drop(entry) {
    const shown = this.items.get(entry);
    if (!shown) return;
    shown.item.remove();
    if (shown.day) shown.day.remove();
    this.items.delete(entry);
  }

  remove(entry) {
    this.drop(entry);
    this.rewriteDays();
    this.refresh();
  }

  rewriteDays() {
    this.room.entries.forEach((entry, at) => this.arrange(entry, at));
  }

  /** Adds older entries at the top without moving the lines that are being read. */
  prepend(entries) {
    const below = this.scroller.scrollHeight - this.scroller.scrollTop;
    // The newest comes first, so that each entry finds the next one in its place.
    entries.reverse().forEach((entry) => this.draw(entry));
    this.requote(entries);
    this.rewriteDays();
    this.refresh();
    this.scroller.scrollTop = this.scroller.scrollHeight - below;
  }

  draw(entry) {
    let shown = this.items.get(entry);
    if (!shown) {
      shown = { item: make('li'), day: null };
      this.items.set(entry, shown);
    }
    render(shown.item, entry, Object.assign({ actions: this.actions }, this.facts()));
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

  /** The first list item that belongs to an entry. */
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
    const words = day(entry.at);
    const begins = !entry.cleared && (!before || new Date(before.at).toDateString() !== new Date(entry.at).toDateString());
    if (begins && !shown.day) {
      shown.day = make('li', 'day');
      shown.day.setAttribute('role', 'separator');
      this.list.insertBefore(shown.day, shown.item);
    } else if (!begins && shown.day) {
      shown.day.remove();
      shown.day = null;
    }
    if (shown.day) {
      shown.day.textContent = words;
      shown.day.setAttribute('aria-label', words);
    }
    const goesOn = before && !begins && !(mark && mark.entry === entry);
    shown.item.classList.toggle('follows', Boolean(goesOn) && before.kind === 'message' && entry.kind === 'message'
      && before.from.id === entry.from.id && entry.at - before.at < GROUP_MS);
  }

  /** Places the unread line. */
  placeUnreadLine() {
    const { mark } = this.room;
    const shown = mark && this.items.get(mark.entry);
    if (!shown) {
      this.line.remove();
      return;
    }
    const words = t('log.new', { n: mark.n });
    this.line.textContent = words;
    this.line.setAttribute('aria-label', words);
    const below = shown.day || shown.item;
    if (below.previousSibling !== this.line) this.list.insertBefore(this.line, below);
  }

  refresh() {
    const { room } = this;
    this.placeUnreadLine();
    // Screen readers read new messages aloud, but not the history that fills the log.
    this.list.setAttribute('aria-busy', String(room.filling));
    element('log-older').hidden = !room.more;
    element('log-empty').hidden = room.entries.length > 0 || room.filling || !room.joined;
    this.keepPlace();
    this.updateButtons();
    const { scrollHeight, clientHeight } = this.scroller;
    if (!room.filling && room.more && clientHeight && scrollHeight <= clientHeight) this.actions.older(room);
  }

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.atEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    if (this.atEnd) this.missed = 0;
    else if (scrollTop < NEAR_TOP_PX && this.room) this.actions.older(this.room);
    const { room } = this;
    if (room && room.mark && !room.filling && !document.hidden && this.linePosition() === 0) room.mark.met = true;
    this.updateButtons();
  }

  /** Where the unread line is: 1 above the visible part, 0 inside it, -1 below it, null nowhere. */
  linePosition() {
    if (!this.line.parentNode) return null;
    const { top, bottom } = this.scroller.getBoundingClientRect();
    const line = this.line.getBoundingClientRect();
    if (line.bottom <= top) return 1;
    return line.top < bottom ? 0 : -1;
  }

  keepPlace() {
    if (this.atEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  toEnd() {
    this.atEnd = true;
    this.missed = 0;
    if (this.room.mark) this.room.mark.met = true;
    this.keepPlace();
    this.updateButtons();
  }

  updateButtons() {
    this.newest.hidden = this.missed === 0;
    this.newest.textContent = t('log.new', { n: this.missed });
    const { mark } = this.room || {};
    this.unread.hidden = !mark || mark.met || this.linePosition() !== 1;
    if (mark) this.unread.textContent = t('log.unread', { n: mark.n });
    this.actions.read(this.atEnd);
  }

  /** Scrolls to an entry that is loaded, and highlights it. */
  show(entry) {
    const { item } = this.items.get(entry);
    item.scrollIntoView({ block: 'center' });
    item.tabIndex = -1;
    item.focus({ preventScroll: true });
    item.classList.add('sought');
    setTimeout(() => item.classList.remove('sought'), SOUGHT_MS);
    this.scrolled();
  }

  typing() {
    const now = performance.now();
    const names = [...this.room.typing.values()].filter((each) => each.until > now).map((each) => each.name);
    const line = element('log-typing');
    line.textContent = '';
    if (names.length === 1) line.append(phrase('log.typing.one', { a: names[0] }));
    else if (names.length === 2) line.append(phrase('log.typing.two', { a: names[0], b: names[1] }));
    else if (names.length > 2) line.append(t('log.typing.many'));
  }
}
