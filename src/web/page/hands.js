// Raised hands on the desk: the queue of the open room, and questions as rows of the log. The hand of this
// person is in hand-form.js.

import { actions, card, empty } from './cards.js';
import { HandForm } from './hand-form.js';
import { rowOf } from './message.js';
import { nameOf } from './person.js';
import { refusal, subject } from './sentences.js';
import { box, button, icon, make, reconcile } from '../base/dom.js';
import { clock, duration, number, spoken, t } from '../base/i18n.js';

const MUTES_S = [60, 300, 900, 3600, 0];
const MUTE_S = 300;

/** A question in one line, whoever sent it. */
const line = (question) => question.replace(/\s*\n\s*/g, ' ');

export class HandsView {
  constructor(parts) {
    const { chat, desk, status, people } = parts;
    Object.assign(this, parts);
    this.cards = new Map();
    // The anonymous questions whose names are shown. A desk may be on the wall, so that takes a deliberate act.
    this.named = new Set();
    this.form = new HandForm(parts);
    this.panel = desk.add({
      name: 'hands',
      label: 'hands.title',
      picture: 'message-circle-question-mark',
      // For the class, the tab is there while there is something in it.
      shown: () => chat.canModerate || desk.selected === 'hands' || chat.hands.queue(chat.current).length > 0,
      count: () => (chat.canModerate ? this.waiting() : 0),
      render: () => this.render(),
      left: () => this.hideNames(),
      always: () => {
        this.form.render();
        if (chat.hands.mine(chat.current)) status.end('my-hand');
        this.freshen();
      },
    });
    people.lowerAll = () => this.lowerAll();
    this.build();
    chat.hands.lowered = ({ answered, question }) => {
      status.toast(t(!answered ? 'hands.down' : question ? 'hands.down.answered' : 'hands.down.called'), null, { about: 'my-hand' });
    };
    rowOf('hand', (item, entry, more) => this.row(item, entry, more));
    people.extend((person) => {
      const hand = chat.canModerate && chat.hands.openly(chat.current, person);
      return hand ? [{ action: 'lower-hand', words: t('hands.lower'), act: () => this.lower(hand.seq) }] : [];
    });
  }

  build() {
    this.heading = make('h2');
    this.nobody = empty('');
    this.list = make('ol');
    this.all = button('', '', () => this.lowerAll());
    this.all.id = 'hands-lower-all';
    this.acts = box('p', 'desk-acts', this.all);
    this.others = make('p', 'desk-acts');
    this.others.id = 'hands-elsewhere';
    this.panel.append(this.heading, this.nobody, this.list, this.acts, this.others);
  }

  /** How many hands are up in all rooms that we are in. */
  waiting() {
    const { hands, current } = this.chat;
    return [current, ...hands.elsewhere()].reduce((sum, room) => sum + hands.queue(room).length, 0);
  }

  /** For those who lead: the way to the hands of other rooms, such as those of groups. */
  renderOthers() {
    const { chat } = this;
    const rooms = chat.canModerate ? chat.hands.elsewhere() : [];
    reconcile(this.others, rooms.map((room) => {
      const n = chat.hands.queue(room).length;
      return button('', t('hands.elsewhere', { room: room.name, n }), () => chat.open(room.name));
    }));
    this.others.hidden = !rooms.length;
  }

  find(seq) { return this.chat.hands.find(this.chat.current, seq); }

  // ---- the queue ------------------------------------------------------------------------------

  /** A card that changes keeps its element, so that votes that come in take neither a click nor the focus. */
  render() {
    const { chat } = this;
    const queue = chat.hands.queue(chat.current);
    if (this.room !== chat.current.name) this.named.clear();
    this.room = chat.current.name;
    this.heading.textContent = t('hands.count', { n: queue.length });
    this.nobody.textContent = t('hands.none');
    this.all.textContent = t('hands.lower.all');
    this.heading.hidden = !queue.length;
    this.nobody.hidden = queue.length > 0;
    this.acts.hidden = !chat.canModerate || queue.length < 2;
    this.renderOthers();
    const old = this.cards;
    this.cards = new Map(queue.map((hand) => {
      const key = this.keyOf(hand);
      return [key, old.get(key) || this.item(hand)];
    }));
    const focus = this.focused(old);
    old.forEach((item, key) => { if (!this.cards.has(key)) item.remove(); });
    [...this.cards.values()].forEach((item, at) => {
      if (this.list.children[at] !== item) this.list.insertBefore(item, this.list.children[at] || null);
    });
    queue.forEach((hand, at) => this.fill(this.list.children[at], hand, at + 1));
    if (focus && !this.panel.contains(document.activeElement)) this.refocus(focus);
  }

