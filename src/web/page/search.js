// Search in the open room: the results, newest first, each with a jump to the message. The server searches messages;
// questions and polls are found in what the page has of the room.

import { cleanLine } from '../base/clean.js';
import { element, make } from '../base/dom.js';
import { badgeOf, nameOf } from './person.js';
import { refusal } from './sentences.js';
import { plain } from './text.js';
import { clock, day, t } from '../base/i18n.js';

// How much of a long message is shown before the first match, and in all.
const BEFORE = 60;
const LENGTH = 160;

// Marks that belong to the letter before them, and what nobody sees.
const MARK = /[\u00ad\u0300-\u036f\u200b-\u200f\u3099\u309a\ufe00-\ufe0f\uff9e\uff9f]/;
const UNSEEN = /[\u00ad\u200b-\u200f\ufe00-\ufe0f]/g;

/** A letter with its marks in the form in which the server compares texts. */
function folded(letter) {
  const plain = letter.replace(UNSEEN, '').normalize('NFKC').toLowerCase().normalize('NFKC');
  return plain.replace(/ß/g, 'ss').replace(/ς/g, 'σ').replace(/i\u0307/g, 'i').replace(/ı/g, 'i');
}

/** The letters of a text, each with its marks. */
function letters(text) {
  const list = [];
  for (const char of text) {
    if (list.length && MARK.test(char)) list[list.length - 1] += char;
    else list.push(char);
  }
  return list;
}

/** Where the words of a query stand in a text: [from, to] of each match. */
function matches(text, query) {
  let form = '';
  let length = 0;
  const starts = []; // for each unit of the folded text, the letter that it comes from
  const ends = [];
  letters(text).forEach((letter) => {
    const fold = folded(letter);
    for (let n = 0; n < fold.length; n += 1) {
      starts.push(length);
      ends.push(length + letter.length);
    }
    form += fold;
    length += letter.length;
  });
  const words = letters(query).map(folded).join('').split(/\s+/).filter(Boolean);
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const found = [];
  if (!pattern) return found;
  form.replace(new RegExp(pattern, 'g'), (word, at) => {
    found.push([starts[at], ends[at + word.length - 1]]);
    return word;
  });
  return found;
}

/** The part of a text around the first match, with all matches marked. */
function excerpt(text, query) {
  const found = matches(text, query);
  const from = found.length && found[0][0] > BEFORE ? found[0][0] - BEFORE : 0;
  // Cut between characters, never inside a surrogate pair.
  const part = [...text.slice(from).replace(/^[\udc00-\udfff]/, '')].slice(0, LENGTH).join('');
  const bdi = make('bdi');
  if (from) bdi.append('…');
  let done = 0;
  matches(part, query).forEach(([start, end]) => {
    if (start < done) return;
    bdi.append(part.slice(done, start), make('mark', '', part.slice(start, end)));
    done = end;
  });
  bdi.append(part.slice(done));
  if (from + part.length < text.length) bdi.append('…');
  return bdi;
}

/** Whether a text has all words of a query, as the server compares them. */
function has(text, query) {
  const form = letters(text).map(folded).join('');
  return letters(query).map(folded).join('').split(/\s+/).filter(Boolean).every((word) => form.includes(word));
}

/** A question or a poll in the log, in the form of a result; null for other rows. */
function askedBy({ kind, what, seq, at, question, user, from, poll, deleted }) {
  if (deleted || !seq) return null;
  if (kind === 'hand' && what === 'asked') return { seq, at, from: user, text: question };
  if (kind !== 'poll' || what !== 'poll' || !poll) return null;
  return { seq, at, from, text: [poll.question, ...poll.choices].join(' · ') };
}

export class Search {
  /** `jump(seq)` goes to a message; `opened()` and `closed()` report when the results appear and go. */
  constructor({ chat, jump, opened, closed }) {
    Object.assign(this, { chat, jump, opened, closed });
    this.room = null;
    this.field = element('search-text');
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

  /** What was found, the newest first: the server's messages, and among them the questions and polls that this page
      has, as far back as it has asked for messages. */
  get found() {
    const { room, query, before, items } = this;
    const asked = room.entries.map(askedBy).filter((each) => each && each.seq >= (before || 0) && has(each.text, query));
    return items.concat(asked).sort((a, b) => b.seq - a.seq);
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
    const { found } = this;
    let note = t(this.before ? 'found.some' : 'found.all', { n: found.length });
    if (!found.length && !this.before) note = t('found.none');
    if (this.room.more && !this.before) note += t('sentence.gap') + t('found.asked');
    if (busy) note = t('found.busy');
    if (why) note = refusal(why);
    element('found-note').textContent = note;
    const more = element('found-more');
    more.hidden = busy || !(this.before || why);
    more.textContent = t(why ? 'again' : 'found.more');
    const rows = element('found-list');
    const focused = rows.contains(document.activeElement) ? document.activeElement.dataset.seq : null;
    rows.textContent = '';
    found.forEach((item) => {
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
    head.append(item.from ? nameOf(item.from) : t('hands.anonymous'));
    const badge = item.from && badgeOf(item.from);
    if (badge) head.append(' ', badge);
    head.append(' ', make('time', 'time', `${day(item.at)} ${clock(item.at)}`));
    const text = make('span', 'excerpt');
    text.append(excerpt(plain(item.text), this.query));
    row.append(head, text);
    row.addEventListener('click', () => this.jump(item.seq));
    line.append(row);
    return line;
  }

  /** Closes the results; says whether they were open. */
  close() {
    if (!this.room) return false;
    this.room = null;
    this.field.value = '';
    element('found').hidden = true;
    element('found-list').textContent = '';
    this.closed();
    return true;
  }
}
