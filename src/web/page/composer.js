// The composer: a draft per room that survives a reload, an answer, a private message or a change in
// the making, and why something cannot be sent.

import { element } from '../base/dom.js';
import { recall, remember } from '../base/session.js';
import { clock, duration, phrase, t } from '../base/i18n.js';

const TYPING_EVERY_MS = 3000;
const TALLEST_PX = 192;

export class Composer {
  /** `typing()` tells the others; `grown()` lets the log keep its place; `last(room)` is the message
      that arrow-up edits. */
  constructor({ chat, typing, grown, last }) {
    Object.assign(this, { chat, typing, grown, last });
    this.area = element('composer-text');
    this.note = element('composer-note');
    this.reply = null;
    this.person = null;
    this.editing = null;
    this.told = 0;
    element('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    this.area.addEventListener('input', () => this.changed());
    this.area.addEventListener('keydown', (event) => {
      // While an input method composes, Enter chooses characters (229 is how Safari says so).
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
        event.preventDefault();
        this.send();
      } else if (event.key === 'ArrowUp' && !event.altKey && !this.area.value && !this.editing && !this.person) {
        const last = this.last(this.room);
        if (!last) return;
        event.preventDefault();
        this.edit(last);
      }
    });
    element('composer-context').querySelector('button').addEventListener('click', () => this.cancel());
  }

  /** Another room, another draft. */
  open(room) {
    this.room = room;
    this.reply = null;
    this.person = null;
    this.editing = null;
    this.area.value = recall('draft.' + room.name) || '';
    this.grow();
    this.render();
  }

  answer(entry) {
    this.aim({ reply: entry });
  }

  whisper(person) {
    this.aim({ person });
  }

  edit(entry) {
    this.aim({ editing: entry });
  }

  /** Says whether there was something to cancel. */
  cancel() {
    if (!this.reply && !this.person && !this.editing) return false;
    this.aim({});
    return true;
  }

  /** Text meant for one person, or for an old message, never stays behind in the field of the room. */
  aim({ person = null, reply = null, editing = null }) {
    if (editing) this.area.value = editing.text;
    else if (person) this.area.value = '';
    else if (this.person || this.editing) this.area.value = recall('draft.' + this.room.name) || '';
    Object.assign(this, { person, reply, editing, sent: null });
    this.grow();
    this.render();
    this.area.focus();
  }

  changed() {
    // What is written to one person alone is not kept on a shared computer.
    if (!this.person && !this.editing) remember('draft.' + this.room.name, this.area.value || null);
    this.grow();
    this.render();
    if (!this.person && !this.editing && this.area.value.trim() && Date.now() - this.told > TYPING_EVERY_MS && !this.problem()) {
      this.told = Date.now();
      this.typing();
    }
  }

  grow() {
    this.area.style.height = 'auto';
    const height = this.area.scrollHeight + 2;
    this.area.style.height = Math.min(height, TALLEST_PX) + 'px';
    this.area.style.overflowY = height > TALLEST_PX ? 'auto' : 'hidden';
    this.grown();
  }

  send() {
    const text = this.area.value.trim();
    if (!text || this.tooLong(text) || this.chat.me.role === 'observer') return;
    if (this.editing) {
      if (text === (this.room.find(this.editing.seq) || this.editing).text) this.aim({});
      else if (text !== this.sent) this.sent = this.chat.changes.edit(this.editing, text) ? text : null;
      return;
    }
    if (this.person) this.chat.outbox.whisper(this.person, text);
    else this.chat.outbox.say(text, this.reply ? this.reply.seq : undefined);
    if (!this.person) {
      remember('draft.' + this.room.name, null);
      this.area.value = '';
    }
    this.told = 0;
    this.aim({});
  }

  /** An edit is over when the message has the new words, or is gone; till then they stay here. */
  follow(entry) {
    const about = (other) => other && other.room === entry.room && other.seq === entry.seq;
    if (about(this.editing) && (entry.deleted || entry.text === this.area.value.trim())) this.aim({});
    if (about(this.reply) && entry.deleted) this.aim({});
  }

  /** No answer will come; it may be sent again. */
  unanswered() {
    this.sent = null;
  }

  tooLong(text) {
    const { text: most, lines } = this.chat.limits;
    const count = [...text].length;
    if (count > most) return t('composer.long', { n: count, most });
    const rows = text.split('\n').length;
    if (rows > lines) return t('composer.lines', { n: rows, most: lines });
    const bytes = this.chat.outbox.tooLarge(text);
    return bytes ? t('composer.bytes', bytes) : '';
  }

  /** Why nobody would hear it now, in words; the server has the last one. */
  problem() {
    const { chat } = this;
    if (chat.me.role === 'observer') return t('composer.observer');
    if (this.person) return '';
    if (chat.muted && chat.muted.until && chat.muted.until < Date.now()) chat.muted = null;
    if (chat.muted) {
      return chat.muted.until ? t('composer.muted.until', { time: clock(chat.muted.until) }) : t('composer.muted');
    }
    if (chat.canModerate) return '';
    return this.room.state.locked ? t('composer.locked') : '';
  }

  render() {
    if (!this.room || !this.chat.me) return;
    const { slow } = this.room.state;
    const words = this.tooLong(this.area.value.trim()) || this.problem()
      || (slow && !this.chat.canModerate && !this.person ? t('composer.slow', { every: duration(slow) }) : '');
    this.note.textContent = words;
    this.note.hidden = !words;
    element('composer-row').hidden = this.chat.me.role === 'observer';
    const context = element('composer-context');
    context.hidden = !this.reply && !this.person && !this.editing;
    element('composer-send').textContent = t(this.editing ? 'composer.save' : 'composer.send');
    context.classList.toggle('private', Boolean(this.person));
    const line = context.querySelector('span');
    line.textContent = '';
    if (this.reply) line.append(phrase('composer.reply', { name: this.reply.from.name }));
    if (this.editing) line.append(t('composer.edit'));
    if (this.person) line.append(phrase('composer.private', { name: this.person.name }));
    clearTimeout(this.timer);
    if (this.chat.muted && this.chat.muted.until) {
      this.timer = setTimeout(() => this.render(), Math.min(this.chat.muted.until - Date.now() + 500, 2147483647));
    }
    this.grown();
  }
}
