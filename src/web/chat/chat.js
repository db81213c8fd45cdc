// What this page knows of the chat: who we are, which rooms exist, and what every message of the server
// changes. No DOM and no network: an observer hears of changes (observer.js), and requests go to
// `send(message)`, which says whether there was a connection. Four parts have files of their own:
// our own messages (outbox), history and search (archive), edits, reactions and pins (changes), and
// moderation.

import { Archive } from './archive.js';
import { Changes } from './changes.js';
import { entryOf } from './entry.js';
import { Moderation } from './moderation.js';
import { Observer } from './observer.js';
import { Outbox } from './outbox.js';
import { Room } from './room.js';
import { randomHex, recall, remember } from '../base/session.js';

const TYPING_SHOWN_MS = 4000;
// Where the server has no room for us at the moment, we ask at least this often.
const LONGEST_PAUSE_S = 60;
// No room can have this name: whoever asks about it is answered, and nobody else hears of it.
const NOWHERE = 'are you there?';
// Messages of the server whose `seq` is not an event that comes in its place.
const ANSWERS = ['joined', 'ack'];

export class Chat {
  constructor({ send, observer = new Observer() }) {
    this.send = send;
    this.observer = observer;
    // Seconds in which we may change what we said; the server has the last word.
    this.editWindow = Infinity;
    this.archive = new Archive(this);
    this.changes = new Changes(this);
    this.moderation = new Moderation(this);
    this.outbox = new Outbox(this);
    this.parts = [this, this.archive, this.changes, this.moderation];
    this.reset();
  }

  /** Forgets everything: somebody else may sit down here. */
  reset() {
    this.me = this.current = this.board = this.removal = null;
    this.rooms = new Map();
    this.wanted = new Set();
    this.whispering = 'hosts';
    this.limits = { text: 4000, lines: 40, message: Infinity };
    this.asked = new Map();
    // Of everybody heard of, for reactions by those who have left.
    this.names = new Map();
    this.reading = true;
  }

  // ---- requests -------------------------------------------------------------------------------

  /** Sends with a `ref` of its own. What comes back goes to `ack(message)` or `answer(message)`, or to
      `error(message)` (without one, a refusal is told to the person), or to `lost()` if the connection
      breaks before. Says whether it was sent. */
  request(message, back = {}) {
    const ref = randomHex(8);
    if (!this.send(Object.assign({}, message, { ref }))) return false;
    this.asked.set(ref, back);
    return true;
  }

  /** A request that somebody made by hand, and can make again if it is refused for the moment. */
  ask(message, back) {
    const again = () => this.ask(message, back);
    const sent = this.request(message, Object.assign({ error: (why) => this.refused(why, again) }, back));
    if (!sent) this.refused({ code: 'offline' }, again);
    return sent;
  }

  /** A refusal for the person, with a way to try `again` where that may help. */
  refused(why, again) {
    const passing = ['offline', 'storage_unavailable', 'rate_limited', 'slow_mode'].includes(why.code);
    this.observer.requestRefused({ why, again: passing ? again : null });
  }

  /** Shows a room, joining it first if need be. */
  open(name) {
    const room = this.rooms.get(name);
    if (!room) return;
    this.current = room;
    this.want(name, true);
    if (!room.joined) this.join(room);
    this.read();
    this.observer.roomOpened(room);
  }

  join(room) {
    const since = room.since();
    clearTimeout(room.rejoin);
    this.request(since ? { type: 'join', room: room.name, since } : { type: 'join', room: room.name }, {
      error: (why) => {
        if (why.retry_after) return this.joinLater(room, why.retry_after);
        this.want(room.name, false);
        return this.refused(why);
      },
    });
  }

