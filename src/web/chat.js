// What this page knows of the chat: who we are, which rooms there are, and what every message of the
// server changes. No DOM and no network: changes go to `report(what, room, detail)`, requests to
// `send(message)`, which says whether there was a connection.

import { Room } from './room.js';
import { randomHex, recall, remember } from './session.js';

const TYPING_SHOWN_MS = 4000;
const HISTORY_PAGE = 50;

export class Chat {
  constructor({ send, report }) {
    this.send = send;
    this.report = report;
    this.reset();
  }

  /** Forgets everything: somebody else may sit down here. */
  reset() {
    this.me = this.current = this.board = this.removal = null;
    this.rooms = new Map();
    this.wanted = new Set();
    this.whispering = 'hosts';
    this.limits = { text: 4000, lines: 40 };
    this.asked = new Map();
    this.reading = true;
  }

  // ---- requests -------------------------------------------------------------------------------

  /** Sends with a `ref` of its own; the answer finds `detail` again. */
  request(message, detail) {
    const ref = randomHex(8);
    if (!this.send(Object.assign({}, message, { ref }))) return false;
    this.asked.set(ref, detail || { what: message.type });
    return true;
  }

  /** Shows a room, joining it first if need be. */
  open(name) {
    const room = this.rooms.get(name);
    if (!room) return;
    this.current = room;
    this.want(name, true);
    if (!room.joined) this.join(room);
    this.read();
    this.report('open', room);
  }

  join(room) {
    const since = room.since();
    this.request(since ? { type: 'join', room: room.name, since } : { type: 'join', room: room.name },
      { what: 'join', room });
  }

  leave(room) {
    this.want(room.name, false);
    this.request({ type: 'leave', room: room.name });
    this.rooms.set(room.name, Object.assign(new Room(room.name), { count: room.count }));
    if (this.current === room) this.open(this.home);
    this.report('rooms');
  }

  want(name, yes) {
    if (yes) this.wanted.add(name);
    else this.wanted.delete(name);
    remember('rooms', JSON.stringify([...this.wanted]));
  }

  /** The reader has seen the current room up to its end. */
  read() {
    if (!this.current || !this.reading || !this.current.unread) return;
    this.current.unread = 0;
    this.report('rooms');
  }

  say(text, replyTo) {
    this.dispatch(this.draft({ kind: 'message', text, replyTo, room: this.current }));
    this.keepUnsent();
  }

  whisper(person, text) {
    this.dispatch(this.draft({ kind: 'whisper', text, to: person, room: this.current }));
  }

  draft(entry) {
    Object.assign(entry, { from: this.me, own: true, at: Date.now(), ref: randomHex(16), state: 'pending', live: true });
    entry.room.queue(entry);
    this.report('entry', entry.room, entry);
    return entry;
  }

  /** Puts a pending entry on the wire, if there is one; otherwise it waits for `joined`. */
  dispatch(entry) {
    if (entry.kind === 'message' && !entry.room.joined) return;
    const message = entry.kind === 'whisper'
      ? { type: 'whisper', to: entry.to.id, text: entry.text, ref: entry.ref }
      : { type: 'send', room: entry.room.name, text: entry.text, ref: entry.ref };
    if (entry.replyTo) message.reply_to = entry.replyTo;
    if (this.send(message)) {
      entry.sent = true;
      this.asked.set(entry.ref, { what: 'entry', entry });
    }
  }

  /** The same ref again: if the first try did arrive after all, it is not said twice. */
  again(entry) {
    if (entry.why && entry.why.code === 'ref_reused') entry.ref = randomHex(16);
    entry.state = 'pending';
    entry.why = null;
    this.report('entry', entry.room, entry);
    this.dispatch(entry);
    this.keepUnsent();
  }

  discard(entry) {
    entry.room.remove(entry);
    this.report('gone', entry.room, entry);
    this.keepUnsent();
  }

  older(room) {
    const before = room.oldest();
    if (!room.more || room.asking || !room.joined || before === null) return;
    room.asking = this.request({ type: 'history', room: room.name, before, limit: HISTORY_PAGE }, { what: 'history', room });
  }

  moderate(action, more) {
    this.request(Object.assign({ type: 'moderate', action }, more), { what: 'moderate', action, more });
  }

  /** A question that costs nothing and must be answered if the connection lives. */
  probe() {
    const ref = randomHex(8);
    this.asked.set(ref, { what: 'probe' });
    return { type: 'history', room: this.current ? this.current.name : this.home, before: 1, limit: 1, ref };
  }

  get keepsOrder() { return Boolean(this.me) && ['moderator', 'host'].includes(this.me.role); }

  get isHost() { return Boolean(this.me) && this.me.role === 'host'; }

