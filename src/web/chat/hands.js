// Raised hands and questions: the queue of each room. No DOM and no network.
//
// The queue is in the order of the events with which the hands went up. Our own event does not come back to
// us, only its ack, which waits for the disk: newer events of others may come before it, and even the event
// with which our hand goes down again.

import { Feature } from './feature.js';
import { serverNow } from '../base/time.js';

// The longest question, in characters; the server has the same bound.
export const LONGEST_QUESTION = 500;

const nothing = () => ({ hands: [], gone: new Set(), askers: new Map(), asOf: 0 });

export class Hands extends Feature {
  constructor(chat) {
    super(chat, 'hands');
    /** Is called when our hand went down and this page did not ask for it. */
    this.lowered = () => {};
  }

  reset() {
    // The queue of each room, by its name: a room that is joined anew may be another object.
    this.rooms = new Map();
  }

  state(room) {
    if (!this.rooms.has(room.name)) this.rooms.set(room.name, nothing());
    return this.rooms.get(room.name);
  }

  /** The hands of a room in their order: {seq, at?, user?, question?, anonymous, votes, mine, seconded, muted?}. The
      first has the position 1. */
  queue(room) { return this.state(room).hands; }

  find(room, seq) { return this.queue(room).find((hand) => hand.seq === seq); }

  mine(room) { return this.queue(room).find((hand) => hand.mine); }

  /** The other rooms that we are in and where hands are up. */
  elsewhere() {
    return [...this.chat.rooms.values()].filter((room) => (
      room.joined && room !== this.chat.current && this.queue(room).length > 0));
  }

  /** The hand of this person that everybody may know of. */
  openly(room, person) {
    return this.queue(room).find((hand) => !hand.anonymous && hand.user && hand.user.id === person.id);
  }

  /** Whether whoever raised a hand has left: it stays up for a while, so that a broken connection costs nobody their
      place. That of an anonymous question would tell whose it is, and a large room lists nobody. */
  isAway(room, { seq, user, anonymous }) {
    if (!user || anonymous || room.members.has(user.id)) return false;
    // A hand may be heard of before it is heard who raised it.
    return room.away.has(user.id) || (seq <= this.state(room).asOf && room.members.size >= room.count);
  }

  /** Whether this person may raise a hand here. Those who lead have no use for it. */
  get raises() {
    const { me, canModerate } = this.chat;
    return Boolean(me) && me.role !== 'observer' && !canModerate;
  }

  /** Why the words of a question would be refused now: `muted`, `locked`, `approve` or null. A question with a
      hand cannot wait for approval. */
  silent(room) {
    const { reason } = this.chat.speech(room);
    if (['muted', 'locked'].includes(reason)) return reason;
    return room.state.approve && !this.chat.canModerate ? 'approve' : null;
  }

  // ---- requests -------------------------------------------------------------------------------

  /** Raises our hand; `done(null)` or `done(why)` when that was answered. */
  raise(room, { question, anonymous }, done) {
    const words = question ? Object.assign({ question }, anonymous ? { anonymous } : {}) : {};
    this.attempt(Object.assign({ type: 'hand', room: room.name, up: true }, words), (why, answer) => {
      if (answer && answer.seq) {
        const { seq, at } = answer;
        if (question) this.chat.spoke(room, at);
        this.take(Object.assign({ seq, at, up: true, user: this.chat.me, mine: true }, words), room);
      }
      if (why) this.chat.refusedToSpeak(why, room);
      done(why || null);
    });
  }

  /** Lowers our own hand. */
  lower(room) {
    const hand = this.mine(room);
    if (!hand) return;
    this.chat.ask({ type: 'hand', room: room.name, up: false }, { ack: (answer) => this.down(answer, hand, room) });
  }

  /** Lowers the hand of somebody else. */
  lowerOther(room, hand, answered) {
    const request = { type: 'moderate', action: 'lower', room: room.name, hand: hand.seq };
    this.chat.ask(Object.assign(request, answered ? { answered } : {}), {
      ack: (answer) => this.down(answer, hand, room, answered),
    });
  }

  /** Lowers all hands; `done(why)` as with `raise`. */
  lowerAll(room, done) {
    this.attempt({ type: 'moderate', action: 'lower_hands', room: room.name }, (why, { seq: last } = {}) => {
      // The last hand of the queue went down first. The answer has the number of the last of these events.
      const up = last ? this.queue(room).filter(({ seq }) => seq < last) : [];
      up.reverse().forEach((hand, n) => this.down({ seq: last - up.length + 1 + n }, hand, room));
      done(why);
    });
  }

  /** Says that we have the question, too, or no longer. The count comes with `hands`. */
  second(room, hand, on) {
    this.chat.ask({ type: 'second', room: room.name, hand: hand.seq, on }, {
      ack: () => {
        hand.seconded = on;
        this.changed();
      },
    });
  }