  /** Refused for the moment only: the room stays wanted. A refusal costs as much as what it refuses,
      so who came back exactly when told might be refused for ever: the pauses double. A second more,
      and what waits here can be sent, too. */
  joinLater(room, wait) {
    const pause = Math.min(LONGEST_PAUSE_S, wait * Math.pow(2, room.refusals) + 1);
    room.refusals += 1;
    clearTimeout(room.rejoin);
    room.rejoin = setTimeout(() => {
      if (this.rooms.get(room.name) === room && this.wanted.has(room.name) && !room.joined) this.join(room);
    }, pause * 1000);
    this.refused({ code: 'join_later', retry_after: pause });
  }

  /** Asks what must be answered if the connection lives, and costs the least: `typing`, a quarter of a
      message. Says whether it was sent. */
  probe() {
    return this.request({ type: 'typing', room: NOWHERE }, { error: () => {} });
  }

  leave(room) {
    this.want(room.name, false);
    this.request({ type: 'leave', room: room.name });
    this.room(room.name, true).count = room.count;
    if (this.current === room) this.open(this.home);
    this.observer.roomsChanged();
  }

  want(name, yes) {
    if (yes) this.wanted.add(name);
    else this.wanted.delete(name);
    remember('rooms', JSON.stringify([...this.wanted]));
  }

  /** The room of a name, made if it is not known or is wanted `anew`. */
  room(name, anew) {
    if (anew || !this.rooms.has(name)) {
      this.rooms.set(name, Object.assign(new Room(name), { readAt: Number(recall('read.' + name)) || null }));
    }
    return this.rooms.get(name);
  }

  /** The reader has seen the current room up to its end. */
  read() {
    const room = this.current;
    if (!room || !this.reading) return;
    if (room.read()) remember('read.' + room.name, String(room.readAt));
    if (!room.unread) return;
    room.unread = 0;
    this.observer.roomsChanged();
  }