  /** What is known of a person now: the list of the room is newer than an old message. */
  person(someone) {
    for (const room of this.rooms.values()) {
      if (room.members.has(someone.id)) return room.members.get(someone.id);
    }
    return someone;
  }

  get unread() {
    let sum = 0;
    this.rooms.forEach((room) => { sum += room.unread; });
    return sum;
  }

  // ---- what the server says ---------------------------------------------------------------------

  receive(message) {
    const handle = this['on_' + message.type];
    const room = this.rooms.get(message.room);
    if (handle) handle.call(this, message, room);
    // An event of a kind this page does not know still has a number in the room's order.
    else if (room && message.seq) room.hold(message.seq);
  }

  /** The connection is gone: answers will not come, and private messages may or may not have arrived. */
  lost() {
    this.asked.clear();
    this.rooms.forEach((room) => {
      room.joined = false;
      room.asking = false;
      room.typing.clear();
      const unsure = room.pending().filter((entry) => entry.kind === 'whisper' && entry.sent);
      unsure.forEach((entry) => this.fail(entry, { code: 'unknown_fate' }));
    });
  }

  on_welcome(message) {
    // The same person comes back with the same name, even if a new start of the server gave a new id.
    if (this.me && this.me.id !== message.you.id && this.me.name !== message.you.name) this.reset();
    const again = this.me !== null;
    this.me = message.you;
    this.home = message.default_room;
    this.whispering = message.whisper;
    this.limits = message.limits;
    [this.removal, this.muted, this.board] = [null, null, message];
    message.rooms.forEach(({ name, count }) => {
      if (!this.rooms.has(name)) this.rooms.set(name, new Room(name));
      this.rooms.get(name).count = count;
    });
    const open = new Set(message.rooms.map((room) => room.name));
    [...this.rooms.keys()].forEach((name) => { if (!open.has(name)) this.rooms.delete(name); });
    if (!again) this.restore();
    const same = again && this.current && this.rooms.has(this.current.name);
    if (!same) this.current = this.rooms.get(this.home);
    if (this.current) this.wanted.add(this.current.name);
    this.wanted.forEach((name) => {
      const room = this.rooms.get(name);
      if (room) this.join(room);
    });
    this.rooms.forEach((room) => room.pending().forEach((entry) => {
      if (entry.kind === 'whisper') this.dispatch(entry);
    }));
    // Coming back must not move the reader nor touch what is being written.
    this.report(same ? 'reset' : 'open', this.current);
  }

  /** After a reload: the rooms that were open, and what was written but not confirmed. */
  restore() {
    const parse = (name) => { try { return JSON.parse(recall(name)) || []; } catch (error) { return []; } };
    parse('rooms').forEach((name) => this.wanted.add(name));
    parse('unsent').forEach((kept) => {
      const room = this.rooms.get(kept.room);
      if (!room) return;
      this.wanted.add(room.name);
      const state = kept.why ? 'failed' : 'pending';
      room.queue(Object.assign(kept, { kind: 'message', room, from: this.me, own: true, state, sent: true, live: true }));
    });
  }

  keepUnsent() {
    const unsent = [];
    this.rooms.forEach((room) => room.entries.forEach((entry) => {
      if (entry.kind === 'message' && entry.state !== 'saved') {
        unsent.push({ room: room.name, text: entry.text, replyTo: entry.replyTo, ref: entry.ref, at: entry.at, why: entry.why });
      }
    }));
    remember('unsent', unsent.length ? JSON.stringify(unsent) : null);
  }

  on_joined(message) {
    if (!this.rooms.has(message.room)) this.rooms.set(message.room, new Room(message.room));
    const room = this.rooms.get(message.room);
    room.welcome(message);
    this.noticeOwnMute(room);
    this.report('reset', room);
    room.pending().forEach((entry) => { if (entry.kind === 'message') this.dispatch(entry); });
  }

  noticeOwnMute(room) {
    const mine = room.members.get(this.me.id);
    if (!mine) return;
    if (mine.muted && !this.muted) this.muted = {};
    if (!mine.muted) this.muted = null;
  }

  on_presence(message, room) {
    if (!room) return;
    (message.joined || []).forEach((person) => room.members.set(person.id, person));
    (message.left || []).forEach((person) => {
      room.members.delete(person.id);
      room.typing.delete(person.id);
    });
    room.count = message.count;
    this.noticeOwnMute(room);
    this.report('people', room);
    this.report('rooms');
  }

