// Our own messages. Each is pending until its ack, is retried after a reconnect with the same `ref` so
// that the server stores it once, survives a reload, and is shown as failed when it is refused.

import { unchanged } from './entry.js';
import { newRef, recall, recallInTab, rememberInTab } from '../base/session.js';
import { serverNow } from '../base/time.js';

// The server's close code for a message above its limit (RFC 6455 §7.4.1).
const TOO_BIG = 1009;

// What is refused for these reasons can be sent as soon as the room allows it. Until then it is a draft.
const PASSING = ['muted', 'locked', 'slow_mode', 'awaiting_approval'];

/** The bytes of a message on the wire. */
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

  draft(entry) {
    Object.assign(entry, unchanged(), {
      from: this.chat.me, own: true, at: serverNow(), ref: newRef(), state: 'pending', live: true,
    });
    entry.room.queue(entry);
    this.chat.observer.entryPut(entry.room, entry);
    return entry;
  }

  /** Sends a pending entry. Without a connection it waits for `joined`. */
  dispatch(entry) {
    if (!entry.room.joined) return;
    // The text stands near the beginning, because the protocol view shows the first bytes of a frame.
    const message = { type: 'send', text: entry.text, room: entry.room.name, ref: entry.ref };
    if (entry.replyTo) message.reply_to = entry.replyTo;
    // Sending it would end the connection, and the retry would end the next one.
    entry.frame = { payload: size(message), masked: true };
    if (entry.frame.payload > this.chat.limits.message) {
      this.fail(entry, { code: 'too_large' });
      return;
    }
    if (!this.chat.send(message)) return;
    entry.sent = entry.onWire = true;
    this.chat.requests.set(entry.ref, {
      ack: (answer) => {
        if (answer.pending) this.chat.approvals.waits(entry, answer.pending);
        else this.confirm(entry, answer);
        this.chat.spoke(entry.room, answer.at);
      },
      error: (why) => { if (entry.state !== 'saved') this.fail(entry, why); },
    });
  }

  /** Sends the pending entries of a room. */
  flush(room) {
    room.pending().forEach((entry) => this.dispatch(entry));
  }

  /** Whether a text has more bytes than one message may have, though not too many characters: {n, most}
      or null. The fields here are the most that any message has besides its text. */
  tooLarge(text) {
    const { message: most } = this.chat.limits;
    const around = { type: 'whisper', text: '', room: this.chat.current.name, reply_to: Number.MAX_SAFE_INTEGER, ref: newRef() };
    // A character takes at most six bytes, as an escape, so short texts need no exact count.
    if (size(around) + text.length * 6 <= most) return null;
    const n = size(Object.assign(around, { text }));
    return n > most ? { n, most } : null;
  }

  /** The connection ended with a close code. If a message was too big, it was the largest one: that one
      fails and waits for the person, and the others are retried. */
  lost(code) {
    const pending = [].concat(...[...this.chat.rooms.values()].map((room) => room.pending()));
    const sent = pending.filter(({ kind, onWire }) => kind === 'message' && onWire);
    const [largest] = sent.sort((a, b) => size(b.text) - size(a.text));
    if (code === TOO_BIG && largest) this.fail(largest, { code: 'too_large' });
    sent.forEach((entry) => { entry.onWire = false; });
  }

  /** Retries with the same `ref`, so that the server does not store the message twice. */
  again(entry) {
    if (entry.why && entry.why.code === 'ref_reused') entry.ref = newRef();
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
      const own = entry.state === 'saved' ? this.separate(entry) : entry;
      const placed = own.room.confirm(own, seq, at);
      if (placed) this.chat.observer.entryPut(own.room, own);
      else this.chat.observer.entryRemoved(own.room, own);
    }
    // Only a confirmed message need not be sent again after a reload.
    this.keep();
  }

  /** A message in history was taken for ours, but the ack has another `seq`: it was the same text from
      another tab. That entry stays as it is, and ours becomes a new one. */
  separate(entry) {
    const { room, from, ref, replyTo } = entry;
    const { text } = entry.base || entry;
    return Object.assign(unchanged(), { kind: 'message', room, from, own: true, ref, text, replyTo, live: true });
  }

  fail(entry, why) {
    if (PASSING.includes(why.code)) {
      this.giveBack(entry, why);
      return;
    }
    entry.state = 'failed';
    entry.why = why;
    this.chat.observer.entryPut(entry.room, entry);
    this.keep();
  }

  /** The message goes back to where it was written, because of what the server says of the room. */
  giveBack(entry, why) {
    this.chat.refusedToSpeak(why, entry.room);
    this.discard(entry);
    this.chat.observer.givenBack(entry, why);
  }

  /** After a reload: restores the joined rooms and the unconfirmed messages. */
  restore() {
    const { chat } = this;
    const parse = (text) => { try { return JSON.parse(text) || []; } catch (error) { return []; } };
    parse(recall('rooms')).forEach((name) => chat.wanted.add(name));
    // A tab that slept while its person left must not send their messages in the name of the next person.
    parse(recallInTab('unsent')).filter(({ name }) => name === recall('name')).forEach((unsent) => {
      const room = chat.rooms.get(unsent.room);
      if (!room) return;
      chat.wanted.add(room.name);
      const state = unsent.why ? 'failed' : unsent.waiting ? 'waiting' : 'pending';
      room.queue(Object.assign(unsent, unchanged(), {
        kind: 'message', room, from: chat.me, own: true, state, sent: true, live: true,
      }));
    });
  }

  /** Stores the unconfirmed messages for this tab. (Shared storage would be overwritten by other tabs.) */
  keep() {
    const unsent = [];
    const name = recall('name');
    this.chat.rooms.forEach((room) => room.entries.forEach((entry) => {
      if (entry.kind === 'message' && entry.state !== 'saved') {
        unsent.push({ name, room: room.name, text: entry.text, replyTo: entry.replyTo, ref: entry.ref, at: entry.at, why: entry.why, waiting: entry.waiting });
      }
    }));
    rememberInTab('unsent', unsent.length ? JSON.stringify(unsent) : null);
  }
}
