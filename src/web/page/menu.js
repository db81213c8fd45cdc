// The actions on a message: the buttons beside it, its menu, and the confirmation before deleting. (The
// server decides what is allowed; the page only hides buttons that would be refused.)

import { box, button, iconButton } from '../base/dom.js';
import { nameOf } from './person.js';
import { EMOJI } from './reactions.js';
import { plain } from './text.js';
import { t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

// The reactions that are one click away.
const QUICK = EMOJI.slice(0, 2);

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
    if (entry.kind === 'hand') {
      // Its words can be deleted, and nothing else.
      if (entry.what !== 'asked') return may;
      return { delete: leads && !entry.deleted, purge: chat.isHost && !entry.purged };
    }
    if (entry.deleted) return chat.isHost && !entry.purged ? { purge: true } : may;
    may.react = may.reply = true;
    may.edit = entry.own && serverNow() - entry.at < chat.editWindow * 1000;
    may.pin = leads;
    may.delete = entry.own || leads;
    may.purge = chat.isHost;
    return may;
  }

  /** The toolbar of a message: the usual reactions, the usual action, and the menu. */
  beside(entry) {
    const may = this.may(entry);
    if (!Object.values(may).includes(true) && this.extended(entry).length === 0) return [];
    const mine = entry.reactions.get(this.chat.me.id);
    const faces = (may.react ? QUICK : []).map((emoji) => {
      const face = button('react', emoji, () => this.choose(entry, emoji));
      face.dataset.react = emoji;
      face.setAttribute('aria-label', t('reaction.' + EMOJI.indexOf(emoji)));
      face.setAttribute('aria-pressed', String(emoji === mine));
      return face;
    });
    const reply = may.reply && !entry.own
      ? iconButton('reply', 'reply', t('message.reply.to', { name: entry.from.name }), () => this.choose(entry, 'reply')) : null;
    const edit = may.edit ? iconButton('edit', 'pencil', t('message.edit'), () => this.choose(entry, 'edit')) : null;
    const name = entry.own ? t('menu.open.own') : entry.from ? t('menu.open.of', { name: entry.from.name }) : t('menu.open.question');
    const more = iconButton('acts', 'ellipsis', name, () => this.open(entry, more));
    more.setAttribute('aria-haspopup', 'dialog');
    return [box('div', 'tools', ...faces, edit, reply, more)];
  }

  /** Opens the menu of a message, beside the button that opened it. */
  async open(entry, anchor) {
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
      anchor,
      title: [entry.own ? t('message.you') : entry.from ? nameOf(entry.from) : t('hands.anonymous')],
      body: entry.deleted ? t('message.deleted') : [...plain(entry.question || entry.text)].slice(0, 120).join(''),
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
