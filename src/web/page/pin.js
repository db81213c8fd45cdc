// The pinned message, above the log.

import { element } from '../base/dom.js';
import { nameOf } from './person.js';
import { t } from '../base/i18n.js';
import { plain } from './text.js';

export class Pin {
  /** `jump(seq)` goes to the message. */
  constructor({ chat, jump }) {
    this.chat = chat;
    element('pin-jump').addEventListener('click', () => jump(this.chat.current.pin));
    element('pin-off').addEventListener('click', () => this.chat.changes.pin(this.chat.current, null));
  }

  render() {
    const room = this.chat.current;
    const { pin } = room;
    const entry = pin && (room.find(pin) || (room.pinned && room.pinned.seq === pin ? room.pinned : null));
    const shown = Boolean(entry) && !entry.deleted;
    element('pin').hidden = !shown;
    element('pin-off').hidden = !this.chat.canModerate;
    const line = element('pin-text');
    line.textContent = '';
    if (!shown) return;
    const text = document.createElement('bdi');
    text.textContent = plain(entry.text);
    line.append(nameOf(entry.from), t('list.colon'), text);
  }
}
