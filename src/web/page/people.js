// The people of the open room, the menu of a person, and the moderators' tools.

import { element, make, reconcile } from '../base/dom.js';
import { badgeOf, nameOf } from './person.js';
import { refusal } from './sentences.js';
import { duration, number, phrase, t, when } from '../base/i18n.js';

const MUTES_S = [60, 300, 900, 3600, 0];
const MUTE_S = 300;
const REMOVALS_S = [60, 600, 3600, 86400];
const REMOVAL_S = 600;
const SLOWS_S = [0, 5, 10, 30, 60];

const ROLES = ['host', 'moderator', 'member', 'observer'];
const place = (person) => ROLES.indexOf(person.role || 'member');

export class People {
  /** `whisper(person)` prepares the composer for a private message. */
  constructor({ chat, dialog, whisper }) {
    Object.assign(this, { chat, dialog, whisper });
    element('tool-lock').addEventListener('click', () => {
      const room = chat.current;
      chat.moderation.moderate('lock', { room: room.name, on: !room.state.locked });
    });
    element('tool-slow').addEventListener('change', (event) => {
      chat.moderation.moderate('slow', { room: chat.current.name, seconds: Number(event.target.value) });
      // The list shows the current state until the server confirms the change.
      this.tools();
    });
    element('tool-removed').addEventListener('click', () => this.removed());
    element('tool-end').addEventListener('click', () => this.end());
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
    element('open-people').textContent = t('people.open', { n: room.count });
    element('people-note').textContent = many ? t('people.many') : '';
    this.tools();
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
    row.append(nameOf(person));
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

  tools() {
    const { chat } = this;
    const room = chat.current;
    element('tools').hidden = !chat.canModerate;
    if (!chat.canModerate) return;
    element('tool-lock').setAttribute('aria-pressed', String(room.state.locked));
    // A lesson ends in all rooms, so whoever leads only some does not end it.
    element('tool-end').hidden = !chat.isHost || chat.limited;
    element('tool-save').hidden = !chat.isHost;
    const select = element('tool-slow');
    select.textContent = '';
    const choices = SLOWS_S.includes(room.state.slow) ? SLOWS_S : SLOWS_S.concat(room.state.slow);
    choices.forEach((seconds) => {
      const option = make('option', '', seconds ? t('tools.slow.every', { every: duration(seconds) }) : t('tools.slow.off'));
      option.value = seconds;
      option.selected = seconds === room.state.slow;
      select.append(option);
    });
  }

  /** Whether any action on a person is allowed. If not, the name is no button. (The server decides what is
      allowed; the page only hides buttons that would be refused.) */
  mayAct(person) { return this.mayWhisper(person) || this.mayModerate(person); }

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
    const badge = badgeOf(person) || make('span', 'badge', t('role.' + (person.role || 'member')));
    const answer = await this.dialog.choose({
      title: [nameOf(person), ' ', badge],
      body: this.doubts(person) ? t('people.unverified.body') : '',
      buttons,
    });
    if (!answer) return;
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

  /** Shows who is out, and lets one of them in again. */
  async removed() {
    const out = await this.chat.moderation.removals();
    if (!out) return;
    const user = await this.dialog.choose({
      title: [t('out.title')],
      body: out.length ? t('out.body') : t('out.none'),
      buttons: out.map(({ user: { id, name }, until }) => (
        { action: id, words: t('out.let_in', { name: name || id, time: when(until) }) }
      )),
    });
    if (user) this.chat.moderation.moderate('unkick', { user });
  }

  async end() {
    const answer = await this.dialog.confirm({
      title: [t('end.title')], body: t('end.body'), yes: t('end.yes'), danger: true,
    });
    if (answer) this.chat.moderation.moderate('end_lesson', {});
  }
}
