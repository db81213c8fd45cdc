// What the features for running a class have in common: hands, polls, approvals, private help, and the
// class as a whole. Each has a file of its own here, and a view in page/ with the same name. Like every part
// of the chat, a feature takes the messages of the server in methods `on_TYPE(message, room)`. An event that
// has a `seq` in a room has to be held: `if (!room.hold(message.seq)) return;`.

import { unchanged } from './entry.js';
import { serverNow } from '../base/time.js';

export class Feature {
  /** `name` is the name of its tab on the desk. */
  constructor(chat, name) {
    this.chat = chat;
    this.name = name;
  }

  /** Forgets everything, because somebody else may use this page next. */
  reset() {}

  /** The server has said who we are, at the beginning and after each reconnection. */
  welcomed(message) {}

  /** A room was joined, perhaps again. The answer describes it as it is now. */
  joined(message, room) {}

  /** The lesson ended in a room: what the room had belongs to the past. */
  lessonEnded(room) {}

  /** The connection ended: no answers will come. */
  lost() {}

  /** Has to be called after a change that the desk shows. */
  changed() {
    this.chat.observer.deskChanged(this.name);
  }

  /** Puts an entry into the log, with `seq` at the place of that event; null if it is there already. The page
      draws its `kind` with the function that `rowOf` (page/message.js) was given. */
  record(kind, room, facts) {
    const entry = Object.assign(unchanged(), { kind, room, text: '', at: serverNow(), state: 'saved', live: true }, facts);
    if (entry.seq) {
      entry.live = entry.seq > room.seen;
      if (!room.add(entry)) return null;
    } else room.note(entry);
    this.chat.observer.entryPut(room, entry);
    return entry;
  }

  /** Shows a recorded entry again, after its facts have changed. */
  redraw(entry) {
    this.chat.observer.entryChanged(entry.room, entry);
  }
}
