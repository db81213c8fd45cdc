// The button that creates a room, for those whom the server lets.

import { cleanLine } from '../base/clean.js';
import { element } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { refusal } from './sentences.js';
import { arrive } from './updates.js';

const LONGEST = 32;

export class NewRoom {
  constructor({ chat, dialog }) {
    Object.assign(this, { chat, dialog, who: 'nobody' });
    element('room-new').addEventListener('click', () => this.ask());
  }

  /** Who may create rooms on this server: `nobody`, `hosts` (with those who assist) or `all`. */
  learned(who) {
    this.who = who || 'nobody';
    this.render();
  }

  get offered() {
    const { me, canModerate } = this.chat;
    if (!me || me.role === 'observer' || this.chat.limited) return false;
    return this.who === 'all' || (this.who === 'hosts' && canModerate);
  }

  render() {
    element('room-new').hidden = !this.offered;
  }

  async ask() {
    const done = await this.dialog.confirm({
      title: [t('rooms.new.title')],
      body: t('rooms.new.body'),
      fields: { name: { label: t('rooms.new.name'), most: LONGEST } },
      yes: t('rooms.new.yes'),
      send: ({ name }) => this.create(cleanLine(name).trim().normalize('NFC')),
    });
    if (done) arrive();
  }

  /** Resolves to null, or to what is wrong in words. */
  create(name) {
    const { chat } = this;
    if (!/^[\p{L}\p{M}\p{N}_-]{1,32}$/u.test(name)) return Promise.resolve(t('rooms.new.wrong'));
    if (chat.rooms.has(name)) return Promise.resolve(t('rooms.new.there'));
    return new Promise((resolve) => {
      const refused = (why) => resolve(refusal(why));
      const offline = () => refused({ code: 'offline' });
      const sent = chat.request({ type: 'join', room: name }, {
        ack: () => {
          chat.open(name);
          resolve(null);
        },
        error: refused,
        lost: offline,
      });
      if (!sent) offline();
    });
  }
}
