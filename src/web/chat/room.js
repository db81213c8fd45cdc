// One room: its log in order, the pending messages, the members, and the point to resume from. No DOM
// and no network.

import { change, revert } from './entry.js';

// Stored changes to messages that are not loaded: a page of history may be a moment older than they are.
const MAX_EARLY_CHANGES = 200;

let arrivals = 0;

/** Sets the place of an event by its `seq`. Entries without one (notices) stand right
    after the event before which they came; pending entries stand at the very end. */
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
    // How many messages the server had counted when we first heard of the room.
    this.said = null;
    this.joined = false;
    // Refused joins in a row.
    this.refusals = 0;
    this.state = { locked: false, slow: 0, approve: false };
    // Our own mute here, {until?, by?, reason?, hand?}, and the one before the last reconnection.
    this.muted = this.mutedBefore = null;
    // When slow mode last counted a message of ours, if that is known.
    this.spoke = null;
    // What the server gave back of the draft, as it stands at its beginning.
    this.returned = '';
    this.members = new Map();
    this.away = new Set();
    this.typing = new Map();
    this.epoch = null;
    this.pin = null;
    this.pinned = null;
    this.newest = { pin: 0, state: 0 };
    // The time of the newest message that was read here, and the first unread entry with a count.
    this.readAt = null;
    this.mark = null;
    this.clear();
  }

  /** Forgets the log, except pending messages and entries that the server does not store. */
  clear() {
    this.entries = (this.entries || []).filter((entry) => !entry.seq);
    this.entries.forEach((entry) => { if (entry.order[0] !== Infinity) entry.order[0] = 0; });
    this.held = new Set();
    this.earlyChanges = [];
    // The acts that cleared messages or brought them back; some of the messages may not be loaded.
    this.clearings = [];
    this.high = null;
    // No event up to this one is missing.
    this.completeUpTo = null;
    this.more = false;
    if (this.mark && !this.entries.includes(this.mark.entry)) this.mark = null;
  }

  /** A lesson ended with event `seq`: only what was not sent yet stays. */
  endLesson(seq) {
    this.entries = this.entries.filter((entry) => entry.seq > seq || entry.order[0] === Infinity);
    this.earlyChanges = this.earlyChanges.filter((event) => event.of > seq);
    [this.pin, this.pinned, this.mark, this.unread, this.more] = [null, null, null, 0, false];
  }

  /** Takes the answer to `join`. Events newer than `seen` are shown as new. */
  welcome({ epoch, seq, recovered, from, state, members, count, pin }) {
    this.joined = true;
    // Whether the server has no message of before.
    this.blank = false;
    this.refusals = 0;
    this.epoch = epoch;
    this.head = seq;
    this.readBefore = this.readAt;
    if (recovered) {
      this.entries = this.entries.filter((entry) => !(entry.seq > from));
      this.held.forEach((held) => { if (held > from) this.held.delete(held); });
      this.earlyChanges = this.earlyChanges.filter((event) => event.seq <= from);
      this.clearings = this.clearings.filter((event) => event.seq <= from);
      this.entries.concat(this.pinned || []).forEach((entry) => revert(entry, from));
      if (this.mark && !this.entries.includes(this.mark.entry)) this.mark = null;
      this.high = this.completeUpTo = this.seen = from;
    } else {
      this.clear();
      this.pinned = null;
      this.seen = seq;
      if (seq === 0) this.completeUpTo = 0;
    }
    this.pin = pin || null;
    // The answer describes the room as of the head; older events must not change it.
    this.newest = { pin: seq, state: seq };
    this.rule(state);
    this.spoke = null;
    // Those who have left since.
    this.away = new Set();
    this.members = new Map((members || []).map((person) => [person.id, person]));
    this.count = count === undefined ? this.members.size : count;
    this.typing.clear();
  }

  /** Somebody came, or is another now. */
  came(person) { this.members.set(person.id, person); }

  /** Takes rules of the room. Slow mode counts from its beginning. */
  rule(state) {
    if (state && state.slow !== undefined && state.slow !== this.state.slow) this.spoke = null;
    this.state = Object.assign({}, this.state, state);
  }

  /** Whether history is still arriving, which screen readers do not read aloud. */
  get filling() {
    return this.joined && !this.blank && this.head > (this.high || 0);
  }

  /** The point to resume from, or undefined for a fresh page. If an unanswered request left a gap, it is
      the event before the gap. */
  since() {
    return this.epoch && this.completeUpTo !== null ? { epoch: this.epoch, seq: this.completeUpTo } : undefined;
  }

  /** Marks event `seq` as received; false if it was received before. */
  hold(seq) {
    if (this.held.has(seq)) return false;
    this.held.add(seq);
    if (this.high === null || seq > this.high) this.high = seq;
    while (this.completeUpTo !== null && this.held.has(this.completeUpTo + 1)) this.completeUpTo += 1;
    return true;
  }

  /** History arrives in order, so an event proves that no event before it is missing. (Acks prove nothing:
      they may overtake events.) */
  confirmHistory(seq) {
    if (this.completeUpTo === null) this.more = seq > 1;
    this.completeUpTo = Math.max(this.completeUpTo || 0, Math.min(seq, this.head));
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

  /** Adds a message event; null if it was received before. */
  add(entry) {
    if (!this.hold(entry.seq)) return null;
    place(entry, entry.seq);
    return this.insert(entry);
  }

  /** Adds an entry without a `seq` at the current end of the log. */
  note(entry) {
    entry.order = [this.high || 0, arrivals += 1];
    return this.insert(entry);
  }

  /** Adds a pending message of ours. */
  queue(entry) {
    entry.order = [Infinity, arrivals += 1];
    return this.insert(entry);
  }

  /** Marks our message as saved as event `seq`; null if a resume has brought that event already. */
  confirm(entry, seq, at) {
    this.remove(entry);
    entry.state = 'saved';
    entry.at = at || entry.at;
    if (seq === undefined) return this.note(entry);
    if (!this.hold(seq)) return null;
    place(entry, seq);
    return this.insert(entry);
  }

  /** The pending message that an event in history probably is: an earlier connection sent it, and its ack
      was lost. Events have no `ref`, so this compares the contents, and another tab may have sent the same
      text. The ack of the retry settles it; see `Outbox.confirm`. */
  probablyOurs({ own, seq, text, replyTo, deleted }) {
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

  /** Applies a change to a message; returns its entry if it is loaded. */
  change(event) {
    const entry = this.find(event.of);
    if (entry) change(entry, event);
    else this.earlyChanges = this.earlyChanges.concat(event).slice(-MAX_EARLY_CHANGES);
    if (this.pinned && this.pinned !== entry && this.pinned.seq === event.of) change(this.pinned, event);
    return entry;
  }

  /** Applies one change to many messages; returns the entries of those that are loaded. */
  changeAll(event) {
    this.clearings.push(event);
    const of = new Set(event.of);
    const entries = this.entries.filter((entry) => of.has(entry.seq));
    entries.concat(this.pinned && !entries.includes(this.pinned) && of.has(this.pinned.seq) ? this.pinned : [])
      .forEach((entry) => change(entry, Object.assign({}, event, { of: entry.seq })));
    return entries;
  }

  /** Applies the changes that came before the message itself was loaded. */
  refresh(entry) {
    this.clearings.forEach((event) => { if (event.of.includes(entry.seq)) change(entry, Object.assign({}, event, { of: entry.seq })); });
    this.earlyChanges.forEach((event) => { if (event.of === entry.seq) change(entry, event); });
    return entry;
  }

  /** Counts an unread entry. The first one gets the unread line; entries of one absence count together. */
  countUnread(entry) {
    const fill = entry.seq <= this.head ? this.head : null;
    const { mark } = this;
    if (mark && (!mark.done || (fill && mark.fill === fill))) mark.n += 1;
    else this.mark = { entry, n: 1, fill, done: false, met: false };
  }

  /** Marks everything as read; returns whether something was unread. An empty room is read up to `now`. */
  read(now) {
    if (this.mark) this.mark.done = true;
    let at = this.entries.length - 1;
    while (at >= 0 && !this.entries[at].seq) at -= 1;
    const empty = at < 0 && this.joined && !this.head && this.readAt === null;
    if (!empty && (at < 0 || this.entries[at].at <= this.readAt)) return false;
    this.readAt = empty ? now : this.entries[at].at;
    return true;
  }

  /** The `seq` before which older messages are requested. */
  oldest() {
    const entry = this.entries.find((each) => each.seq);
    // The newest page may consist of reactions only.
    return entry ? entry.seq : this.head + 1;
  }

  /** Whether event `seq` is the newest about `what`; remembers it. */
  isNewest(what, seq) {
    if (seq <= this.newest[what]) return false;
    this.newest[what] = seq;
    return true;
  }

  /** Adds a page of older messages; returns the new ones. */
  prepend(events, more) {
    this.more = more && events.length > 0;
    return events.filter((entry) => {
      // Older pages contain only messages, so gaps between their numbers are normal.
      if (this.held.has(entry.seq)) return false;
      this.held.add(entry.seq);
      place(entry, entry.seq);
      this.insert(this.refresh(entry));
      this.earlyChanges = this.earlyChanges.filter((event) => event.of !== entry.seq);
      return true;
    });
  }

  /** Drops the oldest entries, to save memory on old tablets in a long lesson; returns them. */
  trim(keep) {
    const dropped = this.entries.splice(0, Math.max(0, this.entries.length - keep));
    dropped.forEach((entry) => this.held.delete(entry.seq));
    if (dropped.length) this.more = true;
    return dropped;
  }
}
