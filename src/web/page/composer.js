// The composer: a draft for each room, which survives a reload; replies and edits; and a note that says why something cannot be sent.

import { cleanText, refusedCharacter } from '../base/clean.js';
import { button, element, make } from '../base/dom.js';
import { reasonOf } from './sentences.js';
import { recall, remember } from '../base/session.js';
import { duration, left, phrase, t, when } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

const TYPING_EVERY_MS = 3000;
const TALLEST_PX = 192;
const SECOND_MS = 1000;
const HOUR_S = 3600;

/** How long until a time of the server: to the second within the hour. */
function countdown(until) {
  const s = Math.max(0, Math.ceil((until - serverNow()) / SECOND_MS));
  return s > HOUR_S ? left(until) : Math.floor(s / 60) + ':' + String(s % 60).padStart(2, '0');
}

/** By whom we are muted, why and for how long, as far as it is known. */
function muted({ by, reason, until }) {
  // The server's own reason: the person whose name stands there did nothing to us.
  const own = Boolean(reason) && reasonOf(reason) !== reason;
  const sentences = [own ? t('muted.server') : by ? t('muted.by', { by: by.name }) : t('composer.muted')];
  if (reason && !own) sentences.push(t('removed.why', { reason: reasonOf(reason) }));
  sentences.push(until ? t('muted.until', { time: when(until), left: countdown(until) }) : t('muted.open'));
  return sentences.join(t('sentence.gap'));
}

export class Composer {
  /** `typing()` reports typing; `resized()` is called when the height changes; `last(room)` is the message
      that the key Up edits; `whisper(person)` begins a private message. */
  constructor({ chat, typing, resized, last, whisper }) {
    Object.assign(this, { chat, typing, resized, last, whisper });
    this.area = element('composer-text');
    this.note = element('composer-note');
    this.words = make('span');
    // Who is muted can still write to those who lead.
    this.help = button('link', '', () => this.whisper(this.chat.person(this.chat.muted.by)));
    this.note.append(this.words, ' ', this.help);
    this.reply = null;
    this.editing = null;
    this.typingSentAt = -Infinity;
    element('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    this.area.addEventListener('input', () => this.changed());
    this.area.addEventListener('keydown', (event) => {
      // While an input method composes, Enter chooses characters. (Safari reports the key code 229 then.)
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
        event.preventDefault();
        this.send();
      } else if (event.key === 'ArrowUp' && !event.altKey && !this.area.value && !this.editing) {
        const last = this.last(this.room);
        if (!last) return;
        event.preventDefault();
        this.edit(last);
      }
    });
    element('composer-context').querySelector('button').addEventListener('click', () => this.cancel());
  }

  /** Shows the draft of a room. */
  open(room) {
    this.room = room;
    this.reply = null;
    this.editing = null;
    this.area.value = recall('draft.' + room.name) || '';
    this.grow();
    this.render();
  }

  startReply(entry) {
    this.setTarget({ reply: entry });
  }

  edit(entry) {
    this.setTarget({ editing: entry });
  }

  /** Cancels a reply or edit; says whether there was one. */
  cancel() {
    if (!this.reply && !this.editing) return false;
    this.setTarget({});
    return true;
  }

  /** Changes what is being written. An edit never stays in the field as text for the room. */
  setTarget({ reply = null, editing = null }) {
    if (editing) this.area.value = editing.text;
    else if (this.editing) this.area.value = recall('draft.' + this.room.name) || '';
    Object.assign(this, { reply, editing, sent: null });
    this.grow();
    this.render();
    this.area.focus();
  }

  changed() {
    // Edits are not stored.
    if (!this.editing) remember('draft.' + this.room.name, this.area.value || null);
    this.grow();
    this.render();
    if (!this.editing && this.area.value.trim() && performance.now() - this.typingSentAt > TYPING_EVERY_MS && !this.problem()) {
      this.typingSentAt = performance.now();
      this.typing();
    }
  }

  grow() {
    this.area.style.height = 'auto';
    const height = this.area.scrollHeight + 2;
    this.area.style.height = Math.min(height, TALLEST_PX) + 'px';
    this.area.style.overflowY = height > TALLEST_PX ? 'auto' : 'hidden';
    this.resized();
  }

