// The actions on a message: the buttons beside it, its menu, and the confirmation before deleting. (The
// server decides what is allowed; the page only hides buttons that would be refused.)

import { button } from '../base/dom.js';
import { nameOf } from './person.js';
import { EMOJI } from './reactions.js';
import { t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

export class Menu {
  /** `reply(entry)` and `edit(entry)` prepare the composer. */
  constructor({ chat, dialog, reply, edit }) {
    Object.assign(this, { chat, dialog, reply, edit });
    this.extensions = [];
  }

  /** Adds actions of a feature to the menu of a message: `actions(entry)` returns
      `[{action, words, act, danger?}]`, or `[]` where there are none now. */
  extend(actions) {
    this.extensions.push(actions);
  }

  extended(entry) {
    return this.extensions.reduce((all, actions) => all.concat(actions(entry)), []);
  }

  get speaks() { return Boolean(this.chat.me) && this.chat.me.role !== 'observer'; }

  /** The actions that are allowed on an entry now. */
  may(entry) {
    const { chat } = this;
    const may = {};
    if (!entry.seq || !this.speaks) return may;
    const leads = chat.canModerate;
    if (entry.deleted) return chat.isHost && !entry.purged ? { purge: true } : may;
    may.react = may.reply = true;
    may.edit = entry.own && serverNow() - entry.at < chat.editWindow * 1000;
    may.pin = leads;
    may.delete = entry.own || leads;
    may.purge = chat.isHost;
    return may;
  }

  /** The buttons beside a message: the usual action in words, and "⋯" for the menu. */
  beside(entry) {
    const may = this.may(entry);
    const buttons = [];
    if (may.edit) buttons.push(button('edit link', t('message.edit'), () => this.choose(entry, 'edit')));
    else if (may.reply && !entry.own) {
      buttons.push(button('reply link', t('message.reply'), () => this.choose(entry, 'reply')));
      buttons[0].setAttribute('aria-label', t('message.reply.to', { name: entry.from.name }));
    }
    if (Object.keys(may).length || this.extended(entry).length) {
      const more = button('acts link', '⋯', () => this.open(entry));
      more.title = t('menu.open');
      more.setAttribute('aria-label', entry.own ? t('menu.open.own') : t('menu.open.of', { name: entry.from.name }));
      more.setAttribute('aria-haspopup', 'dialog');
      buttons.push(more);
    }
    return buttons;
  }

  async open(entry) {
    const may = this.may(entry);
    const pinned = entry.room.pin === entry.seq;
    const actions = [
      ['reply', may.reply, t('message.reply')],
      ['edit', may.edit, t('message.edit')],
      ['pin', may.pin && !pinned, t('menu.pin')],
      ['unpin', may.pin && pinned, t('pin.off')],
      ['delete', may.delete, t('menu.delete')],
      ['purge', may.purge, t('menu.purge')],
    ];
    const more = this.extended(entry);
    const mine = entry.reactions.get(this.chat.me.id);
    const answer = await this.dialog.choose({
      title: [entry.own ? t('message.you') : nameOf(entry.from)],
      body: entry.deleted ? t('message.deleted') : [...entry.text].slice(0, 120).join(''),
      faces: (may.react ? EMOJI : []).map((emoji) => ({
        action: emoji, words: emoji, label: t('reaction.' + EMOJI.indexOf(emoji)), pressed: emoji === mine,
      })),
      buttons: actions.filter(([, on]) => on).map(([action, , words]) => (
        { action, words, danger: action === 'delete' || action === 'purge' })).concat(more),
    });
    const extra = more.find(({ action }) => action === answer);
    if (extra) extra.act();
    else if (answer) this.choose(entry, answer);
  }

  async choose(entry, action) {
    const { changes } = this.chat;
    if (EMOJI.includes(action)) changes.react(entry, action);
    else if (action === 'pin') changes.pin(entry.room, entry.seq);
    else if (action === 'unpin') changes.pin(entry.room, null);
    else if (action === 'edit' && !this.may(entry).edit) this.chat.refused({ code: 'too_late' });
    else if (action === 'edit' || action === 'reply') this[action](entry);
    else if (await this.sure(entry, action)) changes.delete(entry, action === 'purge');
  }

  sure(entry, action) {
    return this.dialog.confirm({
      title: [t(action + '.title')],
      body: t(action + '.body'),
      yes: t(action + '.yes'),
      danger: true,
    });
  }

  /** Our newest message that can still be edited. */
  last(room) {
    return room.entries.slice().reverse().find((entry) => entry.kind === 'message' && entry.own && this.may(entry).edit);
  }
}
