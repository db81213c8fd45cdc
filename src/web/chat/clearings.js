// Messages that were cleared in one act, and brought back. They are applied as deletions of each message,
// marked with the act, and the act itself is one line in the log. No DOM and no network.

import { entryOf } from './entry.js';
import { Feature } from './feature.js';

const PAGE = 100;
// The pause before a refused request is repeated, unless the server names one.
const PAUSE_S = 1;

// What can be cleared of a room without looking for its first message: so many minutes.
const MINUTES = [5, 15, 60];
const MINUTE_MS = 60000;

/** From which message on the last minutes of a room are cleared: [{minutes, from}], without those that say the same. */
export function recent(entries, now) {
  const first = (minutes) => entries.find(({ seq, at }) => seq && at >= now - minutes * MINUTE_MS);
  return MINUTES.map((minutes) => ({ minutes, from: (first(minutes) || {}).seq }))
    .filter(({ from }, n, all) => from && !(n && all[n - 1].from === from));
}

export class Clearings extends Feature {
  constructor(chat) {
    super(chat, 'approvals');
  }

  /** Clears what `which` says: {user}, {from} or both. `done({seq, n, more})` gets the act, and how many
      messages it took, if that is known already. */
  clear(room, which, done) {
    this.chat.ask(Object.assign({ type: 'moderate', action: 'clear', room: room.name }, which), {
      ack: ({ seq, more }) => {
        const line = room.entries.find((entry) => entry.kind === 'cleared' && entry.seq === seq);
        done({ seq, more, n: line ? line.n : undefined });
      },
    });
  }

  undo(room, seq) {
    this.chat.ask({ type: 'moderate', action: 'undo_clear', room: room.name, seq });
  }

  on_cleared(message, room) {
    if (!room || room.held.has(message.seq)) return;
    const { seq, at, by, of, undone } = message;
    // It was undone before we came: the messages have come with their words.
    if (undone) {
      room.hold(seq);
      return;
    }
    this.apply(room, { type: 'deleted', seq, of, at, by, cleared: seq });
    this.record('cleared', room, { seq, at, by, n: of.length, undone: false });
  }

  on_restored(message, room) {
    if (!room || room.held.has(message.seq)) return;
    const { seq, at, by, of, cleared } = message;
    const line = room.entries.find((entry) => entry.kind === 'cleared' && entry.seq === cleared);
    if (line) {
      room.remove(line);
      this.chat.observer.entryRemoved(room, line);
    }
    this.chat.observer.moderated({ action: 'undo_clear', room: room.name, cleared });
    this.apply(room, { type: 'restored', seq, of, at, by, cleared });
    this.record('cleared', room, { seq, at, by, n: of.length, undone: true });
    const back = new Set(of);
    // Those that came without their words.
    this.fetch(room, room.entries.filter((entry) => entry.deleted && back.has(entry.seq)));
  }

  apply(room, event) {
    this.chat.observer.entriesChanged(room, room.changeAll(event));
    this.chat.changes.quoted(room, event.of);
    if (event.of.includes(room.pin)) this.chat.observer.pinChanged(room);
  }

  /** Reads the words of messages again, newest first. */
  fetch(room, missing) {
    if (!missing.length) return;
    const before = missing[missing.length - 1].seq + 1;
    const ask = () => this.chat.request({ type: 'history', room: room.name, before, limit: PAGE }, {
      answer: ({ messages, more }) => {
        const fresh = new Map(messages.map((each) => [each.seq, each]));
        const changed = missing.filter((entry) => fresh.has(entry.seq));
        changed.forEach((entry) => {
          const { text, edited, deleted, purged, reactions } = entryOf(fresh.get(entry.seq), room, this.chat.me);
          Object.assign(entry, { text, edited, deleted, purged, reactions, cleared: 0, base: null, changes: [] });
        });
        this.chat.observer.entriesChanged(room, changed);
        const oldest = messages.length ? messages[0].seq : 0;
        if (more) this.fetch(room, missing.filter((entry) => entry.seq < oldest));
      },
      error: (why) => {
        if (why.code === 'rate_limited') setTimeout(ask, (why.retry_after || PAUSE_S) * 1000);
      },
    });
    ask();
  }
}
