// What those who lead look up: who is here and since when, who left and who is missing, and what was done to
// whom. Both are asked for when they are opened.

import { empty } from './cards.js';
import { nameOf } from './person.js';
import { sentence } from './join.js';
import { button, element, make } from '../base/dom.js';
import { ask, session } from '../base/session.js';
import { clock, duration, known, list, phrase, t, when } from '../base/i18n.js';

const MINUTE_S = 60;
// What people write a reason for, and the name of the file that was saved.
const REASONED = ['mute', 'kick', 'ban', 'download'];

/** A section that opens, with a body that `load()` fills each time, and a button to do so again. */
class Section {
  constructor(name, load) {
    this.node = make('details', 'desk-section');
    this.node.id = 'section-' + name;
    this.title = make('summary');
    this.body = make('div');
    this.body.setAttribute('aria-live', 'polite');
    this.again = button('quiet', '', () => this.load());
    this.node.append(this.title, this.again, this.body);
    this.name = name;
    this.fill = load;
    this.node.addEventListener('toggle', () => { if (this.node.open) this.load(); });
  }

  render() {
    this.title.textContent = t(this.name + '.title');
    this.again.textContent = t('section.again');
    if (this.node.open && this.answer) this.show();
  }

  async load(query = '', before = []) {
    if (this.busy) return;
    this.late = false;
    this.busy = true;
    const answer = await ask('/api/' + this.name + query, { headers: { Authorization: 'Bearer ' + session.token() } });
    this.busy = false;
    this.answer = answer;
    if (answer.entries) answer.entries = before.concat(answer.entries);
    this.show();
    if (this.late) this.load();
  }

  /** What is shown may be out of date. */
  renew() {
    if (!this.node.open) return;
    if (this.busy) this.late = true;
    else this.load();
  }

  show() {
    this.body.textContent = '';
    const { answer } = this;
    // A build without a history on the disk has no such route.
    const why = answer.error === 'not_found' ? { error: 'nothing_stored' } : answer;
    if (answer.ok) this.fill(this.body, answer);
    else this.body.append(make('p', 'small', sentence(why)));
  }
}

/** One row for each person, with the rooms where they are, or else were: whoever went from room to room is here once. */
function persons(rows) {
  const all = new Map();
  rows.forEach((row) => {
    const { user, came, left, seconds, room } = row;
    const known = all.get(user.id);
    if (!known) {
      all.set(user.id, { ...row, rooms: [room] });
      return;
    }
    const same = (known.left === null) === (left === null);
    if (same) known.rooms.push(room);
    else if (left === null) known.rooms = [room];
    known.came = Math.min(known.came, came);
    known.left = known.left === null || left === null ? null : Math.max(known.left, left);
    // Who was in two rooms at once was here once.
    known.seconds += seconds;
    if (known.left !== null) known.seconds = Math.min(known.seconds, (known.left - known.came) / 1000);
  });
  return [...all.values()];
}

export class Register {
  constructor({ chat }) {
    this.chat = chat;
    this.boundaries = 0;
    // Whether the tab has been in sight since the lists were asked for.
    this.seen = false;
    this.attendance = new Section('attendance', (body, answer) => this.people(body, answer));
    this.audit = new Section('audit', (body, answer) => this.entries(body, answer));
    element('register').append(this.attendance.node, this.audit.node);
  }

  render() {
    this.audit.node.hidden = !this.chat.isHost;
    this.attendance.render();
    this.audit.render();
    const { boundaries } = this.chat.classRules;
    // The tab has just been opened, or a lesson has begun or ended.
    if (this.seen && boundaries === this.boundaries) return;
    this.seen = true;
    this.boundaries = boundaries;
    this.attendance.renew();
    this.audit.renew();
  }

  /** The tab goes out of sight: people come and go until it is opened again. */
  left() {
    this.seen = false;
  }

  /** Since when somebody is here, as the list of the people says, and whether they had been here before: after a
      reload or a broken connection they came again. */
  presence({ user, came }) {
    const times = [...this.chat.rooms.values()].map(({ members }) => (members.get(user.id) || {}).since).filter(Boolean);
    const since = times.length ? Math.min(...times) : came;
    const [now, first] = [clock(since), clock(came)];
    return t(now === first ? 'attendance.came' : 'attendance.came.again', { time: now, first });
  }

  people(body, { from, people: rows, absent, more }) {
    const people = persons(rows);
    const since = this.chat.classRules.runs ? 'attendance.since' : 'attendance.from';
    body.append(make('p', 'small', t(since, { time: when(from) })));
    const several = new Set(rows.map(({ room }) => room)).size > 1;
    const group = (key, rows, draw) => {
      if (!rows.length) return;
      body.append(make('h3', '', t('attendance.' + key, { n: rows.length })));
      const items = make('ul', 'register');
      rows.forEach((row) => {
        const item = make('li');
        const name = nameOf(row.user);
        item.append(name);
        draw(item, row);
        items.append(item);
      });
      body.append(items);
    };
    const time = (words) => make('span', 'end', words);
    const room = (item, { rooms }) => { if (several) item.append(make('bdi', 'small', list(rooms))); };
    group('here', people.filter(({ left }) => left === null), (item, row) => {
      room(item, row);
      item.append(time(this.presence(row)));
    });
    group('left', people.filter(({ left }) => left !== null), (item, row) => {
      room(item, row);
      const stay = duration(Math.max(1, Math.round(row.seconds / MINUTE_S)) * MINUTE_S);
      item.append(time(t('attendance.stayed', { came: clock(row.came), left: clock(row.left), stay })));
    });
    group('absent', absent, (item, row) => item.append(time(row.left ? t('attendance.last', { time: when(row.left) }) : '')));
    if (!people.length) body.append(empty(t('attendance.nobody')));
    if (more) body.append(make('p', 'small', t('attendance.more')));
  }

  entries(body, { entries, more }) {
    if (!entries.length) body.append(empty(t('audit.none')));
    const items = make('ol', 'register');
    entries.forEach((entry) => items.append(this.entry(entry)));
    body.append(items);
    if (!more) return;
    body.append(button('quiet', t('audit.older'), () => (
      this.audit.load('?before=' + entries[entries.length - 1].id, entries))));
  }

  entry({ at, action, by, target, room, reason, until }) {
    const item = make('li');
    const words = make('p');
    const key = 'audit.' + action + (target && known('audit.' + action + '.who') ? '.who' : '');
    const facts = { by: by.name || t('audit.nobody'), target: target ? target.name || t('audit.nobody') : '', room: room || '', action };
    words.append(phrase(known(key) ? key : 'audit.other', facts));
    const line = make('p', 'small', when(at));
    if (room) line.append(' · ', make('bdi', '', room));
    if (until) line.append(' · ', t('audit.until', { time: when(until) }));
    item.append(words, line);
    // Other reasons are the server's own, for the file of the log.
    if (reason && REASONED.includes(action)) {
      const why = make('p', 'small');
      why.append(make('bdi', '', reason));
      item.append(why);
    }
    return item;
  }
}
