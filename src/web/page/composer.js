// The composer: a draft for each room, which survives a reload; replies and edits; and a note that says why something cannot be sent.

import { cleanText, onlyInvisible, refusedCharacter } from '../base/clean.js';
import { button, element, grow, make } from '../base/dom.js';
import { draftOf, keepDraft } from './drafts.js';
import { sayEnter, sends } from './enter.js';
import { tooLong } from '../chat/lengths.js';
import { reasonOf, refusal } from './sentences.js';
import { countdown, duration, ends, phrase, t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';
import { byServer } from '../chat/removal.js';
import { speech } from '../chat/speech.js';

const TYPING_EVERY_MS = 3000;
const SECOND_MS = 1000;

/** By whom we are muted, why and for how long, as far as it is known. */
function muted({ by, reason, until }) {
  // The server's own reason: the person whose name stands there did nothing to us.
  const own = byServer(reason);
  const sentences = [own ? t('muted.server') : by ? t('muted.by', { by: by.name }) : t('composer.muted')];
  if (reason && !own) sentences.push(t('removed.why', { reason: reasonOf(reason) }));
  sentences.push(until ? t('muted.until', { time: ends(until), left: countdown(until) }) : t('muted.open'));
  return sentences.join(t('sentence.gap'));
}

export class Composer {
  /** `typing()` reports typing; `resized()` is called when the height changes; `last(room)` is the message
      that the key Up edits; `whisper(person)` begins a private message. */
  constructor({ chat, typing, resized, last, whisper }) {
    Object.assign(this, { chat, typing, resized, last, whisper });
    this.area = element('composer-text');
    this.note = element('composer-note');
    // What became of a text that was pasted is of that text.
    this.pasted = element('composer-paste');
    this.words = make('span');
    // Who is muted can still write to those who lead.
    this.help = button('link', '', () => this.whisper(this.chat.person(this.chat.muted.by)));
    this.note.append(this.words, ' ', this.help);
    this.reply = null;
    this.editing = null;
    // Why the server gave a message back, until something else is written: {why, room}.
    this.told = null;
    this.typingSentAt = -Infinity;
    element('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    this.area.addEventListener('input', () => this.changed());
    this.area.addEventListener('keydown', (event) => {
      if (sends(event)) {
        event.preventDefault();
        this.send();
      } else if (event.key === 'ArrowUp' && !event.altKey && !this.area.value && !this.editing) {
        const last = this.last(this.room);
        if (!last) return;
        event.preventDefault();
        this.edit(last);
      }
    });
    sayEnter(this.area);
    element('composer-context').querySelector('button').addEventListener('click', () => this.cancel());
  }

  /** Shows the draft of a room. */
  open(room) {
    this.room = room;
    this.reply = null;
    this.editing = null;
    this.area.value = draftOf(room);
    this.pasted.hidden = true;
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
    else if (this.editing) this.area.value = draftOf(this.room);
    Object.assign(this, { reply, editing, sent: null });
    this.pasted.hidden = true;
    this.grow();
    this.render();
    this.area.focus();
  }

  changed() {
    // Edits are not stored.
    if (!this.editing) keepDraft(this.room, this.area.value);
    this.told = null;
    this.grow();
    this.render();
    if (!this.editing && this.area.value.trim() && performance.now() - this.typingSentAt > TYPING_EVERY_MS && this.speech.maySend) {
      this.typingSentAt = performance.now();
      this.typing();
    }
  }

  grow() {
    grow(this.area);
    this.resized();
  }

  /** What would be sent. */
  get text() { return cleanText(this.area.value).trim(); }

  send() {
    const { text } = this;
    // The text stays, until it can be sent.
    if (!text || this.wrong(text) || !this.speech.maySend) return;
    if (this.editing) {
      if (text === (this.room.find(this.editing.seq) || this.editing).text) this.setTarget({});
      else if (text !== this.sent) this.sent = this.chat.changes.edit(this.editing, text) ? text : null;
      return;
    }
    this.chat.outbox.say(text, this.reply ? this.reply.seq : undefined);
    keepDraft(this.room, '');
    this.area.value = this.room.returned = '';
    this.told = null;
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
    const unseen = onlyInvisible(text);
    if (unseen) return t('text.invisible', { character: unseen });
    const long = tooLong(text, this.chat.limits);
    if (long) return t(long.key, long);
    const bytes = this.chat.outbox.tooLarge(text);
    return bytes ? t('composer.bytes', bytes) : '';
  }

  /** Whether this person may write here now, and if not, why and until when. */
  get speech() { return this.chat.speech(this.room); }

  /** Why a message would be refused now, or ''. */
  problem({ maySend, reason, until }) {
    if (maySend) return '';
    const words = {
      observer: () => t('composer.observer'),
      muted: () => muted(this.room.muted),
      locked: () => t('composer.locked'),
      slow: () => t('composer.slow.wait', { every: duration(this.room.state.slow), left: countdown(until) }),
    }[reason]();
    return reason !== 'observer' && this.text ? words + t('sentence.gap') + t('composer.kept') : words;
  }

  /** What will happen to a message in this room, or ''. */
  hint() {
    const { slow, approve } = this.room.state;
    if (this.chat.canModerate) return '';
    return [approve ? t('composer.approve') : '', slow ? t('composer.slow', { every: duration(slow) }) : '']
      .filter(Boolean).join(' ');
  }

  /** Takes a message back that the server refused for as long as the room is as it is: before what was written
      since, and behind what came back before. */
  giveBack({ room, text, replyTo }, why) {
    const draft = draftOf(room);
    const first = room.returned && draft.startsWith(room.returned) ? room.returned : '';
    const rest = draft.slice(first.length).replace(/^\n/, '');
    room.returned = [first, text].filter(Boolean).join('\n');
    keepDraft(room, [room.returned, rest].filter(Boolean).join('\n'));
    // An edit in the field is left to its end, after which the draft comes back.
    if (room !== this.room || this.editing) return;
    this.area.value = draftOf(room);
    this.reply = this.reply || room.find(replyTo) || null;
    this.told = { why, room };
    this.grow();
    this.render();
  }

  /** Puts words back into the field, behind what stands there. */
  takeBack(text, replyTo) {
    this.setTarget({ reply: replyTo || null });
    this.area.value = [this.area.value, text].filter(Boolean).join('\n');
    this.changed();
  }

  render() {
    if (!this.room || !this.chat.me) return;
    const { speech: now, told } = this;
    const { maySend, reason, until } = now;
    // What the room itself stops is over when the room says so.
    const refused = maySend && told && told.room === this.room && told.why.code === 'awaiting_approval' ? refusal(told.why) : '';
    const words = this.problem(now) || this.wrong(this.text) || refused || this.hint();
    if (this.words.textContent !== words) this.words.textContent = words;
    this.note.hidden = !words;
    this.note.classList.toggle('muted', reason === 'muted');
    element('composer-send').disabled = !maySend;
    const { by } = this.room.muted || {};
    this.help.hidden = reason !== 'muted' || !by || this.chat.whispering === 'off';
    if (!this.help.hidden) this.help.textContent = t('muted.help', { by: by.name });
    element('composer-row').hidden = reason === 'observer';
    const context = element('composer-context');
    context.hidden = !this.reply && !this.editing;
    const send = element('composer-send');
    send.title = t(this.editing ? 'composer.save' : 'composer.send');
    send.setAttribute('aria-label', send.title);
    const line = context.querySelector('span');
    line.textContent = '';
    if (this.reply) line.append(phrase('composer.reply', { name: this.reply.from.name }));
    if (this.editing) line.append(t('composer.edit'));
    clearTimeout(this.timer);
    if (until) this.timer = setTimeout(() => this.render(), ((until - serverNow()) % SECOND_MS) + 50);
    this.resized();
  }
}
