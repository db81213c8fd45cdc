// The people of the open room, those whose hand is up first, and the menu of a person.

import { avatarOf } from './avatar.js';
import { box, element, icon, make, reconcile } from '../base/dom.js';
import { badgeOf, nameOf } from './person.js';
import { refusal } from './sentences.js';
import { clock, countdown, duration, number, phrase, t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

const MUTES_S = [60, 300, 900, 3600, 0];
const MUTE_S = 300;
const REMOVALS_S = [60, 600, 3600, 86400];
const REMOVAL_S = 600;

// With more people than this, one looks for a name.
const FEW = 8;
const TICK_MS = 1000;

const ROLES = ['host', 'moderator', 'member', 'observer'];
const place = (person) => ROLES.indexOf(person.role || 'member');

/** A time at the end of a row. */
function timeOf(at) {
  const node = make('time', 'since', clock(at));
  node.dateTime = new Date(at).toISOString();
  return node;
}

/** What is compared of a name while one is looked for. */
const plain = (words) => words.normalize('NFKC').toLocaleLowerCase();

export class People {
  /** `openHands()` opens the tab of the questions. */
  constructor({ chat, dialog, openHands }) {
    Object.assign(this, { chat, dialog, openHands });
    // Opens the conversation with a person; the view of private messages sets it.
    this.whisper = () => {};
    // Lowers all hands after a question; the view of the hands sets it.
    this.lowerAll = () => {};
    this.extensions = [];
    element('people-find').addEventListener('input', () => this.render());
    element('people-find').addEventListener('keydown', (event) => this.key(event));
    element('people-lower-all').addEventListener('click', () => this.lowerAll());
    setInterval(() => this.tick(), TICK_MS);
  }

  /** Adds actions of a feature to the menu of a person: `actions(person)` returns
      `[{action, words, act, danger?}]`, or `[]` where there are none now. */
  extend(actions) {
    this.extensions.push(actions);
  }

  extended(person) {
    return this.extensions.reduce((all, actions) => all.concat(actions(person)), []);
  }

  /** Escape empties the field, and leaves a drawer open while there is something in it. */
  key(event) {
    if (event.key !== 'Escape' || !event.target.value) return;
    event.stopPropagation();
    event.target.value = '';
    this.render();
  }

  // ---- the list ---------------------------------------------------------------------------------

  /** Hands and mutes are changes of other features. */
  follow() {
    const { chat } = this;
    const hands = chat.hands.queue(chat.current).map(({ seq, question, user }) => [seq, question, user && user.id]);
    const key = JSON.stringify([chat.current.name, hands, [...this.mutes()]]);
    if (key !== this.followed) this.render();
    this.followed = key;
  }

  /** Until when people are muted, by id, as far as those who lead know it. */
  mutes() {
    const { sanctions } = this.chat.classRules;
    const all = ((sanctions && sanctions.mutes) || []).filter(({ user, hand, until }) => user && !hand && until);
    return new Map(all.map(({ user, until }) => [user.id, until]));
  }

  render() {
    const { chat } = this;
    const room = chat.current;
    if (!room) return;
    const everybody = [...room.members.values()];
    const many = everybody.length < room.count;
    if (chat.canModerate && everybody.some(({ muted }) => muted)) chat.classRules.refresh();
    const field = element('people-find');
    element('people-search').hidden = many || (room.count <= FEW && !field.value);
    const wanted = many ? '' : plain(field.value.trim());
    const fits = ({ name }) => plain(name).includes(wanted);
    // The rows are compared with what is shown now.
    this.tick();
    const up = chat.hands.queue(room).map((hand, at) => ({ hand, at, person: this.ownerOf(hand) }));
    const raised = new Set(up.map(({ person }) => person && person.id));
    const here = (many ? [] : everybody).filter((person) => !raised.has(person.id)).sort((a, b) => (
      place(a) - place(b) || a.name.localeCompare(b.name)));
    const hands = up.filter(({ person }) => (person ? fits(person) : !wanted));
    const found = here.filter(fits);
    this.keepFocus(() => {
      reconcile(element('people-hands'), hands.map((each) => this.handRow(each)));
      reconcile(element('people'), found.map((person) => this.row(person)));
    });
    element('people-up').hidden = !hands.length;
    element('people-up-count').textContent = t('people.hands', { n: up.length });
    element('people-lower-all').hidden = !chat.canModerate || up.length < 2;
    element('people-count').textContent = t('people.here', { n: many ? room.count : everybody.length });
    element('people-since').hidden = !found.some(({ since }) => since);
    element('open-people').title = t('people.open', { n: room.count });
    const alone = room.count === 1 && !wanted ? t('people.alone') : '';
    const said = many ? t('people.many') : wanted ? t('people.found', { n: hands.length + found.length }) : alone;
    if (element('people-note').textContent !== said) element('people-note').textContent = said;
  }

  /** Draws, and puts the focus back on the row of the person who had it. */
  keepFocus(draw) {
    const panel = element('desk-people');
    const item = panel.contains(document.activeElement) && document.activeElement.closest('li');
    const { user, hand } = (item && item.dataset) || {};
    draw();
    if (!item || item.contains(document.activeElement)) return;
    const again = [...panel.querySelectorAll('li')].find(({ dataset }) => (
      user ? dataset.user === user : dataset.hand === hand));
    const target = again && again.querySelector('button');
    if (target) target.focus();
  }

  /** Who raised a hand, unless the question is anonymous: on a wall, nobody is named. */
  ownerOf({ user, anonymous }) { return user && !anonymous ? this.chat.person(user) : null; }

  /** A hand in its place of the queue. An anonymous question leads to the tab of the questions. */
  handRow({ hand, at, person }) {
    const item = person ? this.row(person) : make('li');
    item.dataset.hand = hand.seq;
    if (!person) {
      const open = make('button', 'row');
      open.type = 'button';
      open.append(box('span', 'avatar blank', icon('message-circle-question-mark')), make('bdi', 'name', t('people.anonymous')), make('span', 'notes'));
      open.addEventListener('click', () => this.openHands());
      item.append(open);
    }
    const notes = item.querySelector('.notes');
    const old = notes.querySelector('.since');
    if (old) old.remove();
    const mark = box('span', 'sign', icon('hand'), make('span', 'hidden', t('people.hand')), ' ', number(at + 1));
    notes.append(mark);
    if (this.chat.hands.isAway(this.chat.current, hand)) notes.append(make('span', 'here', t('people.away')));
    if (hand.at) notes.append(timeOf(hand.at));
    if (hand.question) item.append(box('p', 'asked', make('bdi', '', hand.question.replace(/\s*\n\s*/g, ' '))));
    return item;
  }

  row(person) {
    const item = make('li');
    item.dataset.user = person.id;
    const mine = person.id === this.chat.me.id;
    const menu = this.mayAct(person);
    const row = make(menu ? 'button' : 'span', 'row');
    if (menu) {
      row.type = 'button';
      row.addEventListener('click', () => this.menu(person));
    }
    row.append(avatarOf(person), nameOf(person));
    const notes = make('span', 'notes');
    const badge = badgeOf(person);
    if (badge) notes.append(badge);
    if (person.muted) notes.append(this.muteOf(person));
    if (this.doubts(person)) notes.append(make('span', 'here', t('people.unverified')));
    if (mine) notes.append(make('span', 'here', t('people.you')));
    if (person.since) notes.append(timeOf(person.since));
    row.append(notes);
    item.append(row);
    return item;
  }

  /** That somebody is muted, and for how long, which those who lead know. */
  muteOf(person) {
    const until = this.mutes().get(person.id);
    const words = make('span', 'until');
    const mark = box('span', 'sign muted', icon('volume-x'), make('span', 'hidden', t('people.muted')), ' ', words);
    mark.title = t('people.muted');
    if (until && until > serverNow()) {
      words.dataset.until = until;
      words.textContent = countdown(until);
    }
    return mark;
  }

  /** Counts the mutes down in their rows: a row that is replaced would lose a click. */
  tick() {
    element('desk-people').querySelectorAll('[data-until]').forEach((node) => {
      const words = countdown(Number(node.dataset.until));
      if (node.textContent !== words) node.textContent = words;
    });
  }

  // ---- the menu of a person ---------------------------------------------------------------------

  /** Whether those who lead should know that a person typed the name: not if all of the class did. */
  doubts(person) {
    const pupils = [...this.chat.current.members.values()].filter((each) => place(each) > place({ role: 'moderator' }));
    return this.chat.canModerate && Boolean(person.unverified) && pupils.some((each) => !each.unverified);
  }

  /** Whether any action on a person is allowed. If not, the name is no button. (The server decides what is
      allowed; the page only hides buttons that would be refused.) */
  mayAct(person) {
    return this.mayWhisper(person) || this.mayModerate(person) || this.extended(person).length > 0;
  }

  mayModerate(person) {
    const { me, canModerate } = this.chat;
    return canModerate && place(person) > place(me);
  }

  mayWhisper(person) {
    const { me, canModerate, whispering } = this.chat;
    if (!me || person.id === me.id || whispering === 'off' || me.role === 'observer') return false;
    return whispering === 'all' || canModerate || place(person) <= place({ role: 'moderator' });
  }

  /** Opens the menu of a person. */
  async menu(someone) {
    const person = this.chat.person(someone);
    const buttons = [];
    if (this.mayWhisper(person)) buttons.push({ action: 'whisper', words: t('person.whisper') });
    if (this.mayModerate(person)) {
      if (person.muted) buttons.push({ action: 'unmute', words: t('person.unmute') });
      else buttons.push({ action: 'mute', words: t('person.mute') });
      buttons.push({ action: 'kick', words: t('person.kick'), danger: true });
    }
    const more = this.extended(person);
    const badge = badgeOf(person) || make('span', 'badge', t('role.' + (person.role || 'member')));
    const answer = await this.dialog.choose({
      title: [nameOf(person), ' ', badge],
      body: this.doubts(person) ? t('people.unverified.body') : '',
      buttons: buttons.concat(more),
    });
    if (!answer) return;
    const extra = more.find(({ action }) => action === answer);
    if (extra) extra.act();
    if (answer === 'whisper') this.whisper(person);
    if (answer === 'unmute') this.chat.moderation.moderate('unmute', { user: person.id });
    if (answer === 'mute') this.ask('mute', person, MUTES_S, MUTE_S);
    if (answer === 'kick') this.ask('kick', person, REMOVALS_S, REMOVAL_S);
  }

  ask(action, person, lengths, usual) {
    const facts = { name: person.name };
    this.dialog.confirm({
      title: [phrase(action + '.title', facts)],
      body: phrase(action + '.body', facts),
      fields: {
        seconds: {
          label: t('mute.for'),
          usual,
          options: lengths.map((value) => ({ value, words: value ? duration(value) : t('mute.open') })),
        },
        reason: { label: t('reason') },
      },
      yes: t(action + '.yes'),
      danger: action === 'kick',
      send: async ({ seconds, reason }) => {
        const request = { user: person.id };
        if (Number(seconds)) request.seconds = Number(seconds);
        if (reason) request.reason = reason;
        const why = await this.chat.moderation.attempt(action, request);
        return why && refusal(why);
      },
    });
  }
}
