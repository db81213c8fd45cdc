// The message log: what is shown of a room, and where the reader is. What somebody is reading does not move, and
// what comes is drawn once per frame, however much it is.

import { announce, hush } from './announce.js';
import { element, make } from '../base/dom.js';
import { phrase, t } from '../base/i18n.js';
import { Rows } from './rows.js';

// A reader this near to the end counts as being at the end.
const AT_END_PX = 64;
// Older messages are requested, and newer ones drawn, this far before the edge is reached.
const NEAR_EDGE_PX = 160;
// The most rows there are. When there are more, so many stay; at the end more, because few go at a time.
const MOST_ROWS = 480;
const KEEP_ROWS = 320;
const END_ROWS = 460;
// Of new messages that come at once, nobody at the end sees more than fill the log. The least height of a row, and the
// least number of rows: on a hidden page the log has no height.
const ROW_PX = 28;
const LEAST_ROWS = 20;
// Rows that are drawn at once when a reader scrolls towards newer messages.
const PAGE_ROWS = 80;
// New messages are drawn this often at least, also without frames, on a hidden page.
const HIDDEN_MS = 200;
// Drawing that took longer than a frame leaves the processor to what somebody does, for so many times as long.
const FRAME_MS = 16;
const LEFT = 4;
// How long a message is highlighted after a jump to it.
const SOUGHT_MS = 2400;

export class Log {
  /** `actions`: person, mayAct, beside, reactions, jump(seq), again, discard, older, read(atEnd).
      `facts()`: {me, connected}. */
  constructor({ actions, facts }) {
    this.actions = actions;
    this.scroller = element('log-scroll');
    this.newest = element('log-new');
    this.unread = element('log-unread');
    // The line above the first unread message.
    this.line = make('div', 'day missed');
    this.rows = new Rows({ list: element('log'), line: this.line, actions, facts });
    this.room = null;
    this.atEnd = true;
    this.missed = 0;
    // The height of the rows that were dropped above while the reader was at the end.
    this.gap = 0;
    // New entries that wait for the next frame.
    this.waitingRows = new Set();
    this.due = false;
    // Whether the history has brought some of them, and when they are drawn.
    this.filled = false;
    this.free = 0;
    this.scroller.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.newest.addEventListener('click', () => { this.toEnd(); element('composer-text').focus(); });
    this.unread.addEventListener('click', () => this.toUnread());
    element('log-older').addEventListener('click', () => this.actions.older(this.room));
    // The on-screen keyboard and turning a tablet change the height.
    window.addEventListener('resize', () => this.keepPlace());
    // So do the rows above and below the log: whoever reads the newest message goes on reading it.
    new ResizeObserver(() => this.keepPlace()).observe(this.scroller);
  }

  /** Shows a room at its newest message. */
  open(room) {
    hush();
    this.room = this.rows.room = room;
    this.rows.clear();
    this.space(0);
    this.waitingRows.clear();
    this.atEnd = true;
    this.missed = 0;
    this.sync();
  }

  /** Makes the rows equal to the room's entries, and keeps the elements that exist. */
  sync() {
    const { rows, room } = this;
    const entries = new Set(room.entries);
    [...rows.items.keys()].forEach((entry) => { if (!entries.has(entry)) rows.drop(entry); });
    // An element that exists is not drawn again, because it may have the focus.
    const from = this.atEnd || rows.size === 0 ? Math.max(0, room.entries.length - KEEP_ROWS) : this.first();
    const to = this.atEnd || rows.size === 0 ? room.entries.length : this.last() + 1;
    room.entries.slice(from, to).forEach((entry) => {
      if (!rows.has(entry) || entry.stale) rows.draw(entry);
      entry.stale = false;
    });
    rows.arrangeAll();
    this.waiting();
    this.refresh();
  }

  /** Where the first and the last row stand among the room's entries. */
  first() { return this.room.entries.findIndex((entry) => this.rows.has(entry)); }

  last() {
    let at = this.room.entries.length - 1;
    while (at >= 0 && !this.rows.has(this.room.entries[at])) at -= 1;
    return at;
  }

