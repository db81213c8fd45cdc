// Moderation: the requests of moderators and hosts, and the events that report them.

import { byServer } from './removal.js';

/** What a mute says of itself. One that was imposed through an anonymous question is in no list of people. */
const mutedBy = ({ until, by, reason, hand }) => ({ until, by, reason, hand });

// A time that is computed again may differ by a moment.
const SAME_MS = 2000;

/** Whether two mutes are one. */
function isSame(one, other) {
  const who = ({ by, reason }) => [by && by.id, reason].join();
  return who(one) === who(other) && Math.abs((one.until || 0) - (other.until || 0)) < SAME_MS;
}

export class Moderation {
  constructor(chat) {
    this.chat = chat;
  }

  moderate(action, more) {
    this.chat.ask(Object.assign({ type: 'moderate', action }, more), {
      ack: (answer) => this.applyOwn(action, more, answer.seq),
    });
  }

  /** The same for an open dialog: resolves to null, or to the reason of the refusal. */
  attempt(action, more) {
    return new Promise((resolve) => {
      const offline = () => resolve({ code: 'offline' });
      const sent = this.chat.request(Object.assign({ type: 'moderate', action }, more), {
        ack: (answer) => {
          this.applyOwn(action, more, answer.seq);
          resolve(null);
        },
        error: resolve,
        lost: offline,
      });
      if (!sent) offline();
    });
  }

  /** Applies our own change to a room. The other members get an event. */
  applyOwn(action, more, seq) {
    const { chat } = this;
    const room = chat.rooms.get(more.room);
    if (action === 'end_lesson') chat.observer.moderationDone(chat.current, { action });
    if (!room || (seq && !(room.hold(seq) && room.isNewest('state', seq)))) return;
    if (action === 'lock') room.state.locked = more.on;
    if (action === 'slow') room.rule({ slow: more.seconds });
    if (action === 'approve') room.state.approve = more.on;
    chat.observer.stateChanged(room);
    chat.observer.moderationDone(room, { action, hand: more.hand, state: Object.assign({}, room.state) });
  }

  on_state({ seq, state, by }, room) {
    if (!room || !room.hold(seq) || !room.isNewest('state', seq)) return;
    const before = Object.assign({}, room.state);
    room.rule(state);
    this.chat.observer.stateChanged(room);
    [['locked', 'lock'], ['slow', 'slow'], ['approve', 'approve']].forEach(([what, action]) => {
      if (room.state[what] === before[what]) return;
      this.chat.observer.moderated({ action, room: room.name });
      this.chat.notice('moderated', { action, by, state: Object.assign({}, room.state) }, room);
    });
  }

  on_moderated(message, room) {
    const { chat } = this;
    const { action, target, state, rooms } = message;
    // The server mutes in the name of whoever muted or removed the other one.
    const by = byServer(message.reason) ? null : message.by;
    const mine = target && target.id === chat.me.id;
    // After each reconnection the server says again who is muted.
    const before = mine && action === 'mute' && chat.current && (chat.muted || chat.current.mutedBefore);
    const told = Boolean(before) && isSame(before, mutedBy(message));
    const { door } = chat.classRules;
    chat.classRules.moderated(message);
    chat.observer.moderated(message);
    if (action === 'door') return message.open === door ? undefined : this.doorMoved(message);
    if (room && message.seq) room.hold(message.seq);
    if (message.hand) {
      chat.hands.moderated(message, room);
      chat.observer.stateChanged(chat.current);
      // Others who lead see it at the question.
      if (mine) chat.notice('moderated', message, room || chat.current);
      return undefined;
    }
    // The event `state` may have come before.
    const known = room && state && Object.keys(state).every((what) => state[what] === room.state[what]);
    if (room && state) room.rule(state);
    if (target && (action === 'mute' || action === 'unmute')) {
      const muted = action === 'mute';
      chat.rooms.forEach((each) => {
        if (rooms && !rooms.includes(each.name)) return;
        if (mine) each.muted = muted ? mutedBy(message) : null;
        const member = each.members.get(target.id);
        if (member) each.members.set(target.id, Object.assign({}, member, { muted }));
      });
    }
    if (mine && (action === 'kick' || action === 'ban')) {
      chat.removal = message;
      (rooms || []).forEach((name) => { if (chat.rooms.has(name)) chat.expelled(chat.rooms.get(name)); });
    }
    // The lesson of one of several classes has ended, and this person stays for other rooms.
    if (action === 'end_lesson' && room) {
      chat.expelled(room);
      return chat.notice('moderated', { action, by }, chat.current);
    }
    if (action === 'remove_room' && room) {
      chat.expelled(room);
      chat.rooms.delete(room.name);
      chat.observer.roomsChanged();
      return chat.notice('moderated', message, chat.current);
    }
    chat.observer.stateChanged(chat.current);
    chat.observer.peopleChanged(chat.current);
    // The ack of our own request was shown already.
    if (!by || by.id !== chat.me.id) {
      if (!known && !told) chat.notice('moderated', message, room);
    } else if (target || message.hand) chat.observer.moderationDone(chat.current, message);
  }

  /** What this person did is said on all of their pages. */
  doorMoved({ open, by }) {
    const { chat } = this;
    const action = open ? 'open_door' : 'close_door';
    if (by && by.id === chat.me.id) chat.observer.moderationDone(chat.current, { action });
    else chat.notice('moderated', { action, by });
  }

  on_sanctions(message) {
    this.chat.answered(message);
  }
}