  /** Mutes whoever asked, or lets them write again; `done(why)` as with `raise`. */
  muteAsker(room, seq, { on, seconds, reason }, done) {
    const request = { type: 'moderate', action: on ? 'mute' : 'unmute', room: room.name, hand: seq };
    if (on && seconds) Object.assign(request, { seconds });
    if (on && reason) Object.assign(request, { reason });
    this.attempt(request, (why) => done(why));
  }

  /** Sends a request whose refusal is shown where it was made. */
  attempt(request, done) {
    const offline = () => done({ code: 'offline' });
    if (!this.chat.request(request, { ack: (answer) => done(null, answer), error: (why) => done(why), lost: offline })) offline();
  }

  // ---- messages of the server -------------------------------------------------------------------

  /** No list says whether an unlisted mute without an end still holds: the next refusal will. */
  welcomed() {
    this.chat.rooms.forEach((room) => {
      if (room.muted && room.muted.unlisted && !room.muted.until) room.muted = null;
    });
  }

  /** The answer has the queue as it is now, and whose the anonymous ones are for those who may know. */
  joined({ hands, seq }, room) {
    const { me } = this.chat;
    const old = this.state(room);
    const muted = new Map(old.hands.map((hand) => [hand.seq, hand.muted]));
    const state = Object.assign(nothing(), { asOf: seq });
    state.hands = (hands || []).map((hand) => Object.assign({
      anonymous: false, votes: 0, seconded: false, muted: muted.get(hand.seq) || null,
    }, hand, { mine: Boolean(hand.mine) || Boolean(hand.user && hand.user.id === me.id) }));
    this.rooms.set(room.name, state);
    if (old.hands.some((hand) => hand.mine) && !this.mine(room)) this.lowered({});
    this.changed();
  }

  on_hand(message, room) {
    if (room) this.take(message, room);
  }

  /** Takes an event, of the server or of our own request. */
  take(event, room) {
    const { seq, up, of } = event;
    const state = this.state(room);
    const hand = up ? null : this.find(room, of);
    const fresh = this.note(event, room, hand);
    if (!fresh || seq <= state.asOf) return;
    if (up) this.put(event, room, state);
    else {
      state.gone.add(of);
      state.hands = state.hands.filter((other) => other !== hand);
      if (hand && hand.mine && !event.asked) this.lowered({ answered: event.answered, question: hand.question });
    }
    this.changed();
  }

  /** Adds a hand that went up, unless it is down again. */
  put({ seq, at, user, question, anonymous, mine }, room, state) {
    if (state.gone.has(seq)) return;
    const { me } = this.chat;
    const owner = user || state.askers.get(seq) || null;
    state.hands.push({
      seq, at, user: owner, question, anonymous: Boolean(anonymous), votes: 0, seconded: false, muted: null,
      mine: Boolean(mine) || Boolean(owner && owner.id === me.id),
    });
    state.hands.sort((a, b) => a.seq - b.seq);
  }

  /** Marks the event as received; questions and their answers are rows of the log, which name nobody if the
      question is anonymous: the log may be on the wall. Says whether the event is new. */
  note({ seq, at, up, of, user, question, anonymous, answered, votes, mine }, room, hand) {
    const asked = up ? question : hand ? hand.question : (room.find(of) || {}).question;
    const isQuestion = up ? question : asked || votes || anonymous;
    if (!isQuestion || !(up || answered)) return room.hold(seq);
    const row = this.record('hand', room, {
      seq, at, of, what: up ? 'asked' : 'answered', question: asked || '', votes: votes || 0,
      user: anonymous ? null : user,
    });
    const { me } = this.chat;
    if (row && up && !mine && !(user && user.id === me.id)) this.chat.count(row);
    return Boolean(row);
  }

  /** One of our requests has lowered a hand. */
  down({ seq, at }, hand, room, answered) {
    // Without a number, it was down already.
    if (!seq) return;
    const { anonymous, user, votes } = hand;
    this.take({ seq, at: at || serverNow(), up: false, of: hand.seq, anonymous, user, answered, votes, asked: true }, room);
  }

  on_hands({ votes }, room) {
    if (!room) return;
    this.queue(room).forEach((hand) => {
      if (votes[hand.seq] !== undefined) hand.votes = votes[hand.seq];
    });
    this.changed();
  }

  /** Whose an anonymous question is. It may come before the question. */
  on_asker({ hand: seq, user }, room) {
    if (!room) return;
    this.state(room).askers.set(seq, user);
    const hand = this.find(room, seq);
    if (hand) Object.assign(hand, { user, mine: hand.mine || user.id === this.chat.me.id });
    this.changed();
  }

  /** Whoever asked an anonymous question was muted, or unmuted. The list of people does not say so, and only
      the person concerned is told whom it binds in words. */
  moderated({ action, hand: seq, target, until }, room) {
    const { chat } = this;
    const on = action === 'mute';
    if (target && target.id === chat.me.id) {
      chat.rooms.forEach((each) => { each.muted = on ? { until, unlisted: true } : null; });
    }
    const hand = room && this.find(room, seq);
    if (hand) hand.muted = on ? { until } : null;
    this.changed();
  }
}