  /** Draws pending messages again: their state mentions the connection. */
  waiting() {
    if (this.room) this.room.pending().forEach((entry) => { if (this.rows.has(entry)) this.rows.draw(entry); });
  }

  /** Draws everything again, in another language. */
  rewrite() {
    if (!this.room) return;
    this.rows.shown().forEach((entry) => this.rows.draw(entry));
    this.refresh();
  }

  /** Shows an entry that is new, or that has got another place. One's own appears at once. */
  put(entry) {
    if (entry.own || this.rows.has(entry)) {
      this.flush();
      this.place(entry);
      this.trim();
      this.refresh();
      return;
    }
    this.waitingRows.add(entry);
    if (this.room.filling) this.filled = true;
    if (this.due) return;
    this.due = true;
    const act = () => { if (this.due) this.flush(); };
    const wait = document.hidden ? HIDDEN_MS : this.free - performance.now();
    if (wait > 0) setTimeout(act, wait);
    else requestAnimationFrame(act);
  }

  /** How many of the rows that wait are drawn at the end. This needs the layout, so a few messages do not ask. */
  get most() { return this.filled ? KEEP_ROWS : Math.max(LEAST_ROWS, Math.ceil(this.scroller.clientHeight / ROW_PX)); }

  /** Draws what waits. */
  flush() {
    this.due = false;
    if (this.waitingRows.size === 0) return;
    const start = performance.now();
    const entries = [...this.waitingRows].filter((entry) => this.room.entries.includes(entry));
    this.waitingRows.clear();
    // Those that are skipped leave a gap, and nothing before it stays.
    const skipped = this.atEnd && entries.length > LEAST_ROWS ? Math.max(0, entries.length - this.most) : 0;
    entries.forEach((entry, n) => this.place(entry, n < skipped));
    this.trim(skipped ? entries.length - skipped : END_ROWS);
    this.filled = false;
    this.refresh();
    const spent = performance.now() - start;
    this.free = start + spent + Math.min(LEFT * (spent - FRAME_MS), HIDDEN_MS);
  }

  place(entry, skipped = false) {
    const { rows, room } = this;
    const known = rows.has(entry);
    if (!known && entry.own && entry.state === 'pending' && !this.atEnd) this.toEnd();
    // A reader further up has room for so many below; the others are drawn when the reader comes nearer.
    const beyond = !known && !this.atEnd && (rows.size >= MOST_ROWS || this.last() < room.entries.indexOf(entry) - 1);
    if (!beyond && !skipped) {
      rows.draw(entry);
      const next = room.after(entry);
      if (next) rows.arrange(next);
    }
    if (!known) {
      announce(entry);
      if (entry.live && !this.atEnd) this.missed += 1;
      if (room.entries[room.entries.length - 1] === entry && rows.has(entry)) rows.walk.newest(rows.item(entry));
    }
  }

  /** At the end, drops the oldest rows down to `keep`, if there are too many or `keep` is few. Their height stays, so that
      nothing that is seen gets another place on the page. */
  trim(keep = END_ROWS) {
    const { rows, room } = this;
    if (!this.atEnd || (rows.size <= MOST_ROWS && keep === END_ROWS)) return;
    const height = rows.list.offsetHeight;
    room.trim(keep).forEach((old) => rows.drop(old));
    rows.arrange(room.entries[0]);
    this.space(this.gap + height - rows.list.offsetHeight);
  }

  space(gap) {
    this.gap = gap;
    this.rows.list.style.paddingTop = gap ? `${gap}px` : '';
  }

  /** Draws a changed entry again, and the entries that quote it. */
  changed(entry) {
    if (!this.rows.has(entry)) return;
    this.steady(() => {
      this.rows.draw(entry);
      this.rows.requote([entry]);
    });
  }

  /** Draws only the reactions of an entry. */
  react(entry) {
    const row = this.rows.has(entry) && this.rows.item(entry).querySelector('.reactions');
    if (row) this.steady(() => this.actions.reactions(row, entry));
  }

  requote(changed) { this.rows.requote(changed); }

