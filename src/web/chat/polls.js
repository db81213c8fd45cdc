// Polls: the questions of each room, our own answers, and the results. No DOM and no network.

import { Feature } from './feature.js';

/** Most polls of a room that are open at once; the server refuses more. */
export const MAX_OPEN = 4;
// Of a room's polls the server keeps this many, and the page no more: another could not be published.
const MAX_KEPT = 20;

function newPoll(room, seq) {
  return {
    room, seq, question: '', choices: [], multiple: false, anonymous: false,
    // How many have answered; how many chose each of the choices, or null while this is not shown to us.
    open: false, published: false, count: 0, votes: null,
    // Our own answer: whether the server has one, which (null where nobody keeps it), the one that is on its
    // way, and the one that could not be sent.
    voted: false, chosen: null, sending: null, unsent: null,
    // Only for those who lead.
    voters: null, missing: null, repeated: 0, sameDevice: [],
    // The number of the newest event with the result, which has the bars in the log.
    outcome: 0,
  };
}

function describe(poll, { question, choices, multiple, anonymous }) {
  return Object.assign(poll, { question, choices, multiple: Boolean(multiple), anonymous: Boolean(anonymous) });
}

/** What was asked, as in a request. */
function asked({ question, choices, multiple, anonymous }) {
  return Object.assign({ question, choices }, multiple ? { multiple } : {}, anonymous ? { anonymous } : {});
}

export class Polls extends Feature {
  constructor(chat) {
    super(chat, 'polls');
  }

  reset() {
    // By the name of the room and by `seq`. A room that is joined anew may be another object.
    this.rooms = new Map();
    // The sums of polls that we have asked and that are not acknowledged yet: a slow disk delays the ack, and not the sums.
    this.early = new Map();
  }

  of(room) {
    if (!this.rooms.has(room.name)) this.rooms.set(room.name, new Map());
    return this.rooms.get(room.name);
  }

  /** The polls of a room, the newest first. */
  list(room) {
    return [...this.of(room).values()].sort((a, b) => b.seq - a.seq);
  }

  open(room) {
    return this.list(room).filter((poll) => poll.open);
  }

  // ---- requests -------------------------------------------------------------------------------

  /** Asks a room a question; resolves to null, or to the reason of the refusal. */
  ask(room, question) {
    return new Promise((resolve) => {
      const offline = () => resolve({ code: 'offline' });
      const sent = this.chat.request(Object.assign({ type: 'poll', room: room.name }, asked(question)), {
        ack: ({ seq, at }) => {
          this.on_poll(Object.assign({ seq, at, by: this.chat.me }, question), room);
          resolve(null);
        },
        error: resolve,
        lost: offline,
      });
      if (!sent) offline();
    });
  }

  /** Sends our answer. If the connection breaks, it is sent again when the server has said whether it came. */
  vote(poll, choices) {
    const settled = () => { if (poll.sending === choices) poll.sending = null; };
    const lost = () => {
      settled();
      if (!poll.sending) poll.unsent = choices;
    };
    Object.assign(poll, { sending: choices, unsent: null });
    const sent = this.chat.request({ type: 'vote', room: poll.room.name, poll: poll.seq, choices }, {
      ack: () => {
        settled();
        Object.assign(poll, { voted: true, chosen: choices });
        this.changed();
      },
      error: (why) => {
        settled();
        if (why.code === 'already_voted') poll.voted = true;
        if (why.code === 'poll_closed' || why.code === 'not_found') poll.open = false;
        this.chat.refused(why, () => this.vote(poll, choices));
        this.changed();
      },
      lost,
    });
    if (!sent) lost();
    this.changed();
  }

  close(poll) {
    this.rule('close_poll', 'poll_closed', poll);
  }

  publish(poll) {
    this.rule('publish_poll', 'poll_published', poll);
  }

  rule(action, what, poll) {
    this.chat.ask({ type: 'moderate', action, room: poll.room.name, poll: poll.seq }, {
      ack: ({ seq, at }) => {
        // Without a number it was so already, and the event says who did it.
        if (!seq) return;
        const published = poll.published || what === 'poll_published';
        const event = { seq, at, of: poll.seq, by: this.chat.me, count: poll.count, votes: poll.votes, published };
        this.outcome(what, Object.assign(event, asked(poll)), poll.room);
      },
      error: (why) => {
        // The polls of a lesson that has ended are gone.
        if (why.code === 'not_found') this.of(poll.room).delete(poll.seq);
        this.chat.refused(why, () => this.rule(action, what, poll));
        this.changed();
      },
    });
  }

  // ---- messages of the server -----------------------------------------------------------------

