// One room as this page knows it: its log in order, what has been sent but not yet confirmed, who is
// here, and from where to resume. No DOM, no network.

import { change, revert } from './entry.js';

// Changes to messages that are not loaded, kept in case they are loaded in a state that is a moment old.
const LOOSE_CHANGES = 200;

let arrivals = 0;

/** Where an entry stands: events by their number, what has none (a private message, a notice) right
    behind the event it came after, what is not confirmed yet at the very end. */
function place(entry, seq) {
  entry.seq = seq;
  entry.order = [seq, 0];
}

function before(a, b) {
  return a.order[0] - b.order[0] || a.order[1] - b.order[1];
}

export class Room {
  constructor(name) {
    this.name = name;
    this.count = 0;
    this.unread = 0;
    this.joined = false;
    // In a row, of our asking to come in.
    this.refusals = 0;
    this.state = { locked: false, slow: 0, approve: false };
    this.members = new Map();
    this.typing = new Map();
    this.epoch = null;
    this.pin = null;
    this.pinned = null;
    this.settled = { pin: 0, state: 0 };
    // The time of the newest message that was read here, and where reading goes on after an absence.
    this.readAt = null;
    this.mark = null;
    this.clear();
  }

  /** Forgets the log, not what is still to be sent and not what nobody can send again. */
  clear() {
    this.entries = (this.entries || []).filter((entry) => !entry.seq);
    this.entries.forEach((entry) => { if (entry.order[0] !== Infinity) entry.order[0] = 0; });
    this.held = new Set();
    this.loose = [];
    this.high = null;
    // Up to here nothing is missing.
    this.solid = null;
    this.more = false;
    if (this.mark && !this.entries.includes(this.mark.entry)) this.mark = null;
  }

  /** The answer to `join`. What is newer than `seen` counts as unread. */
  welcome({ epoch, seq, recovered, from, state, members, count, pin }) {
    this.joined = true;
    this.refusals = 0;
    this.epoch = epoch;
    this.head = seq;
    this.readBefore = this.readAt;
    if (recovered) {
      this.entries = this.entries.filter((entry) => !(entry.seq > from));
      this.held.forEach((held) => { if (held > from) this.held.delete(held); });
      this.loose = this.loose.filter((event) => event.seq <= from);
      this.entries.concat(this.pinned || []).forEach((entry) => revert(entry, from));
      if (this.mark && !this.entries.includes(this.mark.entry)) this.mark = null;
      this.high = this.solid = this.seen = from;
    } else {
      this.clear();
      this.pinned = null;
      this.seen = seq;
      if (seq === 0) this.solid = 0;
    }
    this.pin = pin || null;
    // What the answer told is as of the head; older events say what once was.
    this.settled = { pin: seq, state: seq };
    this.state = Object.assign({}, this.state, state);
    this.members = new Map((members || []).map((person) => [person.id, person]));
    this.count = count === undefined ? this.members.size : count;
    this.typing.clear();
  }

  /** Until the head is reached, what arrives is history and is not read aloud. */
  get filling() {
    return this.joined && this.head > (this.high || 0);
  }

  /** What to resume from, or undefined for a fresh page. What we asked for and were never answered
      may have left a gap; then it is the event before the gap. */
  since() {
    return this.epoch && this.solid !== null ? { epoch: this.epoch, seq: this.solid } : undefined;
  }

  /** Notes an event's number; false if it is already here. */
  hold(seq) {
    if (this.held.has(seq)) return false;
    this.held.add(seq);
    if (this.high === null || seq > this.high) this.high = seq;
    while (this.solid !== null && this.held.has(this.solid + 1)) this.solid += 1;
    return true;
  }

  /** An event that was sent to us vouches for all history before it: they come in order. (The answer
      to a request may overtake them.) */
  vouch(seq) {
    if (this.solid === null) this.more = seq > 1;
    this.solid = Math.max(this.solid || 0, Math.min(seq, this.head));
  }

  insert(entry) {
    let at = this.entries.length;
    while (at > 0 && before(entry, this.entries[at - 1]) < 0) at -= 1;
    this.entries.splice(at, 0, entry);
    return entry;
  }

