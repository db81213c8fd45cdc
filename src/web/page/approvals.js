// Approve first, and clearing messages: the tab of those who lead, what an author reads below a message of
// theirs, and the lines of the log that say what was cleared.

import { actions, card, empty } from './cards.js';
import { belowMessages, rowOf } from './message.js';
import { nameOf } from './person.js';
import { body, plain } from './text.js';
import { box, button, make, reconcile } from '../base/dom.js';
import { clock, known, phrase, t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';
import { recent } from '../chat/clearings.js';

// As long as the server lets a clearing be undone.
const UNDO_MS = 60000;
// The start of a text, where it stands beside other words.
const SHORT = 60;

function short(text) {
  const letters = [...plain(text)];
  return letters.slice(0, SHORT).join('') + (letters.length > SHORT ? '…' : '');
}

/** Why something of ours was not published, as nodes. */
function rejection({ by, reason, cause }) {
  if (cause && known('approvals.why.' + cause)) return phrase('approvals.why.' + cause);
  const words = phrase(by ? 'approvals.rejected.by' : 'approvals.rejected', { by });
  if (reason) words.append(' ', phrase('approvals.reason', { reason }));
  return words;
}

export class ApprovalsView {
  constructor({ chat, desk, dialog, status, menu, people, composer }) {
    Object.assign(this, { chat, desk, dialog, status, composer });
    this.people = people;
    this.panel = desk.add({
      name: 'approvals',
      label: 'approvals.title',
      picture: 'flag',
      shown: () => chat.canModerate,
      count: () => chat.approvals.toDecide().length,
      render: () => this.render(),
    });
    this.about = make('p', 'small');
    this.list = make('div');
    this.list.id = 'approvals-list';
    this.sweep = button('danger wide', '', () => this.clearRoom());
    this.sweep.id = 'tool-clear';
    this.title = make('h2', 'hidden');
    this.panel.append(this.title, this.about, this.list, this.sweep);
    menu.extend((entry) => this.messageMenu(entry));
    people.extend((person) => this.personMenu(person));
    belowMessages((item, entry) => this.below(item, entry));
    rowOf('cleared', (item, { by, n, undone }) => {
      const line = make('p', 'text');
      line.append(phrase(undone ? 'clear.line.undone' : 'clear.line', { by: by.name, n }));
      item.append(line);
    });
  }

  render() {
    const { chat } = this;
    const room = chat.current;
    const on = room.state.approve;
    this.title.textContent = t('approvals.title');
    this.about.textContent = t(on ? 'approvals.on' : 'approvals.off');
    this.sweep.textContent = t('clear.room');
    const waiting = chat.approvals.toDecide();
    const cards = waiting.map((item, at) => this.card(room, item, waiting, at));
    const rows = waiting.length ? cards : [empty(t('approvals.none'))];
    const focused = this.list.contains(document.activeElement) ? document.activeElement.closest('[data-id]') : null;
    const place = focused ? [...this.list.children].indexOf(focused) : -1;
    reconcile(this.list, rows.concat(this.decisions(room)));
    // The card with the focus was decided: the next one takes it.
    if (focused && !focused.isConnected) this.focusCard(place);
  }

  focusCard(place) {
    const cards = this.list.querySelectorAll('[data-id]');
    const next = cards[Math.min(place, cards.length - 1)];
    (next ? next.querySelector('.primary') : this.desk.tabs.get('approvals').tab).focus();
  }

  card(room, item, waiting, at) {
    const { approvals } = this.chat;
    const { id, from, text, of, reply_to: replyTo } = item;
    const { name } = from;
    const others = waiting.filter((each) => each.from.id === from.id);
    const acts = [
      { words: t('approvals.publish'), label: t('approvals.publish.of', { name }), primary: true, act: () => approvals.publish(room, id) },
      { words: t('approvals.reject'), label: t('approvals.reject.of', { name }), act: () => approvals.reject(room, id) },
      { words: t('approvals.reject.why'), label: t('approvals.reject.why.of', { name }), act: () => this.rejectWhy(room, item) },
    ];
    // Above the first message of this person.
    const all = others.length > 1 && waiting.findIndex((each) => each.from.id === from.id) === at
      ? [actions([{ words: t('approvals.publish.all', { name, n: others.length }), act: () => this.publishAll(room, from.id) }])] : [];
    const time = make('time', '', clock(item.at));
    time.dateTime = new Date(item.at).toISOString();
    const node = card({ head: [nameOf(from), time], text: body(text, from), acts });
    const about = room.find(of || replyTo);
    if (of || replyTo) {
      const words = make('p', 'small');
      words.append(about && about.text ? phrase(of ? 'approvals.edit.of' : 'approvals.reply.of', { name: about.from.name, text: short(about.text) })
        : t(of ? 'approvals.edit' : 'approvals.reply'));
      node.insertBefore(words, node.children[1]);
    }
    node.append(...all);
    node.dataset.id = id;
    return node;
  }

  publishAll(room, user) {
    const { approvals } = this.chat;
    approvals.toDecide(room).filter(({ from }) => from.id === user).forEach(({ id }) => approvals.publish(room, id));
  }

  rejectWhy(room, { id, from, text }) {
    this.dialog.confirm({
      title: [phrase('approvals.reject.title', { name: from.name })],
      body: short(text),
      fields: { reason: { label: t('reason') } },
      yes: t('approvals.reject'),
      danger: true,
    }).then((answer) => { if (answer) this.chat.approvals.reject(room, id, answer.reason); });
  }

  /** What was decided last, by whomever. */
  decisions(room) {
    const { decided } = this.chat.approvals.of(room);
    if (!decided.length) return [];
    const list = make('ul', 'small');
    decided.forEach(({ what, by, item }) => {
      const line = make('li');
      line.append(phrase('approvals.did.' + what, { by: by.name, name: item.from.name, text: short(item.text) }));
      list.append(line);
    });
    return [make('h3', '', t('approvals.decided')), list];
  }

  /** What became of a message of ours, or of an edit of it. */
  below(item, entry) {
    if (entry.state === 'waiting') {
      item.append(make('p', 'state', t('approvals.waits')));
      return;
    }
    if (entry.state === 'failed' && entry.why.code === 'rejected') {
      this.rejected(item, entry.why, {
        back: () => {
          this.composer.takeBack(entry.text, entry.replyTo ? entry.room.find(entry.replyTo) : null);
          this.chat.outbox.discard(entry);
        },
        discard: () => this.chat.outbox.discard(entry),
      });
      return;
    }
    const edit = entry.own ? this.chat.approvals.editOf(entry) : null;
    if (!edit) return;
    const note = make('p', 'state proposed');
    note.append(phrase('approvals.edit.text', { text: edit.text }));
    item.append(note);
    if (!edit.why) note.append(' ', t('approvals.edit.waits'));
    else {
      this.rejected(item, edit.why, {
        back: () => {
          this.chat.approvals.dismissEdit(entry);
          this.composer.takeBack(edit.text);
        },
        discard: () => this.chat.approvals.dismissEdit(entry),
      });
    }
  }

  rejected(item, why, { back, discard }) {
    item.append(box('p', 'state rejected', rejection(why), ' ', button('back link', t('approvals.back'), back), ' ',
      button('discard link', t('message.discard'), discard)));
  }

  // ---- clearing ---------------------------------------------------------------------------------

  messageMenu(entry) {
    if (!this.chat.canModerate || !entry.seq || entry.kind !== 'message') return [];
    return [{ action: 'clear', words: t('clear.from'), danger: true, act: () => this.clear({ from: entry.seq }, 'from') }];
  }

  personMenu(person) {
    if (!this.people.mayModerate(person)) return [];
    return [{ action: 'clear', words: t('clear.person'), danger: true, act: () => this.clear({ user: person.id }, 'person', person) }];
  }

  /** The loaded messages that such an act would take, and questions with a hand: an anonymous one is nobody's, and
      what a host said is left by others who lead. `known` says whether those are all. */
  count(room, { user, from = 0 }) {
    const { isHost } = this.chat;
    const by = ({ kind, from: author, user: asker, what }) => {
      if (kind === 'message') return author;
      return kind === 'hand' && what === 'asked' ? asker || {} : null;
    };
    const taken = room.entries.filter((entry) => {
      const author = entry.seq >= from && !entry.deleted && by(entry);
      return author && (!user || author.id === user) && (isHost || author.role !== 'host');
    });
    return { n: taken.length, known: !room.more || room.oldest() <= from };
  }

  /** Asks how much of the room is to be cleared. */
  async clearRoom() {
    const { clearings, current: room } = this.chat;
    const words = (key, from, facts) => {
      const { n, known: all } = this.count(room, { from });
      return t(all ? key : key + '.some', Object.assign({ count: n }, facts));
    };
    const since = recent(room.entries, serverNow()).filter(({ from }) => this.count(room, { from }).n);
    const options = since.map(({ minutes, from }) => ({ value: String(from), words: words('clear.since', from, { minutes }) }));
    const answer = await this.dialog.confirm({
      title: [phrase('clear.title.room', { room: room.name })],
      body: t('clear.room.body'),
      fields: { from: { label: t('clear.much'), options: options.concat({ value: '1', words: words('clear.all', 1) }), usual: '1' } },
      yes: t('clear.yes'),
      danger: true,
    });
    if (answer) clearings.clear(room, { from: Number(answer.from) }, (act) => this.cleared(room, act));
  }

  /** Asks once, clears, and offers to undo it for a minute. */
  async clear(which, what, person = { name: '' }) {
    const { clearings, current: room } = this.chat;
    const { n, known: all } = this.count(room, which);
    const sure = await this.dialog.confirm({
      title: [phrase('clear.title.' + what, { name: person.name, room: room.name })],
      body: t(all ? 'clear.body' : 'clear.body.some', { n }),
      yes: t('clear.yes'),
      danger: true,
    });
    if (sure) clearings.clear(room, which, (act) => this.cleared(room, act));
  }

  cleared(room, { seq, n, more }) {
    if (!seq) {
      this.status.toast(t('clear.nothing'), null, { about: `clear:${room.name}:` });
      return;
    }
    const words = n === undefined ? t('clear.done.some') : t('clear.done', { n });
    const undo = { words: t('undo'), label: t('undo.clear'), act: () => this.chat.clearings.undo(room, seq) };
    const about = `clear:${room.name}:${seq}`;
    // Two buttons that undo would be told apart by nothing.
    this.status.end('clear:' + room.name);
    this.status.toast(more ? words + t('sentence.gap') + t('clear.more') : words, undo, { about, ms: UNDO_MS });
  }
}