  /** What a card is made of, apart from what is filled in again. */
  keyOf(hand) {
    const { seq, user, anonymous, question, mine, muted } = hand;
    const { me, current, hands } = this.chat;
    const name = user ? this.chat.person(user).name : '';
    const named = this.named.has(seq);
    return JSON.stringify([current.name, seq, spoken(), me.role, name, named, anonymous, question, mine, Boolean(muted), hands.isAway(current, hand)]);
  }

  focused(cards) {
    const item = [...cards.values()].find((each) => each.contains(document.activeElement));
    return item && { at: [...this.list.children].indexOf(item), hand: item.dataset.hand, act: document.activeElement.dataset.act };
  }

  /** Puts the focus back where it was, or on the card that took the place. */
  refocus({ at, hand, act }) {
    const same = this.list.querySelector(`[data-hand="${hand}"]`);
    const next = same || this.list.children[Math.min(at, this.list.children.length - 1)];
    const target = next && (next.querySelector(`[data-act=${act}]`) || next.querySelector('button'));
    if (target) target.focus();
    else this.desk.tabs.get('hands').tab.focus();
  }

  item(hand) {
    const { seq, user, question, anonymous, muted, mine } = hand;
    const head = [make('span', 'badge place'), ...this.owner(hand)];
    const acts = this.actsOf(hand);
    const node = card({ head, text: question && line(question), acts: acts.map(([, act]) => act) });
    [...node.querySelectorAll('.desk-acts > button')].forEach((each, n) => { each.dataset.act = acts[n][0]; });
    const more = make('p', 'small votes');
    node.insertBefore(more, node.querySelector('.desk-acts'));
    if (muted) node.insertBefore(make('p', 'small', t('hands.muted')), more);
    if (this.chat.hands.isAway(this.chat.current, hand)) node.insertBefore(make('p', 'small', t('hands.away')), more);
    if (anonymous && mine) node.insertBefore(make('p', 'small', t('hands.sees.teacher')), more);
    // The name stands below the buttons: the next press meets the same one.
    if (this.named.has(seq)) node.append(this.behind(user));
    const item = box('li', '', node);
    item.dataset.hand = seq;
    return item;
  }

  /** Who asks. A name that others do not see has no menu: what is done there names the person. */
  owner({ user, anonymous, mine }) {
    const { people, chat } = this;
    const nodes = [];
    const person = user && chat.person(user);
    if (mine) nodes.push(make('strong', '', t('message.you')));
    else if (person && !anonymous && people.mayAct(person)) {
      const name = button('link who', undefined, () => people.menu(person));
      name.dataset.act = 'person';
      name.append(nameOf(person));
      nodes.push(name);
    } else if (person && !anonymous) nodes.push(box('strong', '', nameOf(person)));
    if (anonymous) nodes.push(make('span', 'badge', t('hands.anonymous')));
    return nodes;
  }

  /** Who asked anonymously, and who sees that. */
  behind(user) {
    return box('p', 'small behind', box('strong', '', nameOf(this.chat.person(user))), ' ', t('hands.only_you'));
  }

  /** Shows the name behind an anonymous question, or hides it. */
  showName(seq) {
    if (!this.named.delete(seq)) this.named.add(seq);
    this.render();
  }

  hideNames() {
    if (!this.named.size) return;
    this.named.clear();
    this.desk.changed('hands');
  }

  /** The actions on a hand, each with a name. */
  actsOf({ seq, user, question, anonymous, mine, muted }) {
    const { chat } = this;
    const { canModerate, hands: { raises } } = chat;
    const who = mine ? t('message.you') : user && !anonymous ? user.name : question ? line(question).slice(0, 60) : t('hands.anonymous');
    const act = (name, words, what, more) => (
      [name, Object.assign({ words, label: t('hands.act', { what: words, who }), act: what }, more)]);
    if (mine && !canModerate) return [act('lower', t(question ? 'hands.back' : 'hands.lower'), () => chat.hands.lower(chat.current))];
    if (canModerate) {
      const all = [act('lower', t('hands.lower'), () => this.lower(seq))];
      if (question) all.unshift(act('answered', t('hands.answered'), () => this.lower(seq, true), { primary: true }));
      if (anonymous && !mine) {
        if (user) all.push(act('name', t(this.named.has(seq) ? 'hands.name.hide' : 'hands.name'), () => this.showName(seq)));
        if (muted) all.push(act('unmute', t('person.unmute'), () => this.unmute(seq)));
        else all.push(act('mute', t('hands.mute'), () => this.mute(seq), { danger: true }));
      }
      return all;
    }
    return question && raises ? [act('second', t('hands.too'), () => this.second(seq))] : [];
  }