  /** Changes the log without moving the lines that are being read. */
  steady(act) {
    const { top } = this.scroller.getBoundingClientRect();
    const anchor = [...this.rows.list.children].find((item) => item.getBoundingClientRect().bottom > top);
    const place = anchor && anchor.getBoundingClientRect().top;
    act();
    if (this.atEnd) this.keepPlace();
    else if (anchor && anchor.parentNode) this.scroller.scrollTop += anchor.getBoundingClientRect().top - place;
  }

  remove(entry) {
    this.waitingRows.delete(entry);
    this.rows.drop(entry);
    this.rows.arrangeAll();
    this.refresh();
  }

  /** Adds older entries at the top without moving the lines that are being read. */
  prepend(entries) {
    const { rows } = this;
    const below = this.scroller.scrollHeight - this.scroller.scrollTop;
    // The newest comes first, so that each entry finds the next one in its place.
    entries.slice().reverse().forEach((entry) => rows.draw(entry));
    rows.requote(entries);
    rows.arrangeAll();
    this.refresh();
    this.scroller.scrollTop = this.scroller.scrollHeight - below;
    if (!this.atEnd && rows.size > MOST_ROWS) rows.shown().slice(KEEP_ROWS).forEach((entry) => rows.drop(entry));
  }

  /** Draws more of the newer entries, for a reader who comes down, and drops as many at the top. */
  newer() {
    const { rows, room } = this;
    const from = this.last() + 1;
    if (from === 0 || from >= room.entries.length) return false;
    this.steady(() => {
      room.entries.slice(from, from + PAGE_ROWS).forEach((entry) => rows.draw(entry));
      if (rows.size > MOST_ROWS) rows.shown().slice(0, rows.size - KEEP_ROWS).forEach((entry) => rows.drop(entry));
    });
    return true;
  }

  /** Places the unread line. */
  placeUnreadLine() {
    const { mark } = this.room;
    const shown = mark && this.rows.items.get(mark.entry);
    if (!shown) {
      this.line.remove();
      return;
    }
    const words = t('log.new', { n: mark.n });
    if (this.line.textContent !== words) this.line.textContent = words;
    const below = shown.day || shown.item;
    if (below.previousSibling !== this.line) this.rows.list.insertBefore(this.line, below);
  }

  refresh() {
    const { room } = this;
    this.placeUnreadLine();
    this.rows.list.setAttribute('aria-busy', String(room.filling));
    element('log-older').hidden = !room.more;
    element('log-empty').hidden = room.entries.length > 0 || room.filling || !room.joined;
    this.keepPlace();
    this.updateButtons();
    const { scrollHeight, clientHeight } = this.scroller;
    if (!room.filling && room.more && clientHeight && scrollHeight <= clientHeight) this.actions.older(room);
  }

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const left = scrollHeight - scrollTop - clientHeight;
    const more = left < NEAR_EDGE_PX && !this.atEnd && this.room && this.newer();
    this.atEnd = !more && left < AT_END_PX;
    if (this.atEnd) this.missed = 0;
    else if (this.gap) this.closeGap();
    else if (scrollTop < NEAR_EDGE_PX && this.room) this.actions.older(this.room);
    const { room } = this;
    if (room && room.mark && !room.filling && !document.hidden && this.linePosition() === 0) room.mark.met = true;
    this.updateButtons();
  }

  /** A reader who goes up meets messages, and not the place of those that were dropped. */
  closeGap() {
    const { gap } = this;
    this.space(0);
    this.scroller.scrollTop -= gap;
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
    if (this.last() + 1 < this.room.entries.length) {
      this.rows.clear();
      this.sync();
    }
    this.keepPlace();
    this.updateButtons();
  }

  toUnread() {
    this.room.mark.met = true;
    this.line.scrollIntoView({ block: 'center' });
    this.scrolled();
    this.scroller.focus();
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
    this.flush();
    const { rows, room } = this;
    if (!rows.has(entry)) {
      const at = room.entries.indexOf(entry);
      rows.clear();
      this.atEnd = false;
      room.entries.slice(Math.max(0, at - PAGE_ROWS), at + PAGE_ROWS).forEach((each) => rows.draw(each));
      this.refresh();
    }
    const item = rows.item(entry);
    item.scrollIntoView({ block: 'center' });
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