  get canModerate() { return Boolean(this.me) && ['moderator', 'host'].includes(this.me.role); }

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
    const kind = 'on_' + message.type;
    const part = this.parts.find((each) => each[kind]);
    const room = this.rooms.get(message.room);
    const event = room && message.seq && !ANSWERS.includes(message.type);
    if (event) room.vouch(message.seq);
    if (part) part[kind](message, room);
    // An event of a kind this page does not know still has a number in the room's order.
    else if (event) room.hold(message.seq);
    if (event && message.seq === room.head) this.observer.historyFilled(room);
  }

  /** The connection is gone, with a code: answers will not come, and private messages may or may not have
      arrived. */
  lost(code) {
    const asked = [...this.asked.values()];
    this.asked.clear();
    asked.forEach(({ lost }) => { if (lost) lost(); });
    this.rooms.forEach((room) => {
      room.joined = false;
      room.asking = false;
      room.typing.clear();
    });
    this.outbox.lost(code);
  }

  on_welcome(message) {
    // The same person comes back with the same name, even if a new start of the server gave a new id.
    if (this.me && this.me.id !== message.you.id && this.me.name !== message.you.name) this.reset();
    const again = this.me !== null;
    this.me = message.you;
    this.whispering = message.whisper;
    this.limits = message.limits;
    [this.removal, this.muted, this.board] = [null, null, message];
    if (!recall('came')) remember('came', String(message.server.time));
    message.rooms.forEach(({ name, count }) => { this.room(name).count = count; });
    const open = new Set(message.rooms.map((room) => room.name));
    // A token may be for other rooms than the default one.
    this.home = open.has(message.default_room) ? message.default_room : message.rooms[0]?.name;
    [...this.rooms.keys()].forEach((name) => { if (!open.has(name)) this.rooms.delete(name); });
    if (!again) this.outbox.restore();
    const same = again && this.current && this.rooms.has(this.current.name);
    if (!same) this.current = this.rooms.get(this.home);
    if (this.current) this.wanted.add(this.current.name);
    this.wanted.forEach((name) => {
      const room = this.rooms.get(name);
      if (room) this.join(room);
    });
    this.outbox.flush('whisper');
    // Coming back must not move the reader nor touch what is being written.
    if (same) this.observer.roomReset(this.current);
    else this.observer.roomOpened(this.current);
  }

  on_joined(message) {
    const room = this.room(message.room);
    room.welcome(message);
    room.members.forEach((person) => this.names.set(person.id, person.name));
    this.noticeOwnMute(room);
    this.observer.roomReset(room);
    this.archive.fetchPin(room);
    this.outbox.flush('message', room);
  }

  /** A refusal may be the first we hear of being muted. */
  refusedToSpeak({ code, retry_after: wait }) {
    if (code !== 'muted' || this.muted) return;
    this.muted = wait ? { until: Date.now() + wait * 1000 } : {};
    this.observer.stateChanged(this.current);
  }

  noticeOwnMute(room) {
    const mine = room.members.get(this.me.id);
    if (!mine) return;
    if (mine.muted && !this.muted) this.muted = {};
    if (!mine.muted) this.muted = null;
  }

  on_presence(message, room) {
    if (!room) return;
    (message.joined || []).forEach((person) => {
      room.members.set(person.id, person);
      this.names.set(person.id, person.name);
    });
    (message.left || []).forEach((person) => {
      room.members.delete(person.id);
      room.typing.delete(person.id);
    });
    room.count = message.count;
    this.noticeOwnMute(room);
    this.observer.peopleChanged(room);
    this.observer.roomsChanged();
  }

  on_message(message, room) {
    if (!room) return;
    const entry = entryOf(message, room, this.me);
    if (room.held.has(entry.seq)) return;
    const tried = room.tried(entry);
    if (tried) {
      // Its ack was lost, the event was not. The new ack will say the same number.
      this.observer.entryPut(room, room.confirm(tried, entry.seq, entry.at));
      return;
    }
    room.add(entry);
    room.typing.delete(entry.from.id);
    entry.live = entry.seq > room.seen;
    this.names.set(entry.from.id, entry.from.name);
    if (!entry.own && !entry.deleted) this.count(entry);
    this.observer.entryPut(room, entry);
  }

  /** Of history, what is newer than the last that was read; of the present, what nobody looks at. */
  count(entry) {
    const { room } = entry;
    const here = room === this.current && this.reading;
    const history = entry.seq <= room.head;
    if (history ? room.readBefore === null || entry.at <= room.readBefore : here) return;
    room.miss(entry);
    if (!here) this.unseen(room);
  }

  unseen(room) {
    room.unread += 1;
    this.observer.roomsChanged();
  }

  on_whisper(message) {
    const room = this.current;
    const own = message.from.id === this.me.id;
    const entry = { kind: 'whisper', room, from: message.from, to: message.to, own, text: message.text, at: message.at, state: 'saved', live: true };
    room.note(entry);
    if (!own && !this.reading) this.unseen(room);
    this.observer.entryPut(room, entry);
  }

  on_typing(message, room) {
    if (!room || message.from.id === this.me.id) return;
    room.typing.set(message.from.id, { name: message.from.name, until: Date.now() + TYPING_SHOWN_MS });
    this.observer.typingChanged(room);
    setTimeout(() => this.observer.typingChanged(room), TYPING_SHOWN_MS + 50);
  }

  /** A line of the page itself in the log. It keeps the facts, not the words: the language may change. */
  notice(what, message, room = this.current) {
    const entry = { kind: 'notice', what, message, room, at: Date.now(), state: 'saved', live: true };
    room.note(entry);
    this.observer.entryPut(room, entry);
  }

  on_auth_expiring(message) {
    this.notice('expiring', message);
  }

  on_ack(message) {
    // Where an answer is still to come, it says more than the ack.
    if ((this.asked.get(message.ref) || {}).answer) return;
    const { ack } = this.take(message.ref);
    if (ack) ack(message);
  }

  /** The answer that is more than an ack. */
  answered(message) {
    const { answer } = this.take(message.ref);
    if (answer) answer(message);
  }

  on_error(message) {
    const { error } = this.take(message.ref);
    if (error) error(message);
    else this.refused(message);
  }

  take(ref) {
    const asked = this.asked.get(ref) || {};
    this.asked.delete(ref);
    return asked;
  }
}
