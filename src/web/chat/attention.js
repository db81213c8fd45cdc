// What wants the attention of this person: private messages, mentions of their name, and, for those who teach,
// calls for help. No DOM and no network.

import { HOSTS } from './private.js';
import { current } from './thread.js';

export class Attention {
  constructor(chat) {
    this.chat = chat;
    /** Is called when something comes that nobody looks at: `mention`, `private` or `call`. */
    this.came = () => {};
    this.reset();
  }

  reset() {
    // How many unread messages of each room mention us.
    this.rooms = new Map();
  }

  /** A message came to a room that nobody looks at, and is not counted as unread yet. */
  said({ mentionsMe, room, live }) {
    if (!mentionsMe) return;
    // What was counted before the room was read is over.
    this.rooms.set(room.name, room.unread > 0 ? (this.rooms.get(room.name) || 0) + 1 : 1);
    if (live) this.came('mention');
  }

  /** A private message came to a conversation that nobody looks at, or a report (null). */
  whispered(thread) {
    this.came(thread === null || this.isCall(thread) ? 'call' : 'private');
  }

  /** Whether a conversation that somebody began in this lesson is with all who teach, and none of these has read what
      was said there last. Where a teacher began, it is an answer. */
  isCall(thread) {
    const { who, unread } = thread;
    if (!this.chat.isHost || !unread || who.id === HOSTS) return false;
    const said = current(thread).filter(({ state }) => state === 'saved');
    const [first, newest] = [said[0], said[said.length - 1]];
    return Boolean(newest) && newest.shared && newest.from.id === who.id && first.from.id === who.id;
  }

  /** The conversations in which somebody waits for help, the longest wait first. */
  get calls() {
    return this.chat.private.list().filter((thread) => this.isCall(thread)).reverse();
  }

  get mentions() {
    let sum = 0;
    this.chat.rooms.forEach((room) => { if (room.unread) sum += this.rooms.get(room.name) || 0; });
    return sum;
  }

  /** How many things want attention. Calls for help are private messages, too. */
  get count() {
    return this.chat.private.unread + this.mentions;
  }
}
