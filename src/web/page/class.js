// The class as a whole, for those who lead it: "quiet the class", the door, "approve first" and slow mode above
// the tabs of the desk; a tab with the people who are muted or out and the records; the end of the lesson at the
// foot; a ban in the menu of a person; and a card for whoever may be somebody who was muted or removed.

import { actions, card } from './cards.js';
import { Late } from './late.js';
import { LessonView } from './lesson.js';
import { Lobby } from './lobby.js';
import { badgeOf, nameOf } from './person.js';
import { refusal } from './sentences.js';
import { element, make, reconcile } from '../base/dom.js';
import { duration, left, phrase, t } from '../base/i18n.js';

const SLOWS_S = [0, 5, 10, 30, 60];
// How long a ban lasts, in seconds; 0 is without an end. What binds the device of whoever joined with the
// class code ends with the lesson at the latest, so nothing longer is offered for them.
const BANS_S = [28800, 86400, 604800, 0];
const BANS_OF_LESSON_S = [3600, 0];
// The times that are left are written again this often.
const RENEWED_MS = 15000;

export class ClassView {
  constructor({ chat, desk, dialog, people, display, downloads, partMissing }) {
    Object.assign(this, { chat, desk, dialog, people });
    this.lesson = new LessonView({ chat, desk, dialog, display, downloads });
    // Only those who lead see them.
    this.records = new Late(async () => {
      const [{ Sanctions }, { Register }] = await Promise.all([import('./sanctions.js'), import('./register.js')]);
      return { sanctions: new Sanctions({ chat }), register: new Register({ chat }) };
    }, partMissing);
    this.lobby = new Lobby({ chat, desk });
    this.suspects = desk.card('suspects');
    this.suspects.setAttribute('aria-live', 'polite');
    element('tool-lock').addEventListener('click', () => {
      const room = chat.current;
      chat.moderation.moderate('lock', { room: room.name, on: !room.state.locked });
    });
    element('tool-approve').addEventListener('click', () => {
      const { name, state } = chat.current;
      chat.moderation.moderate('approve', { room: name, on: !state.approve });
    });
    element('tool-door').addEventListener('click', () => chat.classRules.moveDoor(!chat.classRules.door));
    element('tool-slow').addEventListener('change', (event) => {
      chat.moderation.moderate('slow', { room: chat.current.name, seconds: Number(event.target.value) });
      // The list shows the current state until the server confirms the change.
      this.showSlow();
    });
    element('tool-end').addEventListener('click', () => this.lesson.end());
    // The drawer shows the tab again that was open before.
    element('open-people').addEventListener('click', () => {
      this.left();
      desk.changed('class');
    });
    people.extend((person) => (people.mayModerate(person)
      ? [{ action: 'ban', words: t('person.ban'), act: () => this.ban(person), danger: true }] : []));
    desk.add({
      name: 'class',
      label: 'class.title',
      picture: 'clock',
      panel: element('tools'),
      shown: () => chat.canModerate,
      count: () => chat.classRules.undecided.length,
      render: () => this.render(),
      left: () => this.left(),
      always: () => this.always(),
    });
    setInterval(() => {
      const { undecided, sanctions } = chat.classRules;
      if (chat.canModerate && (undecided.length || sanctions)) desk.changed('class');
    }, RENEWED_MS);
  }

  /** What stands above the tabs, at the foot, and above the composer. */
  always() {
    const { chat } = this;
    const { leadsAll, door, runs } = chat.classRules;
    const { locked, approve } = chat.current.state;
    element('tool-lock').hidden = element('desk-rules').hidden = !chat.canModerate;
    this.showRule('tool-lock', locked, t('tools.lock.state', { state: t(locked ? 'rule.on' : 'rule.off') }), t(locked ? 'tools.lock.on' : 'tools.lock.off'));
    // Between two lessons the door is shut, and only the next lesson opens it.
    element('tool-door').hidden = !leadsAll || door === null || !runs;
    this.showRule('tool-door', door === false, t(door === false ? 'rule.closed' : 'rule.open'), t(door === false ? 'door.closed' : 'door.open'));
    this.showRule('tool-approve', approve, t(approve ? 'rule.on' : 'rule.off'), t(approve ? 'approvals.on' : 'approvals.off'));
    this.showSlow();
    this.showFoot();
    this.lesson.always();
    this.lobby.render();
    this.showSuspects();
  }

  /** A switch says its state, and in its hint what that means. */
  showRule(id, on, words, what) {
    const node = element(id);
    node.setAttribute('aria-pressed', String(on));
    node.title = what;
    // Without the isolates around facts: speech control compares whole words.
    element(id + '-state').textContent = words.replace(/[\u2068\u2069]/g, '');
  }

