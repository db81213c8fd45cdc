// Who is muted, removed or banned: by whom, why and until when, and one button to end each.

import { card, empty } from './cards.js';
import { nameOf } from './person.js';
import { box, button, element, make, reconcile } from '../base/dom.js';
import { ends, left, list, number, phrase, t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';
import { byServer } from '../chat/removal.js';

const KINDS = [['mutes', 'unmute'], ['kicks', 'unkick'], ['bans', 'unban']];

export class Sanctions {
  constructor({ chat }) {
    this.chat = chat;
    this.root = element('sanctions');
    // The anonymous questions whose names are shown, as on the cards of the hands.
    this.named = new Set();
  }

  hideNames() {
    this.named.clear();
    this.render();
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

  row(kind, undo, { user, room, hand, until, lesson, reason, by, was, rooms }) {
    const key = room + ' ' + hand;
    const open = user && !hand;
    const shown = open || (user && this.named.has(key));
    const name = open ? user.name : t('class.asker');
    const endless = t('sanction.open.' + kind + (lesson ? '.lesson' : ''));
    const end = make('span', 'end', until ? t('sanction.left', { left: left(until) }) : endless);
    const node = card({ head: [open ? nameOf(user) : make('span', '', name), make('span', 'badge', t('sanction.' + kind)), end] });
    node.dataset.kind = kind;
    if (shown) node.dataset.user = user.id;
    const words = make('p', 'small');
    const say = (key, facts) => words.append(phrase(key, facts), t('sentence.gap'));
    const own = byServer(reason);
    say((own ? 'sanction.server' : 'sanction.by') + (until ? '.until' : ''), { by: by.name, time: until ? ends(until) : '' });
    if (reason && !own) say('sanction.why', { reason });
    if (was) say('sanction.was', { was: was.name });
    if (rooms) say('sanction.rooms', { rooms: list(rooms) });
    node.append(words);
    // By the question, nobody is named on the way.
    const request = hand ? { room, hand } : { user: user.id };
    const act = button('', t('sanction.' + undo), () => this.chat.moderation.moderate(undo, request));
    act.dataset.action = undo;
    act.setAttribute('aria-label', t('sanction.' + undo + '.who', { name }));
    node.append(act);
    if (hand && user) node.append(this.naming(key));
    // The name stands below the buttons: the next press meets the same one.
    if (hand && shown) node.append(box('p', 'small behind', box('strong', '', nameOf(user)), ' ', t('sanction.asked', { room })));
    return node;
  }

  /** A button that shows the name behind an anonymous question, or hides it. */
  naming(key) {
    const node = button('', t(this.named.has(key) ? 'hands.name.hide' : 'hands.name'), () => {
      if (!this.named.delete(key)) this.named.add(key);
      this.render();
      const again = this.root.querySelector(`[data-name="${key}"]`);
      if (again) again.focus();
    });
    node.dataset.name = key;
    return node;
  }
}