  /** What would be sent. */
  get text() { return cleanText(this.area.value).trim(); }

  send() {
    const { text } = this;
    if (!text || this.wrong(text) || this.chat.me.role === 'observer') return;
    // The text stays, until it can be sent.
    if (this.silenced) return;
    if (this.editing) {
      if (text === (this.room.find(this.editing.seq) || this.editing).text) this.setTarget({});
      else if (text !== this.sent) this.sent = this.chat.changes.edit(this.editing, text) ? text : null;
      return;
    }
    this.chat.outbox.say(text, this.reply ? this.reply.seq : undefined);
    remember('draft.' + this.room.name, null);
    this.area.value = '';
    this.typingSentAt = -Infinity;
    this.setTarget({});
  }

  /** Ends an edit when the message has the new text, or that waits for approval, or the message is deleted. Until then the text stays here. */
  entryChanged(entry) {
    const about = (other) => other && other.room === entry.room && other.seq === entry.seq;
    const waits = this.chat.approvals.editOf(entry);
    const saved = [entry.text, waits && !waits.why ? waits.text : null];
    if (about(this.editing) && (entry.deleted || saved.includes(this.text))) this.setTarget({});
    if (about(this.reply) && entry.deleted) this.setTarget({});
  }

  /** An edit gets no answer any more, so it may be sent again. */
  allowResend() {
    this.sent = null;
  }

  /** What the server would refuse in a text, or ''. */
  wrong(text) {
    const refused = refusedCharacter(text);
    if (refused) return t('composer.refused', refused);
    const { text: most, lines } = this.chat.limits;
    const count = [...text].length;
    if (count > most) return t('composer.long', { n: count, most });
    const rows = text.split('\n').length;
    if (rows > lines) return t('composer.lines', { n: rows, most: lines });
    const bytes = this.chat.outbox.tooLarge(text);
    return bytes ? t('composer.bytes', bytes) : '';
  }

  /** Whether we are muted. */
  get silenced() {
    const { chat } = this;
    if (chat.muted && chat.muted.until && chat.muted.until < serverNow()) chat.muted = null;
    return Boolean(chat.muted);
  }

  /** Why a message would be refused now, or ''. (The server decides.) */
  problem() {
    const { chat } = this;
    if (chat.me.role === 'observer') return t('composer.observer');
    if (this.silenced) return muted(chat.muted);
    if (chat.canModerate) return '';
    return this.room.state.locked ? t('composer.locked') : '';
  }

  /** What will happen to a message in this room, or ''. */
  hint() {
    const { slow, approve } = this.room.state;
    if (this.chat.canModerate) return '';
    return [approve ? t('composer.approve') : '', slow ? t('composer.slow', { every: duration(slow) }) : '']
      .filter(Boolean).join(' ');
  }

  /** Puts words back into the field, behind what stands there. */
  takeBack(text, replyTo) {
    this.setTarget({ reply: replyTo || null });
    this.area.value = [this.area.value, text].filter(Boolean).join('\n');
    this.changed();
  }

  render() {
    if (!this.room || !this.chat.me) return;
    const words = this.wrong(this.text) || this.problem() || this.hint();
    if (this.words.textContent !== words) this.words.textContent = words;
    this.note.hidden = !words;
    const { silenced } = this;
    this.note.classList.toggle('muted', silenced);
    element('composer-send').disabled = silenced;
    this.help.hidden = !silenced || !this.chat.muted.by || this.chat.whispering === 'off';
    if (!this.help.hidden) this.help.textContent = t('muted.help', { by: this.chat.muted.by.name });
    element('composer-row').hidden = this.chat.me.role === 'observer';
    const context = element('composer-context');
    context.hidden = !this.reply && !this.editing;
    element('composer-send').textContent = t(this.editing ? 'composer.save' : 'composer.send');
    const line = context.querySelector('span');
    line.textContent = '';
    if (this.reply) line.append(phrase('composer.reply', { name: this.reply.from.name }));
    if (this.editing) line.append(t('composer.edit'));
    clearTimeout(this.timer);
    if (this.chat.muted && this.chat.muted.until) {
      this.timer = setTimeout(() => this.render(), ((this.chat.muted.until - serverNow()) % SECOND_MS) + 50);
    }
    this.resized();
  }
}
