// "Tell the teacher": a dialog for members, in the menus of messages and people, and for those who lead the
// reports that are open. The author of what is reported is not told.

import { element, make } from '../base/dom.js';
import { clock, phrase, t } from '../base/i18n.js';
import { card } from './cards.js';
import { nameOf } from './person.js';
import { refusal } from './sentences.js';
import { body } from './text.js';

// The server takes as many characters.
const NOTE_LENGTH = 500;
// A room that is opened for a report is joined soon.
const JOINING_MS = 200;
const JOINING_TRIES = 25;

export class Reports {
  /** `write(person)` opens the conversation with a person. */
  constructor({ chat, dialog, status, menu, people, log, display }, write) {
    Object.assign(this, { chat, dialog, status, people, log, display, write });
    const words = () => t('report.act');
    menu.extend((entry) => (this.mayReport(entry.from) && entry.kind === 'message' && entry.seq
      ? [{ action: 'report', words: words(), act: () => this.ask(entry.from, entry) }] : []));
    people.extend((person) => (this.mayReport(person)
      ? [{ action: 'report', words: words(), act: () => this.ask(person) }] : []));
  }

  /** Members report others; those who lead act themselves. */
  mayReport(person) {
    const { me } = this.chat;
    return Boolean(me) && Boolean(person) && me.role === 'member' && person.id !== me.id;
  }

  /** Asks for a note, and tells those who lead of a message or a person. */
  ask(person, entry) {
    const room = entry ? entry.room.name : this.chat.current.name;
    const name = { name: person.name };
    // Who teaches does not read what was told about themselves.
    const teaches = this.chat.person(person).role === 'host';
    this.dialog.confirm({
      title: [t('report.title')],
      body: phrase(teaches ? 'report.body.teacher' : entry ? 'report.body.message' : 'report.body.person', name),
      fields: { note: { label: t('report.note'), most: NOTE_LENGTH } },
      yes: t('report.yes'),
      send: async ({ note }) => {
        const facts = entry ? { room, seq: entry.seq } : { room, user: person.id };
        const why = await this.chat.private.report(note ? Object.assign(facts, { note }) : facts);
        if (why) return refusal(why);
        this.status.toast(phrase(teaches ? 'report.done.teacher' : 'report.done', name), null, { about: 'reported' });
        return null;
      },
    });
  }

  /** The reports that are open, the newest first, as rows of the desk. */
  rows() {
    const all = [...this.chat.private.reports.values()].sort((a, b) => b.id - a.id);
    if (!this.chat.canModerate || !all.length) return [];
    return [make('h2', '', t('report.inbox')), ...all.map((report) => this.row(report))];
  }

  row({ id, room, seq, user, by, text, deleted, note, at }) {
    const about = user ? nameOf(user) : make('span');
    const time = make('time', '', clock(at));
    time.dateTime = new Date(at).toISOString();
    const facts = { name: user ? user.name : '' };
    const acts = [{ words: t('report.close'), primary: true, label: t('report.close.of', facts), act: () => this.chat.private.closeReport(id) }];
    if (seq && !deleted) acts.push({ words: t('report.go'), act: () => this.go(room, seq) });
    const { me } = this.chat;
    if (user && user.id !== me.id) acts.push({ words: t('report.person'), label: t('report.person.of', facts), act: () => this.people.menu(user) });
    if (by && by.id !== me.id) acts.push({ words: t('report.write'), label: t('report.write.to', { name: by.name }), act: () => this.write(by) });
    const node = card({ head: [about, make('span', 'small', room), time], text: text && user ? body(text, user) : text, acts });
    node.dataset.report = id;
    node.classList.add('report');
    const lines = [];
    if (!text) lines.push(t(deleted ? 'message.deleted' : seq ? 'report.erased' : 'report.of.person'));
    lines.push(phrase('report.by', { name: by ? by.name : '' }));
    lines.forEach((words) => {
      const line = make('p', 'small');
      line.append(words);
      node.insertBefore(line, node.lastElementChild);
    });
    if (note) {
      const words = make('p', 'desk-text report-note');
      words.append(make('bdi', '', note));
      node.insertBefore(words, node.lastElementChild);
    }
    return node;
  }

  /** Goes to a message in its room. */
  go(name, seq, tries = JOINING_TRIES) {
    const { chat } = this;
    const room = chat.rooms.get(name);
    if (!room) return this.status.toast(t('error.unknown_room'), null, { about: 'jump' });
    if (tries === JOINING_TRIES) {
      // On a phone the drawer covers the log.
      if (getComputedStyle(element('shade')).display !== 'none') this.display.toggleDrawer(null);
      if (chat.current !== room) chat.open(name);
    }
    if (chat.current !== room) return undefined;
    if (!room.joined && tries) return setTimeout(() => this.go(name, seq, tries - 1), JOINING_MS);
    return this.log.actions.jump(seq);
  }
}
