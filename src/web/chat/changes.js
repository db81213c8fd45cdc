// Changes to what was said: our requests to edit, delete, react and pin, and the events that tell of
// them. Ours take effect when they are saved, as the answer says; a resume may bring them a second time.

export class Changes {
  constructor(chat) {
    this.chat = chat;
  }

  edit(entry, text) {
    return this.ask({ type: 'edit', text }, entry, { type: 'edited', text });
  }

  delete(entry, purge) {
    const more = purge ? { purge } : {};
    const event = purge ? { type: 'deleted', purged: true } : { type: 'deleted' };
    this.ask(Object.assign({ type: 'delete' }, more), entry, event);
  }

  /** The same again takes it back. */
  react(entry, pressed) {
    const emoji = entry.reactions.get(this.chat.me.id) === pressed ? null : pressed;
    this.ask({ type: 'react', emoji }, entry, { type: 'reaction', emoji });
  }

  /** With null, nothing is pinned any more. */
  pin(room, seq) {
    this.chat.ask({ type: 'moderate', action: 'pin', room: room.name, seq }, {
      ack: (answer) => { if (this.fresh(room, answer.seq)) this.pinned(room, seq, answer.seq); },
    });
  }

  ask(request, entry, event) {
    const { chat } = this;
    const { room, seq } = entry;
    return chat.ask(Object.assign(request, { room: room.name, seq }), {
      ack: (answer) => {
        const facts = { seq: answer.seq, of: seq, at: answer.at || Date.now(), from: chat.me, by: chat.me };
        if (this.fresh(room, answer.seq)) this.change(room, Object.assign(event, facts));
      },
    });
  }

  /** Not here yet? A request that changed nothing is answered without a number. */
  fresh(room, seq) {
    return seq !== undefined && room.hold(seq);
  }

  change(room, event) {
    const entry = room.change(event);
    if (event.from) this.chat.names.set(event.from.id, event.from.name);
    if (entry && event.type === 'reaction') this.chat.observer.reactionsChanged(room, entry);
    else if (entry) this.chat.observer.entryChanged(room, entry);
    if (room.pin === event.of) this.chat.observer.pinChanged(room);
  }

  /** `at` is the number of the event; the last one in order counts. */
  pinned(room, seq, at) {
    if (!room.settles('pin', at)) return;
    room.pin = seq;
    this.chat.archive.fetchPin(room);
    this.chat.observer.pinChanged(room);
  }

  on_edited(event, room) {
    if (room && this.fresh(room, event.seq)) this.change(room, event);
  }

  on_deleted(event, room) {
    this.on_edited(event, room);
  }

  on_reaction(event, room) {
    this.on_edited(event, room);
  }

  on_pinned(event, room) {
    if (room && this.fresh(room, event.seq)) this.pinned(room, event.of || null, event.seq);
  }
}