  /** Takes the polls that are open. Those that are not among them any more are over. */
  joined({ polls = [], recovered, from }, room) {
    const before = this.of(room);
    const now = new Map();
    // Numbers after `from` may mean something else now.
    if (recovered) before.forEach((poll) => { if (poll.seq <= from) now.set(poll.seq, poll); });
    now.forEach((poll) => { poll.open = false; });
    polls.forEach((info) => now.set(info.seq, this.described(before.get(info.seq), info, room)));
    this.rooms.set(room.name, now);
    now.forEach((poll) => {
      const { unsent } = poll;
      poll.unsent = null;
      if (unsent && poll.open && !(poll.voted && poll.anonymous)) this.vote(poll, unsent);
    });
    this.changed();
  }

  /** The polls of a lesson end with it. */
  lessonEnded(room) {
    this.of(room).forEach((poll) => { poll.open = false; });
    this.rooms.delete(room.name);
    this.changed();
  }

  /** The poll that the answer to `join` describes: `before`, if it is the same one. */
  described(before, info, room) {
    const same = before && JSON.stringify(asked(before)) === JSON.stringify(asked(info));
    const poll = same ? before : describe(newPoll(room, info.seq), info);
    const { unsent, chosen } = poll;
    Object.assign(poll, { room, open: !info.closed, published: Boolean(info.published), voted: Boolean(info.voted), chosen: null });
    // Of an anonymous poll, only this page knows what we chose, until it is closed.
    if (info.voted) poll.chosen = poll.anonymous ? chosen || unsent : info.chosen || null;
    return poll;
  }

  /** The poll with this number, from an event that says what is asked. */
  take(room, seq, event) {
    const polls = this.of(room);
    if (!polls.has(seq)) {
      // Polls of the history that are open came with `joined`.
      polls.set(seq, describe(Object.assign(newPoll(room, seq), { open: seq > room.head }), event));
      const tally = this.early.get(`${seq} ${room.name}`);
      if (tally) this.on_tally(tally, room);
      const closed = this.list(room).filter((poll) => !poll.open);
      if (polls.size > MAX_KEPT && closed.length) polls.delete(closed.pop().seq);
    }
    return polls.get(seq) || describe(newPoll(room, seq), event);
  }

  on_poll(message, room) {
    if (!room || room.held.has(message.seq)) return;
    const poll = message.deleted ? null : this.take(room, message.seq, message);
    const entry = this.note('poll', message, room, poll);
    if (!entry.own && poll) this.chat.count(entry);
    // It may be the first unread one now.
    if (room.mark && room.mark.entry === entry) this.chat.observer.entryPut(room, entry);
    this.changed();
  }

  on_poll_closed(message, room) {
    this.outcome('poll_closed', message, room);
  }

  on_poll_published(message, room) {
    this.outcome('poll_published', message, room);
  }

  outcome(what, message, room) {
    if (!room || room.held.has(message.seq)) return;
    const poll = message.deleted ? null : this.take(room, message.of, message);
    if (poll) {
      if (what === 'poll_closed') poll.open = false;
      poll.published = poll.published || Boolean(message.published);
      if (!poll.open) poll.count = message.count;
      if (message.votes) poll.votes = message.votes;
      poll.outcome = Math.max(poll.outcome, message.seq);
    }
    this.note(what, message, room, poll);
    this.changed();
  }

  /** Puts an event into the log. The words of a person who was forgotten are not there. */
  note(what, { seq, at, by }, room, poll) {
    return this.record('poll', room, { what, seq, at, from: by, own: by.id === this.chat.me.id, deleted: !poll, poll });
  }

  /** We have answered in another tab. What was chosen in an anonymous poll is known there alone. */
  on_voted({ poll: seq, choices }, room) {
    const poll = room && this.of(room).get(seq);
    if (!poll) return;
    Object.assign(poll, { voted: true, chosen: choices || null, unsent: null });
    this.changed();
  }

  on_tally(message, room) {
    const poll = room && this.of(room).get(message.poll);
    const key = `${message.poll} ${message.room}`;
    this.early.delete(key);
    if (!poll) {
      this.early.set(key, message);
      if (this.early.size > MAX_OPEN) this.early.delete(this.early.keys().next().value);
      return;
    }
    const { votes, count, closed, published, voters, missing, repeated } = message;
    Object.assign(poll, {
      count,
      votes: votes.length ? votes : null,
      published: poll.published || Boolean(published),
      open: poll.open && !closed,
      voters: voters || null,
      missing: missing || null,
      repeated: repeated || 0,
      sameDevice: message.same_device || [],
    });
    this.changed();
  }
}
