// History: older pages, a single message by its number, and search.

import { entryOf } from './entry.js';

const PAGE = 50;
const SEEKING_PAGE = 100;
// After this many pages the reader is asked whether to continue.
const SEEKING_PAGES = 10;
const PAUSE_S = 1;

export class Archive {
  constructor(chat) {
    this.chat = chat;
  }

  older(room, limit = PAGE, then = null) {
    const before = room.oldest();
    if (!room.more || room.asking || !room.joined) return;
    room.asking = this.chat.request({ type: 'history', room: room.name, before, limit }, {
      answer: (message) => {
        room.asking = false;
        const entries = message.messages.map((each) => entryOf(each, room, this.chat.me));
        this.chat.observer.olderLoaded(room, room.prepend(entries, message.more));
        if (then) then();
      },
      error: (why) => {
        room.asking = false;
        if (why.code !== 'rate_limited') return this.chat.refused(why, () => this.older(room, limit, then));
        // The server limits how fast history is requested.
        setTimeout(() => this.older(room, limit, then), (why.retry_after || PAUSE_S) * 1000);
        return undefined;
      },
    });
  }

  /** A room was joined, and no event has come. Perhaps none will: what was said belongs to lessons that have
      ended. */
  settle(room) {
    if (!room.filling || room.high !== null) return;
    this.chat.request({ type: 'history', room: room.name, limit: 1 }, {
      answer: ({ messages, more }) => {
        if (messages.length || more) return;
        room.blank = true;
        this.chat.observer.historyFilled(room);
      },
      error: () => {},
    });
  }

  /** Loads older pages until message `seq` is there. Calls `found(entry)`, `found(null)` if there is no
      such message, or `far(goOn)` after SEEKING_PAGES pages. */
  seek(room, seq, found, far, pages = SEEKING_PAGES) {
    const entry = room.find(seq);
    const oldest = room.oldest();
    if (entry || !room.more || oldest < seq) found(entry || null);
    else if (room.asking) setTimeout(() => this.seek(room, seq, found, far, pages), 100);
    else if (!room.joined) this.chat.refused({ code: 'offline' });
    else if (!pages) far(() => this.seek(room, seq, found, far));
    else this.older(room, SEEKING_PAGE, () => this.seek(room, seq, found, far, pages - 1));
  }

  /** Loads the pinned message, which may be older than every loaded entry. */
  fetchPin(room) {
    const { pin } = room;
    if (!pin || room.find(pin) || (room.pinned && room.pinned.seq === pin)) return;
    this.chat.request({ type: 'history', room: room.name, before: pin + 1, limit: 1 }, {
      answer: ({ messages }) => {
        const message = messages.find((each) => each.seq === pin);
        if (!message || room.pin !== pin) return;
        room.pinned = room.refresh(entryOf(message, room, this.chat.me));
        this.chat.observer.pinChanged(room);
      },
      error: () => {},
    });
  }

  /** Requests one page of results, newest first; calls `answer(message)` or `error(why)`. */
  search(room, query, before, { answer, error }) {
    const request = { type: 'search', room: room.name, query };
    if (before) request.before = before;
    const lost = () => error({ code: 'offline' });
    if (!this.chat.request(request, { answer, error, lost })) lost();
  }

  on_history(message) {
    this.chat.answered(message);
  }

  on_found(message) {
    this.chat.answered(message);
  }
}
