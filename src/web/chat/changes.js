// Changes to messages: our requests to edit, delete, react and pin, and the events that report such
// changes. Our own change is applied when its ack comes; a resume may bring the same change again.

import { serverNow } from '../base/time.js';

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

  /** Sets our reaction; pressing the same emoji again removes it. */
  react(entry, pressed) {
    const emoji = entry.reactions.get(this.chat.me.id) === pressed ? null : pressed;
    this.ask({ type: 'react', emoji }, entry, { type: 'reaction', emoji });
  }

  /** Pins a message; `null` unpins. */
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
        const facts = { seq: answer.seq, of: seq, at: answer.at || serverNow(), from: chat.me, by: chat.me };
        if (request.type === 'edit') chat.spoke(room, answer.at);
        if (answer.pending) chat.approvals.editWaits(entry, answer.pending, request.text);
        else if (this.fresh(room, answer.seq)) this.change(room, Object.assign(event, facts));
      },
    });
  }

  /** Whether event `seq` is new here. The ack of a request that changed nothing has no `seq`. */
  fresh(room, seq) {
    return seq !== undefined && room.hold(seq);
  }

  change(room, event) {
    const entry = room.change(event);
    if (event.from) this.chat.names.set(event.from.id, event.from.name);
    if (entry && event.type === 'reaction') this.chat.observer.reactionsChanged(room, entry);
    else if (entry) this.chat.observer.entryChanged(room, entry);
    this.quoted(room, [event.of]);
    if (room.pin === event.of) this.chat.observer.pinChanged(room);
  }

  /** The line that a question was answered has its words, too. */
  quoted(room, of) {
    const quotes = ({ kind, what, of: question }) => kind === 'hand' && what === 'answered' && of.includes(question);
    this.chat.observer.entriesChanged(room, room.entries.filter(quotes));
  }

  /** `at` is the `seq` of the event; the newest one counts. */
  pinned(room, seq, at) {
    if (!room.isNewest('pin', at)) return;
    room.pin = seq;
    this.chat.archive.fetchPin(room);
    this.chat.observer.pinChanged(room);
  }

  /** An edit that a later one replaced has no text: it only has its place in the order. The message came
      with its newest text, or the later edit brings it. */
  on_edited(event, room) {
    if (room && this.fresh(room, event.seq) && !event.superseded) this.change(room, event);
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