  showSlow() {
    const { slow } = this.chat.current.state;
    const select = element('tool-slow');
    const choices = SLOWS_S.includes(slow) ? SLOWS_S : SLOWS_S.concat(slow);
    const options = choices.map((seconds) => {
      const option = make('option', '', seconds ? duration(seconds) : t('rule.off'));
      option.value = seconds;
      return option;
    });
    // A list that is open stays open: its options are replaced only if they are others.
    reconcile(select, options);
    select.value = slow;
    select.parentNode.classList.toggle('on', slow > 0);
    select.title = slow ? t('tools.slow.every', { every: duration(slow) }) : '';
  }

  /** A lesson ends in all rooms, so whoever leads only some does not end it. The foot stays for the calls for help. */
  showFoot() {
    const { chat } = this;
    const ends = !chat.limited && chat.classRules.runs;
    const n = Math.max(...[...chat.rooms.values()].map(({ count }) => count || 0));
    element('desk-foot').hidden = !chat.isHost;
    element('tool-end').hidden = !ends;
    element('desk-foot-words').textContent = !ends ? '' : n > 1 ? t('foot.all', { n }) : t('foot.everybody');
  }

  render() {
    // Together, so that nothing moves under a finger.
    this.records.use(({ sanctions, register }) => {
      element('tool-save').hidden = !this.chat.isHost;
      sanctions.render();
      register.render();
    });
  }

  left() {
    const { part } = this.records;
    if (!part) return;
    part.sanctions.hideNames();
    part.register.left();
  }

  // ---- suspects ---------------------------------------------------------------------------------

  /** A card for each person who came with the name of somebody who is muted or out, until somebody decides. */
  showSuspects() {
    const { chat } = this;
    const all = chat.canModerate ? chat.classRules.undecided : [];
    this.suspects.hidden = !all.length;
    if (!all.length) {
      this.suspects.textContent = '';
      return;
    }
    const rows = [make('h2', '', t('suspects.title'))].concat(all.map((suspect) => this.suspect(suspect)));
    const shut = chat.classRules;
    if (shut.leadsAll && shut.door && shut.runs) {
      rows.push(actions([{ words: t('suspects.door'), act: () => chat.classRules.moveDoor(false) }]));
      rows[rows.length - 1].dataset.action = 'door';
    }
    reconcile(this.suspects, rows);
  }

  suspect({ user, was, action, reason, until }) {
    const { chat } = this;
    const node = card({ head: [nameOf(user)] });
    node.dataset.user = user.id;
    const facts = { name: user.name, was: was.name, reason: reason || '', left: until ? left(until) : '' };
    const words = [phrase('suspects.was.' + (action || 'other'), facts)];
    if (reason) words.push(t('sentence.gap'), phrase('sanction.why', facts));
    words.push(t('sentence.gap'), phrase(until ? 'suspects.until' : 'suspects.open', facts));
    const text = make('p');
    text.append(...words);
    const one = (name, more) => Object.assign({
      words: t('suspects.' + name), act: () => chat.moderation.moderate(name, { user: user.id }),
      label: t('suspects.' + name + '.who', { name: user.name }),
    }, more);
    const row = actions([one('unmute', { primary: true }), one('kick', { danger: true })]);
    ['unmute', 'kick'].forEach((name, n) => { row.children[n].dataset.action = name; });
    node.append(text, row);
    return node;
  }

  // ---- bans -------------------------------------------------------------------------------------

  ban(person) {
    const { unverified: typed } = person;
    const open = t(typed ? 'ban.for.lesson' : 'ban.for.ever');
    const badge = badgeOf(person);
    this.dialog.confirm({
      title: [phrase('ban.title', { name: person.name })].concat(badge ? [' ', badge] : []),
      body: phrase(typed ? 'ban.body.typed' : 'ban.body', { name: person.name }),
      fields: {
        seconds: {
          label: t('mute.for'),
          usual: typed ? 0 : BANS_S[0],
          options: (typed ? BANS_OF_LESSON_S : BANS_S).map((value) => ({ value, words: value ? duration(value) : open })),
        },
        reason: { label: t('reason') },
      },
      yes: t('ban.yes'),
      danger: true,
      send: async ({ seconds, reason }) => {
        const request = { user: person.id };
        if (Number(seconds)) request.seconds = Number(seconds);
        if (reason) request.reason = reason;
        const why = await this.chat.moderation.attempt('ban', request);
        return why && refusal(why);
      },
    });
  }
}