  remove(entry) {
    const at = this.entries.indexOf(entry);
    if (at >= 0) this.entries.splice(at, 1);
  }

  /** The entry that follows this one in the log. */
  after(entry) {
    return this.entries[this.entries.indexOf(entry) + 1];
  }

  /** A message event; null if it is already here. */
  add(entry) {
    if (!this.hold(entry.seq)) return null;
    place(entry, entry.seq);
    return this.insert(entry);
  }

  /** What has no number stays where it appeared. */
  note(entry) {
    entry.order = [this.high || 0, arrivals += 1];
    return this.insert(entry);
  }

  /** A message of ours on its way. */
  queue(entry) {
    entry.order = [Infinity, arrivals += 1];
    return this.insert(entry);
  }

  /** It is saved as event `seq`; null if a resume has already brought that event. */
  confirm(entry, seq, at) {
    this.remove(entry);
    entry.state = 'saved';
    entry.at = at || entry.at;
    if (seq === undefined) return this.note(entry);
    if (!this.hold(seq)) return null;
    place(entry, seq);
    return this.insert(entry);
  }

  /** A message of ours that an earlier connection sent and that now comes back as history. An event does
      not say under which `ref` it was sent, so this is a guess by its content: the same words may have
      been said in another tab. The `ack` of the second try knows; see `Outbox.confirm`. */
  tried({ own, seq, text, replyTo, deleted }) {
    if (!own || deleted || seq > this.head) return undefined;
    return this.pending().find((entry) => (
      entry.kind === 'message' && entry.sent && entry.text === text && entry.replyTo === replyTo));
  }

  pending() {
    return this.entries.filter((entry) => entry.state === 'pending');
  }

  find(seq) {
    return this.entries.find((entry) => entry.seq === seq);
  }

  /** What became of a message; answers its entry if it is loaded. */
  change(event) {
    const entry = this.find(event.of);
    if (entry) change(entry, event);
    else this.loose = this.loose.concat(event).slice(-LOOSE_CHANGES);
    if (this.pinned && this.pinned !== entry && this.pinned.seq === event.of) change(this.pinned, event);
    return entry;
  }

  /** Brings a message from the archive up to date. */
  refresh(entry) {
    this.loose.forEach((event) => { if (event.of === entry.seq) change(entry, event); });
    return entry;
  }

  /** A message that its reader has not seen: the first one is where reading goes on. Those of one
      absence count together. */
  miss(entry) {
    const fill = entry.seq <= this.head ? this.head : null;
    const { mark } = this;
    if (mark && (!mark.done || (fill && mark.fill === fill))) mark.n += 1;
    else this.mark = { entry, n: 1, fill, done: false, met: false };
  }

  /** Everything here has been read; answers whether that is news. */
  read() {
    if (this.mark) this.mark.done = true;
    let at = this.entries.length - 1;
    while (at >= 0 && !this.entries[at].seq) at -= 1;
    if (at < 0 || this.entries[at].at <= this.readAt) return false;
    this.readAt = this.entries[at].at;
    return true;
  }

  /** The number before which older messages are to be asked for. */
  oldest() {
    const entry = this.entries.find((each) => each.seq);
    // The newest page may be all reactions.
    return entry ? entry.seq : this.head + 1;
  }

  /** Is event `seq` the newest word on `what`? */
  settles(what, seq) {
    if (seq <= this.settled[what]) return false;
    this.settled[what] = seq;
    return true;
  }

  /** A page of older messages; answers those that were not here. */
  prepend(events, more) {
    this.more = more && events.length > 0;
    return events.filter((entry) => {
      // Older pages hold messages only, so their numbers have gaps and say nothing about `solid`.
      if (this.held.has(entry.seq)) return false;
      this.held.add(entry.seq);
      place(entry, entry.seq);
      this.insert(this.refresh(entry));
      this.loose = this.loose.filter((event) => event.of !== entry.seq);
      return true;
    });
  }

  /** Drops the oldest entries so that a long lesson does not fill an old tablet; answers them. */
  trim(keep) {
    const dropped = this.entries.splice(0, Math.max(0, this.entries.length - keep));
    dropped.forEach((entry) => this.held.delete(entry.seq));
    if (dropped.length) this.more = true;
    return dropped;
  }
}
