// What we say: on its way until it is saved, sent again after a break under the same `ref` so that it
// is said once, kept over a reload, and handed back when it is refused.

import { untouched } from './entry.js';
import { keep, kept, randomHex, recall } from './session.js';

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
    this.chat.report('entry', entry.room, entry);
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
    if (!this.chat.send(message)) return;
    entry.sent = true;
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

  /** Private messages are not kept by the server: whether one arrived, nobody can tell. */
  lost() {
    this.chat.rooms.forEach((room) => {
      const unsure = room.pending().filter((entry) => entry.kind === 'whisper' && entry.sent);
      unsure.forEach((entry) => this.fail(entry, { code: 'unknown_fate' }));
    });
  }

  /** The same ref again: if the first try did arrive after all, it is not said twice. */
  again(entry) {
    if (entry.why && entry.why.code === 'ref_reused') entry.ref = randomHex(16);
    entry.state = 'pending';
    entry.why = null;
    this.chat.report('entry', entry.room, entry);
    this.dispatch(entry);
    this.keep();
  }

  discard(entry) {
    entry.room.remove(entry);
    this.chat.report('gone', entry.room, entry);
    this.keep();
  }

  confirm(entry, { seq, at }) {
    if (entry.state === 'saved' && entry.seq === seq) return;
    const placed = entry.room.confirm(entry, seq, at);
    this.chat.report(placed ? 'entry' : 'gone', entry.room, entry);
    this.keep();
  }

  fail(entry, why) {
    entry.state = 'failed';
    entry.why = why;
    this.chat.refusedToSpeak(why);
    this.chat.report('entry', entry.room, entry);
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
