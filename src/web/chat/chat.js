// What this page knows of the chat: who we are, which rooms exist, and what every message of the server
// changes. No DOM and no network: an observer hears of changes (observer.js), and requests go to
// `send(message)`, which says whether there was a connection. Four parts have files of their own:
// our own messages (outbox), history and search (archive), edits, reactions and pins (changes), and
// moderation. So have the features for running a class (feature.js).

import { Approvals } from './approvals.js';
import { Archive } from './archive.js';
import { Attention } from './attention.js';
import { Changes } from './changes.js';
import { ClassRules } from './class.js';
import { Clearings } from './clearings.js';
import { entryOf } from './entry.js';
import { Hands } from './hands.js';
import { leads, mentions } from './mentions.js';
import { Moderation } from './moderation.js';
import { Observer } from './observer.js';
import { Outbox } from './outbox.js';
import { Polls } from './polls.js';
import { Presence } from './presence.js';
import { Private } from './private.js';
import { Room } from './room.js';
import { holds, speech } from './speech.js';
import { randomHex, recall, remember } from '../base/session.js';
import { hearTime, serverNow } from '../base/time.js';

// The longest pause between two tries to join a room.
const LONGEST_PAUSE_S = 60;
// No room can have this name: the server answers, and nobody else receives anything.
const NOWHERE = 'are you there?';
// The `seq` of these messages is not that of an event in the order of the room.
const ANSWERS = ['joined', 'ack', 'published', 'reported'];

export class Chat {
  constructor({ send, observer = new Observer() }) {
    this.send = send;
    this.observer = observer;
    // For how many seconds our messages can be edited; the server decides in the end.
    this.editWindow = Infinity;
    this.archive = new Archive(this);
    this.changes = new Changes(this);
    this.moderation = new Moderation(this);
    this.outbox = new Outbox(this);
    this.hands = new Hands(this);
    this.polls = new Polls(this);
    this.approvals = new Approvals(this);
    this.private = new Private(this);
    this.classRules = new ClassRules(this);
    this.clearings = new Clearings(this);
    this.attention = new Attention(this);
    this.presence = new Presence(this);
    this.features = [this.hands, this.polls, this.approvals, this.private, this.classRules];
    this.parts = [this, this.archive, this.changes, this.moderation, ...this.features, this.clearings, this.presence];
    this.reset();
  }

  /** Forgets everything, because somebody else may use this page next. */
  reset() {
    this.me = this.current = this.joinInfo = this.removal = null;
    this.rooms = new Map();
    this.wanted = new Set();
    this.whispering = 'hosts';
    this.limits = { text: 4000, lines: 40, message: Infinity };
    this.requests = new Map();
    // The names of all people seen so far, for reactions by people who have left.
    this.names = new Map();
    this.reading = true;
    this.features.forEach((feature) => feature.reset());
    this.attention.reset();
  }

  // ---- requests -------------------------------------------------------------------------------

  /** Sends a message with a new `ref`; says whether it was sent. The answer goes to `ack(message)` or
      `answer(message)`, a refusal to `error(message)` (without one, the page shows it), and if the
      connection breaks first, `lost()` is called. */
  request(message, back = {}) {
    const ref = randomHex(8);
    if (!this.send(Object.assign({}, message, { ref }))) return false;
    this.requests.set(ref, back);
    return true;
  }

  /** Sends a request of a person, who can retry it if it is refused for the moment. */
  ask(message, back) {
    const again = () => this.ask(message, back);
    const refused = (why) => this.refused(why, again);
    if (this.request(message, Object.assign({ error: refused }, back))) return true;
    refused({ code: 'offline' });
    return false;
  }

  /** Shows a refusal, with the retry `again` where that may help. */
  refused(why, again) {
    const passing = ['offline', 'storage_unavailable', 'rate_limited', 'slow_mode'].includes(why.code);
    this.observer.requestRefused({ why, again: passing ? again : null });
  }

