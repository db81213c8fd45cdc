// The people of the open room, and the menu of a person.

import { avatarOf } from './avatar.js';
import { element, make, reconcile } from '../base/dom.js';
import { badgeOf, nameOf } from './person.js';
import { refusal } from './sentences.js';
import { duration, number, phrase, t } from '../base/i18n.js';

const MUTES_S = [60, 300, 900, 3600, 0];
const MUTE_S = 300;
const REMOVALS_S = [60, 600, 3600, 86400];
const REMOVAL_S = 600;

const ROLES = ['host', 'moderator', 'member', 'observer'];
const place = (person) => ROLES.indexOf(person.role || 'member');

export class People {
  constructor({ chat, dialog }) {
    Object.assign(this, { chat, dialog });
    // Opens the conversation with a person; the view of private messages sets it.
    this.whisper = () => {};
    this.extensions = [];
  }

  /** Adds actions of a feature to the menu of a person: `actions(person)` returns
      `[{action, words, act, danger?}]`, or `[]` where there are none now. */
  extend(actions) {
    this.extensions.push(actions);
  }

  extended(person) {
    return this.extensions.reduce((all, actions) => all.concat(actions(person)), []);
  }

  render() {
    const { chat } = this;
    const room = chat.current;
    if (!room) return;
    const list = element('people');
    const focused = list.contains(document.activeElement) ? document.activeElement.parentNode.dataset.user : null;
    const everybody = [...room.members.values()];
    const many = everybody.length < room.count;
    reconcile(list, (many ? [] : everybody).sort((a, b) => (
      place(a) - place(b) || a.name.localeCompare(b.name)
    )).map((person) => this.row(person)));
    if (focused) {
      const again = [...list.children].find((item) => item.dataset.user === focused);
      if (again && !again.contains(document.activeElement) && again.querySelector('button')) again.querySelector('button').focus();
    }
    element('people-count').textContent = number(room.count);
    element('open-people').title = t('people.open', { n: room.count });
    element('people-note').textContent = many ? t('people.many') : '';
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
    if (person.muted) notes.append(make('span', 'badge', t('people.muted')));
    if (this.doubts(person)) notes.append(make('span', 'here', t('people.unverified')));
    if (mine) notes.append(make('span', 'here', t('people.you')));
    row.append(notes);
    item.append(row);
    return item;
  }

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
