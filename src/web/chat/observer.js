// The changes of the chat that a view may want to show. The page extends this class (page/updates.js);
// here, nothing happens.

export class Observer {
  /** Another room is open now. */
  roomOpened(room) {}

  /** A room was joined, perhaps again: everything about it may be different. */
  roomReset(room) {}

  /** A new entry, or one whose state or place is different. */
  entryPut(room, entry) {}

  /** The text of an entry was edited or deleted. */
  entryChanged(room, entry) {}

  /** The text of many entries was deleted, or brought back, in one act. */
  entriesChanged(room, entries) {}

  /** An entry is no longer part of the room. */
  entryRemoved(room, entry) {}

  /** A message of ours was refused for as long as the room is as it is: it is a draft again. */
  givenBack(entry, why) {}

  reactionsChanged(room, entry) {}

  pinChanged(room) {}

  /** A page of older entries was loaded. */
  olderLoaded(room, entries) {}

  /** The history that was requested with `join` is complete. */
  historyFilled(room) {}

  typingChanged(room) {}

  peopleChanged(room) {}

  /** Unread counts, or which rooms are joined. */
  roomsChanged() {}

  /** Whether a room is locked, slow mode, a mute, or the lesson. */
  stateChanged(room) {}

  /** A lesson ended in a room: what was said there is gone. */
  lessonEnded(room) {}

  /** A feature has something else to show on the desk. `name` is the name of its tab. */
  deskChanged(name) {}

  /** A request failed. `again()` repeats it; null where that cannot help. */
  requestRefused({ why, again }) {}

  /** Somebody else who leads did something: {action, room?, target?, hand?}. */
  moderated(message) {}

  /** What this person did as a moderator has taken effect. */
  moderationDone(room, what) {}
}
