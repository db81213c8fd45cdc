// One room as this page knows it: its log in order, what has been sent but not yet confirmed, who is
// here, and from where to resume. No DOM, no network.

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
    this.state = { locked: false, slow: 0, approve: false };
    this.members = new Map();
    this.typing = new Map();
    this.epoch = null;
    this.clear();
  }

  /** Forgets the log, not what is still to be sent and not what nobody can send again. */
  clear() {
    this.entries = (this.entries || []).filter((entry) => !entry.seq);
    this.entries.forEach((entry) => { if (entry.order[0] !== Infinity) entry.order[0] = 0; });
    this.held = new Set();
    this.first = null;
    this.high = null;
    this.more = false;
  }

  /** The answer to `join`. What is newer than `seen` counts as unread. */
  welcome({ epoch, seq, recovered, from, state, members, count }) {
    this.joined = true;
    this.epoch = epoch;
    this.head = seq;
    if (recovered) {
      this.entries = this.entries.filter((entry) => !(entry.seq > from));
      this.held.forEach((held) => { if (held > from) this.held.delete(held); });
      this.high = from;
      this.seen = from;
    } else {
      this.clear();
      this.seen = seq;
    }
    this.state = Object.assign({}, this.state, state);
    this.members = new Map((members || []).map((person) => [person.id, person]));
    this.count = count === undefined ? this.members.size : count;
    this.typing.clear();
  }

  /** Until the head is reached, what arrives is history and is not read aloud. */
  get filling() {
    return this.joined && this.head > (this.high || 0);
  }

  /** What to resume from, or undefined for a fresh page. A message of ours that was sent and never
      confirmed may be an event we were not shown: then resume from before the gap it left. */
  since() {
    if (!this.epoch) return undefined;
    if (this.high === null) return this.head === 0 ? { epoch: this.epoch, seq: 0 } : undefined;
    let seq = this.high;
    if (this.first !== null && this.pending().some((entry) => entry.sent)) {
      seq = this.first - 1;
      while (this.held.has(seq + 1)) seq += 1;
    }
    return { epoch: this.epoch, seq };
  }

  /** Notes an event's number; false if it is already here. */
  hold(seq) {
    if (this.held.has(seq)) return false;
    this.held.add(seq);
    if (this.first === null || seq < this.first) this.first = seq;
    if (this.high === null || seq > this.high) this.high = seq;
    return true;
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
    const oldest = this.high === null;
    if (!this.hold(entry.seq)) return null;
    if (oldest) this.more = entry.seq > 1;
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

  /** A message of ours that an earlier connection sent and that now comes back as history. */
  tried({ own, seq, text }) {
    if (!own || seq > this.head) return undefined;
    return this.pending().find((entry) => entry.kind === 'message' && entry.sent && entry.text === text);
  }

  pending() {
    return this.entries.filter((entry) => entry.state === 'pending');
  }

  find(seq) {
    return this.entries.find((entry) => entry.seq === seq);
  }

  /** The number before which older messages are to be asked for. */
  oldest() {
    const entry = this.entries.find((each) => each.seq);
    return entry ? entry.seq : null;
  }

  /** A page of older messages; answers those that were not here. */
  prepend(events, more) {
    this.more = more && events.length > 0;
    return events.filter((entry) => {
      // Older pages hold messages only, so their numbers have gaps and say nothing about `first`.
      if (this.held.has(entry.seq)) return false;
      this.held.add(entry.seq);
      place(entry, entry.seq);
      this.insert(entry);
      return true;
    });
  }

  /** Drops the oldest entries so that a long lesson does not fill an old tablet; answers them. */
  trim(keep) {
    const dropped = this.entries.splice(0, Math.max(0, this.entries.length - keep));
    dropped.forEach((entry) => this.held.delete(entry.seq));
    if (dropped.length) {
      this.more = true;
      this.first = this.oldest();
    }
    return dropped;
  }
}
