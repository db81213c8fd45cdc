// Who is muted, removed or banned: by whom, why and until when, and one button to end each.

import { card, empty } from './cards.js';
import { nameOf } from './person.js';
import { element, make, reconcile } from '../base/dom.js';
import { left, list, number, phrase, t, when } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

const KINDS = [['mutes', 'unmute'], ['kicks', 'unkick'], ['bans', 'unban']];

export class Sanctions {
  constructor({ chat }) {
    this.chat = chat;
    this.root = element('sanctions');
  }

  render() {
    const { classRules } = this.chat;
    classRules.refresh();
    const known = classRules.sanctions;
    const rows = [];
    KINDS.forEach(([kind, undo]) => {
      ((known && known[kind]) || [])
        .filter(({ until }) => !until || until > serverNow())
        .forEach((each) => rows.push(this.row(kind, undo, each)));
    });
    const title = make('h3', '', t('sanctions.title'));
    if (rows.length) title.append(' ', make('span', '', number(rows.length)));
    if (known && known.more) rows.push(empty(t('sanctions.more')));
    if (!rows.length) rows.push(empty(t(known ? 'sanctions.none' : 'sanctions.busy')));
    reconcile(this.root, [title].concat(rows));
  }

  row(kind, undo, { user, room, hand, until, reason, by, was, rooms }) {
    const name = user ? user.name : t('class.asker');
    const end = make('span', 'end', until ? t('sanction.left', { left: left(until) }) : t('sanction.open.' + kind));
    const node = card({ head: [user ? nameOf(user) : make('span', '', name), make('span', 'badge', t('sanction.' + kind)), end] });
    node.dataset.kind = kind;
    if (user) node.dataset.user = user.id;
    const words = make('p', 'small');
    const say = (key, facts) => words.append(phrase(key, facts), t('sentence.gap'));
    say(until ? 'sanction.by.until' : 'sanction.by', { by: by.name, time: until ? when(until) : '' });
    if (reason) say('sanction.why', { reason });
    if (was) say('sanction.was', { was: was.name });
    if (hand && user) say('sanction.asked', { room });
    if (rooms) say('sanction.rooms', { rooms: list(rooms) });
    node.append(words);
    const request = user ? { user: user.id } : { room, hand };
    const act = make('button', '', t('sanction.' + undo));
    act.type = 'button';
    act.dataset.action = undo;
    act.setAttribute('aria-label', t('sanction.' + undo + '.who', { name }));
    act.addEventListener('click', () => this.chat.moderation.moderate(undo, request));
    node.append(act);
    return node;
  }
}