  on_message(message, room) {
    if (!room) return;
    const entry = this.entry(message, room);
    if (room.held.has(entry.seq)) return;
    const tried = room.tried(entry);
    if (tried) {
      // Its ack was lost, the event was not. The new ack will say the same number.
      this.report('entry', room, room.confirm(tried, entry.seq, entry.at));
      return;
    }
    room.add(entry);
    room.typing.delete(entry.from.id);
    entry.live = entry.seq > room.seen;
    if (entry.live && !entry.own) this.count(room);
    this.report('entry', room, entry);
  }

  entry(message, room) {
    return {
      kind: 'message', room, seq: message.seq, from: message.from, own: message.from.id === this.me.id,
      text: message.text, at: message.at, replyTo: message.reply_to, state: 'saved',
    };
  }

  count(room) {
    if (room === this.current && this.reading) return;
    room.unread += 1;
    this.report('rooms');
  }

  on_history(message, room) {
    if (this.take(message.ref).what !== 'history' || !room) return;
    room.asking = false;
    const events = message.messages.map((event) => this.entry(event, room));
    this.report('older', room, room.prepend(events, message.more));
  }

  on_whisper(message) {
    const room = this.current;
    const own = message.from.id === this.me.id;
    const entry = { kind: 'whisper', room, from: message.from, to: message.to, own, text: message.text, at: message.at, state: 'saved', live: true };
    room.note(entry);
    if (!own) this.count(room);
    this.report('entry', room, entry);
  }

  on_typing(message, room) {
    if (!room || message.from.id === this.me.id) return;
    room.typing.set(message.from.id, { name: message.from.name, until: Date.now() + TYPING_SHOWN_MS });
    this.report('typing', room);
    setTimeout(() => this.report('typing', room), TYPING_SHOWN_MS + 50);
  }

  on_lesson(message) {
    this.board = message;
    this.report('state', this.current);
  }

  on_moderated(message, room) {
    const { action, target, by } = message;
    const mine = target && target.id === this.me.id;
    if (room && message.seq) room.hold(message.seq);
    if (room && message.state) Object.assign(room.state, message.state);
    if (target && (action === 'mute' || action === 'unmute')) {
      const muted = action === 'mute';
      if (mine) this.muted = muted ? { until: message.until } : null;
      this.rooms.forEach((each) => {
        const member = each.members.get(target.id);
        if (member) each.members.set(target.id, Object.assign({}, member, { muted }));
      });
    }
    if (mine && (action === 'kick' || action === 'ban')) this.removal = message;
    this.report('state', this.current);
    this.report('people', this.current);
    // What we did to a room was told by the answer already.
    if (!by || by.id !== this.me.id) this.notice('moderated', message, room);
    else if (target) this.report('done', this.current, message);
  }

  /** A line of the page itself in the log. It keeps the facts, not the words: the language may change. */
  notice(what, message, room = this.current) {
    const entry = { kind: 'notice', what, message, room, at: Date.now(), state: 'saved', live: true };
    room.note(entry);
    this.report('entry', room, entry);
  }

  on_auth_expiring(message) {
    this.notice('expiring', message);
  }

  on_ack(message) {
    const asked = this.take(message.ref);
    if (asked.what === 'entry') {
      const { entry } = asked;
      if (entry.state === 'saved' && entry.seq === message.seq) return;
      const placed = entry.room.confirm(entry, message.seq, message.at);
      this.report(placed ? 'entry' : 'gone', entry.room, entry);
      this.keepUnsent();
    } else if (asked.what === 'moderate') {
      this.settle(asked);
    }
  }

  take(ref) {
    const asked = this.asked.get(ref) || {};
    this.asked.delete(ref);
    return asked;
  }

  /** A room's state follows the answer; the others learn it from the server. */
  settle({ action, more }) {
    const room = this.rooms.get(more.room);
    if (action === 'end_lesson') this.report('done', this.current, { action });
    if (!room) return;
    if (action === 'lock') room.state.locked = more.on;
    if (action === 'slow') room.state.slow = more.seconds;
    this.report('state', room);
    this.report('done', room, { action, state: Object.assign({}, room.state) });
  }

  on_error(message) {
    const asked = this.take(message.ref);
    if (asked.what === 'entry') return asked.entry.state === 'saved' ? undefined : this.fail(asked.entry, message);
    if (asked.what === 'probe' || asked.what === 'typing') return undefined;
    if (asked.room) asked.room.asking = false;
    if (asked.what === 'join') this.want(asked.room.name, false);
    return this.report('refused', this.current, message);
  }

  fail(entry, why) {
    entry.state = 'failed';
    entry.why = why;
    if (why.code === 'muted' && !this.muted) {
      this.muted = why.retry_after ? { until: Date.now() + why.retry_after * 1000 } : {};
      this.report('state', this.current);
    }
    this.report('entry', entry.room, entry);
    this.keepUnsent();
  }
}
