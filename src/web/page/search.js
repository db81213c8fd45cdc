// Search in the open room: the results, newest first, each with a jump to the message.

import { cleanLine } from '../base/clean.js';
import { element, make } from '../base/dom.js';
import { badgeOf, nameOf } from './person.js';
import { refusal } from './sentences.js';
import { clock, day, t } from '../base/i18n.js';

// How much of a long message is shown before the first match, and in all.
const BEFORE = 60;
const LENGTH = 160;

/** The part of a text around the first match, with all matches marked. */
function excerpt(text, query) {
  const words = query.split(/\s+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp('(' + words.join('|') + ')', 'iu');
  const hit = pattern.exec(text);
  const from = hit && hit.index > BEFORE ? hit.index - BEFORE : 0;
  // Cut between characters, never inside a surrogate pair.
  const part = [...text.slice(from).replace(/^[\udc00-\udfff]/, '')].slice(0, LENGTH).join('');
  const bdi = make('bdi');
  if (from) bdi.append('…');
  part.split(new RegExp(pattern.source, 'giu')).forEach((piece, index) => {
    bdi.append(index % 2 ? make('mark', '', piece) : piece);
  });
  if (from + part.length < text.length) bdi.append('…');
  return bdi;
}

export class Search {
  /** `jump(seq)` goes to a message; `opened()` and `closed()` report when the results appear and go. */
  constructor({ chat, jump, opened, closed }) {
    Object.assign(this, { chat, jump, opened, closed });
    this.room = null;
    this.field = element('search-text');
    element('search').addEventListener('submit', (event) => {
      event.preventDefault();
      this.begin();
    });
    element('found-close').addEventListener('click', () => this.close());
    element('found-more').addEventListener('click', () => this.ask());
  }

  get open() { return this.room !== null; }

  begin() {
    const query = cleanLine(this.field.value);
    if (!query || !this.chat.current) return;
    Object.assign(this, { room: this.chat.current, query, items: [], before: null, turn: {} });
    element('found').hidden = false;
    this.ask();
    this.opened();
  }

  ask() {
    const { room, query, turn } = this;
    const mine = (then) => (message) => { if (this.room && this.turn === turn) then(message); };
    this.say({ busy: true });
    this.chat.archive.search(room, query, this.before, {
      answer: mine((message) => {
        this.items = this.items.concat(message.messages.filter((each) => !each.deleted));
        this.before = message.before || null;
        this.say({});
      }),
      error: mine((why) => this.say({ why })),
    });
  }

  /** Shows a state. It is stored, so that it can be shown in the other language. */
  say(state) {
    this.state = state;
    this.render();
  }

  /** Removes a deleted message from the results, and updates an edited one. */
  changed(entry) {
    if (this.room !== entry.room) return;
    if (entry.deleted) this.items = this.items.filter((each) => each.seq !== entry.seq);
    else this.items.forEach((each) => { if (each.seq === entry.seq) each.text = entry.text; });
    this.render();
  }

  render() {
    if (!this.room) return;
    const { busy, why } = this.state;
    element('found-title').textContent = t('found.title', { query: this.query, room: this.room.name });
    let note = t(this.before ? 'found.some' : 'found.all', { n: this.items.length });
    if (!this.items.length && !this.before) note = t('found.none');
    if (busy) note = t('found.busy');
    if (why) note = refusal(why);
    element('found-note').textContent = note;
    const more = element('found-more');
    more.hidden = busy || !(this.before || why);
    more.textContent = t(why ? 'again' : 'found.more');
    const rows = element('found-list');
    const focused = rows.contains(document.activeElement) ? document.activeElement.dataset.seq : null;
    rows.textContent = '';
    this.items.forEach((item) => {
      const row = this.row(item);
      rows.append(row);
      if (focused === String(item.seq)) row.firstChild.focus();
    });
  }

  row(item) {
    const line = make('li');
    const row = make('button', 'row');
    row.type = 'button';
    row.dataset.seq = item.seq;
    const head = make('span', 'head');
    head.append(nameOf(item.from));
    const badge = badgeOf(item.from);
    if (badge) head.append(' ', badge);
    head.append(' ', make('time', 'time', `${day(item.at)} ${clock(item.at)}`));
    const text = make('span', 'excerpt');
    text.append(excerpt(item.text, this.query));
    row.append(head, text);
    row.addEventListener('click', () => this.jump(item.seq));
    line.append(row);
    return line;
  }

  /** Closes the results; says whether they were open. */
  close() {
    if (!this.room) return false;
    this.room = null;
    element('found').hidden = true;
    element('found-list').textContent = '';
    this.closed();
    return true;
  }
}
