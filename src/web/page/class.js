// The class as a whole, for those who lead it: the class code and "quiet the class" above the tabs of the
// desk, and a tab with slow mode, the people who were removed, the records and the end of the lesson.

import { element, make } from '../base/dom.js';
import { duration, t, when } from '../base/i18n.js';

const SLOWS_S = [0, 5, 10, 30, 60];

export class ClassView {
  constructor({ chat, desk, dialog }) {
    Object.assign(this, { chat, desk, dialog });
    element('tool-lock').addEventListener('click', () => {
      const room = chat.current;
      chat.moderation.moderate('lock', { room: room.name, on: !room.state.locked });
    });
    element('tool-slow').addEventListener('change', (event) => {
      chat.moderation.moderate('slow', { room: chat.current.name, seconds: Number(event.target.value) });
      // The list shows the current state until the server confirms the change.
      this.render();
    });
    element('tool-removed').addEventListener('click', () => this.removed());
    element('tool-end').addEventListener('click', () => this.end());
    desk.add({
      name: 'class',
      label: 'class.title',
      panel: element('tools'),
      shown: () => chat.canModerate,
      count: () => 0,
      render: () => this.render(),
      always: () => this.top(),
    });
  }

  /** What stands above the tabs. */
  top() {
    const { chat } = this;
    element('desk-top').hidden = !chat.canModerate;
    element('tool-lock').setAttribute('aria-pressed', String(chat.current.state.locked));
  }

  render() {
    const { chat } = this;
    const { slow } = chat.current.state;
    // A lesson ends in all rooms, so whoever leads only some does not end it.
    element('tool-end').hidden = !chat.isHost || chat.limited;
    element('tool-save').hidden = !chat.isHost;
    const select = element('tool-slow');
    select.textContent = '';
    const choices = SLOWS_S.includes(slow) ? SLOWS_S : SLOWS_S.concat(slow);
    choices.forEach((seconds) => {
      const option = make('option', '', seconds ? t('tools.slow.every', { every: duration(seconds) }) : t('tools.slow.off'));
      option.value = seconds;
      option.selected = seconds === slow;
      select.append(option);
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