  /** What changes while a card stays: the place, the votes, and whether we have the question, too. */
  fill(item, { votes, seconded }, place) {
    item.querySelector('.place').textContent = number(place);
    const more = item.querySelector('.votes');
    more.textContent = votes ? t('hands.votes', { n: votes }) : '';
    more.hidden = !votes;
    const too = item.querySelector('[data-act=second]');
    if (too) too.setAttribute('aria-pressed', String(seconded));
  }

  // ---- the log --------------------------------------------------------------------------------

  /** A question that was asked or answered. Nobody is named who asked anonymously, not even to hosts: the log
      is what stands on the wall. */
  row(item, entry, more) {
    const { room, seq, of, what, question, user, votes, at } = entry;
    const { deleted } = what === 'asked' ? entry : room.find(of) || entry;
    const head = make('p', 'small');
    const name = user ? { name: user.name } : {};
    head.append(icon('hand'), t('hands.row.' + what + (user ? '' : '.anonymous'), name));
    if (what === 'answered' && votes) head.append(' · ', t('hands.votes.then', { n: votes }));
    const time = make('time', 'time', clock(at));
    time.dateTime = new Date(at).toISOString();
    head.append(' · ', time);
    item.append(head);
    if (deleted) item.append(make('p', 'text', t('message.deleted')));
    else if (question) item.append(box('p', 'text', make('bdi', '', line(question))));
    item.append(...more.actions.beside(entry));
    if (what !== 'asked' || deleted || !this.chat.hands.raises) return;
    const acts = actions([{ words: t('hands.too'), act: () => this.second(seq) }]);
    acts.dataset.second = seq;
    // Screen readers read the question aloud, but not every vote.
    acts.setAttribute('aria-live', 'off');
    item.append(acts);
    this.freshenOne(acts);
  }

  freshen() {
    document.querySelectorAll('#log [data-second]').forEach((acts) => this.freshenOne(acts));
  }

  freshenOne(acts) {
    const hand = this.find(Number(acts.dataset.second));
    acts.hidden = !hand || hand.mine;
    if (acts.hidden) return;
    const too = acts.firstChild;
    const words = hand.votes ? t('hands.too.n', { n: hand.votes }) : t('hands.too');
    if (too.textContent !== words) too.textContent = words;
    too.setAttribute('aria-pressed', String(hand.seconded));
  }

  // ---- what is done ---------------------------------------------------------------------------

  second(seq) {
    const hand = this.find(seq);
    if (hand) this.chat.hands.second(this.chat.current, hand, !hand.seconded);
  }

  lower(seq, answered) {
    const hand = this.find(seq);
    if (hand) this.chat.hands.lowerOther(this.chat.current, hand, answered);
  }

  lowerAll() {
    const { chat } = this;
    const room = chat.current;
    const queue = chat.hands.queue(room);
    const asked = queue.filter(({ question }) => question);
    const counts = [
      ['hands', queue.length - asked.length], ['questions', asked.length],
      ['votes', asked.reduce((sum, { votes }) => sum + votes, 0)],
    ].filter(([, n]) => n);
    const said = counts.map(([what, n]) => t('hands.lower.all.' + what, { n })).concat(t('hands.lower.all.end'));
    this.dialog.confirm({
      title: [t('hands.lower.all.title' + (asked.length ? '.asked' : ''), { n: queue.length })],
      body: said.join(t('sentence.gap')),
      yes: t('hands.lower.all'),
      danger: true,
      send: () => new Promise((resolve) => {
        chat.hands.lowerAll(room, (why) => resolve(why && refusal(why)));
      }),
    });
  }

  mute(seq) {
    const { chat } = this;
    const room = chat.current;
    this.dialog.confirm({
      title: [t('hands.mute.title')],
      body: t('hands.mute.body'),
      fields: {
        seconds: {
          label: t('mute.for'),
          usual: MUTE_S,
          options: MUTES_S.map((value) => ({ value, words: value ? duration(value) : t('mute.open') })),
        },
        reason: { label: t('reason') },
      },
      yes: t('mute.yes'),
      send: ({ seconds, reason }) => new Promise((resolve) => {
        chat.hands.muteAsker(room, seq, { on: true, seconds: Number(seconds), reason }, (why) => {
          if (!why) this.muted(seq, room);
          resolve(why && refusal(why));
        });
      }),
    });
  }

  unmute(seq, room = this.chat.current) {
    this.chat.hands.muteAsker(room, seq, { on: false }, (why) => {
      this.status.toast(why ? refusal(why) : t('hands.unmute.done'), null, { about: this.subject(seq, room) });
    });
  }

  muted(seq, room) {
    const label = t('undo.mute', { target: t('class.asker') });
    this.status.toast(t('hands.mute.done'), { words: t('undo'), label, act: () => this.unmute(seq, room) }, { about: this.subject(seq, room) });
  }

  subject(seq, room) { return subject({ hand: seq, room: room.name }); }
}
