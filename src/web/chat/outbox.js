// What we say: on its way until it is saved, sent again after a break under the same `ref` so that it
// is said once, kept over a reload, and handed back when it is refused.

import { untouched } from './entry.js';
import { keep, kept, randomHex, recall } from '../base/session.js';

// The server's Close for a message above its limit (RFC 6455 §7.4.1).
const TOO_BIG = 1009;

/** Bytes of a message on the wire. */
const size = (message) => new TextEncoder().encode(JSON.stringify(message)).length;

export class Outbox {
  constructor(chat) {
    this.chat = chat;
  }

  say(text, replyTo) {
    this.chat.current.mark = null;
    this.dispatch(this.draft({ kind: 'message', text, replyTo, room: this.chat.current }));
    this.keep();
  }

  whisper(person, text) {
    this.dispatch(this.draft({ kind: 'whisper', text, to: person, room: this.chat.current }));
  }

  draft(entry) {
    Object.assign(entry, untouched(), {
      from: this.chat.me, own: true, at: Date.now(), ref: randomHex(16), state: 'pending', live: true,
    });
    entry.room.queue(entry);
    this.chat.observer.entryPut(entry.room, entry);
    return entry;
  }

  /** Puts a pending entry on the wire, if there is one; otherwise it waits for `joined`. */
  dispatch(entry) {
    if (entry.kind === 'message' && !entry.room.joined) return;
    // The text comes early: the protocol view shows the first bytes of a frame.
    const message = entry.kind === 'whisper'
      ? { type: 'whisper', text: entry.text, to: entry.to.id, ref: entry.ref }
      : { type: 'send', text: entry.text, room: entry.room.name, ref: entry.ref };
    if (entry.replyTo) message.reply_to = entry.replyTo;
    // It would end the connection, and be sent again by the next one, and so on.
    if (size(message) > this.chat.limits.message) {
      this.fail(entry, { code: 'too_large' });
      return;
    }
    if (!this.chat.send(message)) return;
    entry.sent = entry.onWire = true;
    this.chat.asked.set(entry.ref, {
      ack: (answer) => this.confirm(entry, answer),
      error: (why) => { if (entry.state !== 'saved') this.fail(entry, why); },
    });
  }

  /** Sends what waits in a room, or in all. */
  flush(kind, room) {
    (room ? [room] : [...this.chat.rooms.values()]).forEach((each) => each.pending().forEach((entry) => {
      if (entry.kind === kind) this.dispatch(entry);
    }));
  }

  /** More bytes than may be sent? The limit in characters may allow it. Nothing that carries a text has
      more beside it than this. */
  tooLarge(text) {
    const { message: most } = this.chat.limits;
    const around = { type: 'whisper', text: '', room: this.chat.current.name, reply_to: Number.MAX_SAFE_INTEGER, ref: randomHex(16) };
    // A character is at most six bytes, as an escape; counting them costs more.
    if (size(around) + text.length * 6 <= most) return null;
    const n = size(Object.assign(around, { text }));
    return n > most ? { n, most } : null;
  }

  /** The connection has ended with a code. Private messages are not kept by the server: whether one
      arrived, nobody can tell. What was too big for somebody on the way waits for a person: it can only
      have been the largest, and the others, sent again, show whether it was. */
  lost(code) {
    const pending = [].concat(...[...this.chat.rooms.values()].map((room) => room.pending()));
    pending.filter(({ kind, sent }) => kind === 'whisper' && sent)
      .forEach((entry) => this.fail(entry, { code: 'unknown_fate' }));
    const sent = pending.filter(({ kind, onWire }) => kind === 'message' && onWire);
    const [largest] = sent.sort((a, b) => size(b.text) - size(a.text));
    if (code === TOO_BIG && largest) this.fail(largest, { code: 'too_large' });
    sent.forEach((entry) => { entry.onWire = false; });
  }

  /** The same ref again: if the first try did arrive after all, it is not said twice. */
  again(entry) {
    if (entry.why && entry.why.code === 'ref_reused') entry.ref = randomHex(16);
    entry.state = 'pending';
    entry.why = null;
    this.chat.observer.entryPut(entry.room, entry);
    this.dispatch(entry);
    this.keep();
  }

  discard(entry) {
    entry.room.remove(entry);
    this.chat.observer.entryRemoved(entry.room, entry);
    this.keep();
  }

  confirm(entry, { seq, at }) {
    if (entry.state !== 'saved' || entry.seq !== seq) {
      const own = entry.state === 'saved' ? this.twin(entry) : entry;
      const placed = own.room.confirm(own, seq, at);
      if (placed) this.chat.observer.entryPut(own.room, own);
      else this.chat.observer.entryRemoved(own.room, own);
    }
    // Only now it is certain, and need not be said again after a reload.
    this.keep();
  }

  /** What history was taken for our message was the same words from another tab: that stays where it is,
      whatever became of it since, and ours gets an entry of its own. */
  twin(entry) {
    const { room, from, ref, replyTo } = entry;
    const { text } = entry.base || entry;
    return Object.assign(untouched(), { kind: 'message', room, from, own: true, ref, text, replyTo, live: true });
  }

  fail(entry, why) {
    entry.state = 'failed';
    entry.why = why;
    this.chat.refusedToSpeak(why);
    this.chat.observer.entryPut(entry.room, entry);
    this.keep();
  }

  /** After a reload: the rooms that were open, and what was written but not confirmed. */
  restore() {
    const { chat } = this;
    const parse = (text) => { try { return JSON.parse(text) || []; } catch (error) { return []; } };
    parse(recall('rooms')).forEach((name) => chat.wanted.add(name));
    // A tab that slept while its person left must not speak for the next one.
    parse(kept('unsent')).filter(({ name }) => name === recall('name')).forEach((unsent) => {
      const room = chat.rooms.get(unsent.room);
      if (!room) return;
      chat.wanted.add(room.name);
      const state = unsent.why ? 'failed' : 'pending';
      room.queue(Object.assign(unsent, untouched(), {
        kind: 'message', room, from: chat.me, own: true, state, sent: true, live: true,
      }));
    });
  }

  /** Per tab: another one with nothing unsent would write that over it. */
  keep() {
    const unsent = [];
    const name = recall('name');
    this.chat.rooms.forEach((room) => room.entries.forEach((entry) => {
      if (entry.kind === 'message' && entry.state !== 'saved') {
        unsent.push({ name, room: room.name, text: entry.text, replyTo: entry.replyTo, ref: entry.ref, at: entry.at, why: entry.why });
      }
    }));
    keep('unsent', unsent.length ? JSON.stringify(unsent) : null);
  }
}
