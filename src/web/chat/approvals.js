// Messages that wait for approval. Those who lead a room know all that waits there, others their own. What
// waits is no event: it has an `id` instead of a `seq`. No DOM and no network.

import { unchanged } from './entry.js';
import { Feature } from './feature.js';

// How many decisions are shown to those who lead, so that they know what another one did.
const DECISIONS = 5;
// The pause before a refused request is repeated, unless the server names one.
const PAUSE_S = 1;

export class Approvals extends Feature {
  constructor(chat) {
    super(chat, 'approvals');
  }

  reset() {
    // For each room by its name: what waits, by `id`; our edits that wait or were rejected, by the `seq` of
    // the message; and the newest decisions.
    this.rooms = new Map();
    // What became of our messages, by `id`: this may come before the ack says that they wait.
    this.outcomes = new Map();
  }

  of(room) {
    if (!this.rooms.has(room.name)) this.rooms.set(room.name, { waiting: new Map(), edits: new Map(), decided: [] });
    return this.rooms.get(room.name);
  }

  /** What waits in a room for somebody who leads. */
  toDecide(room = this.chat.current) {
    return this.chat.canModerate ? [...this.of(room).waiting.values()] : [];
  }

  /** Our edit of this message that waits or was rejected. */
  editOf({ room, seq }) {
    return seq ? this.of(room).edits.get(seq) : undefined;
  }

  mine(item) { return item.from.id === this.chat.me.id; }

  joined(message, room) {
    const facts = this.of(room);
    facts.waiting = new Map();
    this.list(room, facts.waiting, message.pending || [], message.pending_more);
  }

  /** Takes a part of the list of what waits, and asks for the rest of it. */
  list(room, waiting, items, more) {
    // The room may have been joined again meanwhile, with a new list.
    if (this.of(room).waiting !== waiting) return;
    items.forEach((item) => waiting.set(item.id, item));
    const last = items[items.length - 1];
    if (!more || !last) {
      this.settle(room);
      return;
    }
    const ask = () => this.chat.request({ type: 'approvals', room: room.name, after: last.id }, {
      answer: (answer) => {
        this.list(room, waiting, answer.pending, answer.more);
        this.chat.outbox.flush(room);
        this.chat.observer.roomReset(room);
      },
      error: (why) => {
        if (why.code === 'rate_limited') setTimeout(ask, (why.retry_after || PAUSE_S) * 1000);
        else this.chat.refused(why);
      },
    });
    ask();
  }

  /** Makes the log agree with the whole list. */
  settle(room) {
    const { waiting, edits } = this.of(room);
    room.entries.filter((entry) => entry.waiting && !waiting.has(entry.waiting)).forEach((entry) => {
      // Somebody decided while we were away. Sent again with the same `ref`, it says what became of it.
      entry.waiting = null;
      entry.state = 'pending';
      entry.stale = true;
      if (!entry.ref) room.remove(entry);
    });
    edits.forEach((item, seq) => { if (!item.why && !waiting.has(item.id)) edits.delete(seq); });
    waiting.forEach((item) => { if (this.mine(item)) this.show(room, item); });
    this.changed();
  }

  /** Shows our own message or edit that waits. */
  show(room, item) {
    if (item.of) {
      this.setEdit(room, item.of, item);
      return;
    }
    if (room.entries.some((entry) => entry.waiting === item.id)) return;
    const entry = Object.assign(unchanged(), {
      kind: 'message', room, from: this.chat.me, own: true, text: item.text, replyTo: item.reply_to, at: item.at,
      state: 'waiting', waiting: item.id, live: true,
    });
    room.queue(entry);
    this.chat.observer.entryPut(room, entry);
  }

  setEdit(room, seq, item) {
    const { edits } = this.of(room);
    if (item) edits.set(seq, item);
    else edits.delete(seq);
    const entry = room.find(seq);
    if (!entry) return;
    this.chat.observer.entryChanged(room, entry);
  }

  /** The ack of our message says that it waits. */
  waits(entry, id) {
    const { room, text, replyTo, at } = entry;
    const outcome = this.outcomes.get(id);
    if (outcome) {
      if (outcome.seq) this.chat.outbox.confirm(entry, outcome);
      else this.chat.outbox.fail(entry, outcome);
      return;
    }
    const twin = room.entries.find((each) => each.waiting === id && each !== entry);
    if (twin) this.chat.outbox.discard(twin);
    entry.state = 'waiting';
    entry.waiting = id;
    this.of(room).waiting.set(id, { id, from: this.chat.me, text, reply_to: replyTo, at });
    this.chat.outbox.keep();
    this.chat.observer.entryPut(room, entry);
  }

  /** The ack of our edit says that it waits. */
  editWaits({ room, seq }, id, text) {
    const outcome = this.outcomes.get(id);
    if (outcome && outcome.seq) return;
    const item = { id, from: this.chat.me, text, of: seq, why: outcome };
    if (!outcome) this.of(room).waiting.set(id, item);
    this.setEdit(room, seq, item);
  }

  on_pending(message, room) {
    if (!room) return;
    this.of(room).waiting.set(message.id, message);
    if (this.mine(message)) this.show(room, message);
    this.changed();
  }

  on_approvals(message) {
    this.chat.answered(message);
  }

  on_published(message, room) {
    if (!room) return;
    const { id, seq, at, by } = message;
    this.outcomes.set(id, { seq, at });
    this.decided(room, id, 'published', by);
    const entry = room.entries.find((each) => each.waiting === id);
    if (entry) {
      entry.waiting = null;
      this.chat.outbox.confirm(entry, { seq, at });
    }
    this.endEdit(room, id, null);
  }

  on_rejected(message, room) {
    if (!room) return;
    const { id, by, reason, why: cause } = message;
    const why = { code: 'rejected', by: by && by.name, reason, cause };
    this.outcomes.set(id, why);
    this.decided(room, id, 'rejected', by);
    const entry = room.entries.find((each) => each.waiting === id);
    if (entry) {
      entry.waiting = null;
      this.chat.outbox.fail(entry, why);
    }
    this.endEdit(room, id, why);
  }

  endEdit(room, id, why) {
    this.of(room).edits.forEach((item, seq) => {
      if (item.id === id) this.setEdit(room, seq, why && Object.assign({}, item, { why }));
    });
  }

  /** Takes something off the list, and keeps who decided what. */
  decided(room, id, what, by) {
    const facts = this.of(room);
    const item = facts.waiting.get(id);
    facts.waiting.delete(id);
    if (item && by) facts.decided = [{ what, by, item }].concat(facts.decided).slice(0, DECISIONS);
    this.changed();
  }

  /** Who decided what belongs to the lesson that has ended. */
  lessonEnded(room) {
    this.of(room).decided = [];
    this.changed();
  }

  publish(room, id) {
    this.decide('publish', room, { id });
  }

  reject(room, id, reason) {
    this.decide('reject', room, reason ? { id, reason } : { id });
  }

  decide(action, room, more) {
    const ask = () => this.chat.request(Object.assign({ type: 'moderate', action, room: room.name }, more), {
      error: (why) => {
        // Somebody else decided.
        if (why.code === 'not_found') this.decided(room, more.id);
        this.chat.refused(why, ask);
      },
    }) || this.chat.refused({ code: 'offline' }, ask);
    ask();
  }

  /** Forgets our edit that was rejected. */
  dismissEdit({ room, seq }) {
    this.setEdit(room, seq, null);
  }
}
