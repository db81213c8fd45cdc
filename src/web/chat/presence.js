// Who is where: who comes to our rooms, leaves and types there, and what happens in rooms where we are not.

const TYPING_SHOWN_MS = 4000;

export class Presence {
  constructor(chat) { this.chat = chat; }

  on_presence(message, room) {
    if (!room) return;
    (message.joined || []).forEach((person) => {
      room.came(person);
      this.chat.names.set(person.id, person.name);
    });
    (message.left || []).forEach((person) => {
      room.members.delete(person.id);
      room.away.add(person.id);
      room.typing.delete(person.id);
    });
    room.count = message.count;
    this.chat.noticeOwnMute(room);
    this.chat.observer.peopleChanged(room);
    this.chat.observer.roomsChanged();
  }

  on_rooms(message) {
    message.rooms.forEach((news) => {
      // A room that was not there when we came: all of it is new.
      if (!this.chat.rooms.has(news.name)) this.chat.room(news.name).said = 0;
      this.hear(this.chat.room(news.name), news);
    });
    this.chat.observer.roomsChanged();
  }

  /** What the server tells of a room where we are not: unread is what was said there since we first heard of it.
      After a restart of the server its count may begin anew. */
  hear(room, { count, said }) {
    room.count = count;
    if (this.chat.wanted.has(room.name)) return;
    if (room.said === null || room.said > said) room.said = said;
    room.unread = said - room.said;
  }

  on_typing(message, room) {
    if (!room || message.from.id === this.chat.me.id) return;
    room.typing.set(message.from.id, { name: message.from.name, until: performance.now() + TYPING_SHOWN_MS });
    this.chat.observer.typingChanged(room);
    setTimeout(() => this.chat.observer.typingChanged(room), TYPING_SHOWN_MS + 50);
  }
}