  /** Opens a room, and joins it if it is not joined. */
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
      ack: () => this.archive.settle(room),
      error: (why) => {
        if (why.retry_after && why.code !== 'removed') return this.joinLater(room, why.retry_after);
        this.want(room.name, false);
        return this.refused(why);
      },
    });
  }

  /** Retries a join that was refused for the moment. Refused requests count against the rate limit, too: the
      pauses double, and one more second leaves room to send the waiting messages. */
  joinLater(room, wait) {
    const pause = Math.min(LONGEST_PAUSE_S, wait * Math.pow(2, room.refusals) + 1);
    room.refusals += 1;
    clearTimeout(room.rejoin);
    room.rejoin = setTimeout(() => {
      if (this.rooms.get(room.name) === room && this.wanted.has(room.name) && !room.joined) this.join(room);
    }, pause * 1000);
    this.refused({ code: 'join_later', retry_after: pause });
  }

  /** Sends the cheapest request that the server has to answer: `typing`, which counts as a quarter of a
      message. Says whether it was sent. */
  probe() { return this.request({ type: 'typing', room: NOWHERE }, { error: () => {} }); }

  leave(room) {
    this.request({ type: 'leave', room: room.name });
    this.expelled(room);
  }

  want(name, yes) {
    if (yes) this.wanted.add(name);
    else this.wanted.delete(name);
    remember('rooms', JSON.stringify([...this.wanted]));
  }

  /** The room with this name. It is created if it is unknown, or if `anew`. */
  room(name, anew) {
    if (anew || !this.rooms.has(name)) {
      this.rooms.set(name, Object.assign(new Room(name), { readAt: Number(recall('read.' + name)) || null }));
    }
    return this.rooms.get(name);
  }

  /** Marks the current room as read up to its end. */
  read() {
    const room = this.current;
    if (!room || !this.reading) return;
    if (room.read(serverNow())) remember('read.' + room.name, String(room.readAt));
    if (!room.unread) return;
    room.unread = 0;
    this.observer.roomsChanged();
  }

  /** Our mute in the open room: {until?}, or null. It may hold in certain rooms only. */
  get muted() { return this.current && holds(this.current.muted, serverNow()) ? this.current.muted : null; }

  /** Whether we may write in a room now, and if not, why and until when. */
  speech({ muted, state, spoke }) {
    return speech({ role: this.me.role, muted, state, spoke }, serverNow());
  }

  /** Somebody who leads certain rooms only has removed us from them: we are still in the others. */
  expelled(room) {
    this.want(room.name, false);
    this.room(room.name, true).count = room.count;
    if (this.current === room) this.open(this.home);
    this.observer.roomsChanged();
  }

  get canModerate() { return Boolean(this.me) && ['moderator', 'host'].includes(this.me.role); }

  get isHost() { return Boolean(this.me) && this.me.role === 'host'; }

  /** The current facts about a person: the member list is newer than an old message. */
  person(someone) {
    for (const room of this.rooms.values()) {
      if (room.members.has(someone.id)) return room.members.get(someone.id);
    }
    return someone;
  }

  /** The names of the others in the open room. A large room lists nobody; there, those who were heard of. */
  namesHere() {
    const { members } = this.current;
    const names = members.size > 1 ? [...members.values()].map(({ name }) => name) : [...this.names.values()];
    return [...new Set(names)].filter((name) => name !== this.me.name).sort((a, b) => a.localeCompare(b));
  }

  /** What is unread in the rooms where we are, and in private. */
  get unread() {
    let sum = this.private.unread;
    this.rooms.forEach((room) => { if (this.wanted.has(room.name)) sum += room.unread; });
    return sum;
  }

  // ---- messages of the server -------------------------------------------------------------------

  receive(message) {
    const kind = 'on_' + message.type;
    const part = this.parts.find((each) => each[kind]);
    const room = this.rooms.get(message.room);
    const event = room && message.seq && !ANSWERS.includes(message.type);
    if (event) room.confirmHistory(message.seq);
    if (part) part[kind](message, room);
    // An event of an unknown type still has a `seq` in the room.
    else if (event) room.hold(message.seq);
    if (event && message.seq === room.head) this.observer.historyFilled(room);
  }

  /** The connection ended with a close code: no answers will come. */
  lost(code) {
    const asked = [...this.requests.values()];
    this.requests.clear();
    asked.forEach(({ lost }) => { if (lost) lost(); });
    this.rooms.forEach((room) => {
      room.joined = false;
      room.asking = false;
      room.typing.clear();
    });
    this.outbox.lost(code);
    this.features.forEach((feature) => feature.lost());
  }

  on_welcome(message) {
    hearTime(message.server.time);
    // After a restart of the server the same person may have a new id, but the same name.
    if (this.me && this.me.id !== message.you.id && this.me.name !== message.you.name) this.reset();
    const again = this.me !== null;
    this.me = message.you;
    this.limited = Boolean(message.limited);
    this.whispering = message.whisper;
    this.limits = message.limits;
    [this.removal, this.joinInfo] = [null, message];
    // The server says again who muted us, and that is no news then.
    this.rooms.forEach((room) => { [room.mutedBefore, room.muted] = [room.muted, null]; });
    message.rooms.forEach((news) => this.presence.hear(this.room(news.name), news));
    const open = new Set(message.rooms.map((room) => room.name));
    // A token may not include the default room.
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
    this.features.forEach((feature) => feature.welcomed(message));
    // A reconnect must not move the reader or touch the draft.
    if (same) this.observer.roomReset(this.current);
    else this.observer.roomOpened(this.current);
  }

  on_joined(message) {
    const room = this.room(message.room);
    room.welcome(message);
    room.members.forEach((person) => this.names.set(person.id, person.name));
    this.noticeOwnMute(room);
    this.features.forEach((feature) => feature.joined(message, room));
    this.observer.roomReset(room);
    // An empty room is read as it stands: the first message that is missed then counts.
    if (!message.seq && room === this.current) this.read();
    this.archive.fetchPin(room);
    this.outbox.flush(room);
  }

  /** The server has taken a message of ours, or an edit, or a question: slow mode counts from here. */
  spoke(room, at) {
    room.spoke = Math.max(room.spoke || 0, at || serverNow());
    if (room.state.slow) this.observer.stateChanged(room);
  }

  /** A refused message may be the first sign that we are muted, or of when we last spoke in slow mode. */
  refusedToSpeak({ code, until }, room) {
    if (code === 'slow_mode' && until) room.spoke = until - room.state.slow * 1000;
    else if (code === 'muted' && !holds(room.muted, serverNow())) {
      const listed = (room.members.get(this.me.id) || {}).muted;
      room.muted = Object.assign(until ? { until } : {}, listed ? {} : { unlisted: true });
    } else return;
    this.observer.stateChanged(room);
  }

  noticeOwnMute(room) {
    const mine = room.members.get(this.me.id);
    if (!mine) return;
    if (mine.muted && !room.muted) room.muted = {};
    // The mute of whoever asked an anonymous question is in no list of people.
    if (!mine.muted && !(room.muted && (room.muted.unlisted || room.muted.hand))) room.muted = null;
  }

  on_message(message, room) {
    if (!room) return;
    const entry = entryOf(message, room, this.me);
    if (room.held.has(entry.seq)) return;
    const ours = room.probablyOurs(entry);
    if (ours) {
      // The ack was lost, but the event arrived. The ack of the retry will have the same `seq`.
      this.observer.entryPut(room, room.confirm(ours, entry.seq, entry.at));
      return;
    }
    room.add(entry);
    room.typing.delete(entry.from.id);
    entry.live = entry.seq > room.seen;
    this.names.set(entry.from.id, entry.from.name);
    if (!entry.own && !entry.deleted) {
      entry.mentionsMe = mentions(entry.text, this.me.name, this.names.values(), leads(entry.from));
      this.count(entry);
    }
    this.observer.entryPut(room, entry);
  }

  /** Counts an entry as unread: in history, if it is newer than the last one read; otherwise, if nobody
      is looking at the room. */
  count(entry) {
    const { room } = entry;
    const here = room === this.current && this.reading;
    const history = entry.seq <= room.head;
    if (history ? room.readBefore === null || entry.at <= room.readBefore : here) return;
    room.countUnread(entry);
    if (here) return;
    this.attention.said(entry);
    this.unseen(room);
  }

  unseen(room) {
    room.unread += 1;
    this.observer.roomsChanged();
  }

  /** Adds a line by the page itself to the log: facts instead of words, because the language may change. */
  notice(what, message, room = this.current) {
    const entry = { kind: 'notice', what, message, room, at: serverNow(), state: 'saved', live: true };
    room.note(entry);
    this.observer.entryPut(room, entry);
  }

  on_auth_expiring(message) { this.notice('expiring', message); }

  on_ack(message) {
    // If an answer will follow, it says more than the ack.
    if ((this.requests.get(message.ref) || {}).answer) return;
    const { ack } = this.takeRequest(message.ref);
    if (ack) ack(message);
  }

  /** Takes an answer that is more than an ack. */
  answered(message) {
    const { answer } = this.takeRequest(message.ref);
    if (answer) answer(message);
  }

  on_error(message) {
    const { error } = this.takeRequest(message.ref);
    if (message.retry_after) message.until = serverNow() + message.retry_after * 1000;
    if (error) error(message);
    else this.refused(message);
  }

  takeRequest(ref) {
    const asked = this.requests.get(ref) || {};
    this.requests.delete(ref);
    return asked;
  }
}
