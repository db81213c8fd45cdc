// The rooms column: every room with its unread count, and the header of the open room.

import { box, element, make, reconcile } from '../base/dom.js';
import { duration, number, t } from '../base/i18n.js';

export class RoomList {
  constructor({ chat, open, leave }) {
    Object.assign(this, { chat, open, leave });
  }

  render() {
    const { chat } = this;
    const list = element('rooms');
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.room : null;
    const rows = [...chat.rooms.values()].sort((a, b) => this.order(a, b)).map((room) => {
      const item = make('li');
      const button = make('button', 'row');
      button.type = 'button';
      button.dataset.room = room.name;
      if (room === chat.current) button.setAttribute('aria-current', 'true');
      button.append(make('bdi', '', room.name));
      if (room.unread) {
        button.dataset.unread = '';
        const unread = make('span', 'unread', number(room.unread));
        unread.setAttribute('role', 'img');
        unread.setAttribute('aria-label', t('rooms.unread', { n: room.unread }));
        button.append(unread);
      } else if (room.count) {
        button.append(make('span', 'here', t('rooms.here', { n: room.count })));
      }
      button.addEventListener('click', () => this.open(room.name));
      item.append(button);
      if (room.joined && room.name !== chat.home) {
        const leave = make('button', 'quiet', '×');
        leave.type = 'button';
        leave.title = t('rooms.leave', { room: room.name });
        leave.setAttribute('aria-label', leave.title);
        leave.addEventListener('click', () => this.leave(room));
        item.append(leave);
      }
      return item;
    });
    reconcile(list, rows);
    const again = list.contains(document.activeElement) ? null : focused;
    list.querySelectorAll('button[data-room]').forEach((button) => { if (button.dataset.room === again) button.focus(); });
    element('open-rooms').dataset.unread = chat.unread ? number(chat.unread) : '';
    this.head();
  }

  /** The room where everybody arrives comes first, the others by their names. */
  order(a, b) {
    const { home } = this.chat;
    if (a.name === home || b.name === home) return a.name === home ? -1 : 1;
    return a.name.localeCompare(b.name);
  }

  /** The open room's name and, in words, its state. */
  head() {
    const room = this.chat.current;
    if (!room) return;
    element('room-name').textContent = room.name;
    const { locked, slow, approve } = room.state;
    const holds = [['locked', locked], ['slow', slow], ['approve', approve], ['between', !this.chat.classRules.runs]].filter(([, on]) => on);
    // One has room for a sentence, except on a phone; several are a word each.
    const state = element('room-state');
    state.textContent = '';
    holds.forEach(([what]) => {
      const facts = { every: duration(slow) };
      const [long, short] = ['', '.short'].map((form) => make('span', '', t('state.' + what + form, facts)));
      short.className = 'brief';
      const chip = holds.length > 1 ? box('span', 'chip strict', short) : box('span', 'chip strict', long, short);
      chip.title = long.textContent;
      state.append(chip);
    });
    if (!holds.length) state.append(make('span', 'chip', t('state.open')));
  }

  /** The name of the room `step` places further down the list. */
  neighbour(step) {
    const names = [...this.chat.rooms.values()].sort((a, b) => this.order(a, b)).map(({ name }) => name);
    const at = names.indexOf(this.chat.current.name);
    return names[(at + step + names.length) % names.length];
  }
}
