// The class as a whole: the door, who is muted or out, who may be somebody who is, and the lesson. Mutes and
// removals themselves are in moderation.js. No DOM and no network.

import { Feature } from './feature.js';
import { serverNow } from '../base/time.js';

// What the server does to people, or lifts.
const SANCTIONS = ['mute', 'unmute', 'kick', 'unkick', 'ban', 'unban'];
// With these a suspicion is decided.
const DECISIONS = ['unmute', 'kick', 'ban'];

export class ClassRules extends Feature {
  constructor(chat) {
    super(chat, 'class');
  }

  reset() {
    // Whether the door is open, once the server has said it.
    this.door = null;
    // Whether a lesson runs. Between two lessons nobody can join.
    this.runs = true;
    // The classes that this person leads, if the server has several.
    this.classes = [];
    // The countdown to the end of the lesson: {until, by}, or null.
    this.ending = null;
    // Who came with the name of somebody who is muted or out, by id: {user, was, action?, reason?, until?}.
    this.suspects = new Map();
    // The answer to `sanctions`, or null; `stale` once it may be different.
    this.sanctions = null;
    this.stale = true;
    this.asking = false;
    // Who waits at the closed door, by class: [{id, name, since}].
    this.lobbies = new Map();
    // How often a lesson has ended or started since this page was opened.
    this.boundaries = 0;
  }

  welcomed(message) {
    this.door = message.door_open === undefined ? null : message.door_open;
    this.runs = message.lesson_runs !== false;
    this.classes = message.classes || [];
    // If the countdown goes on, the server says so after the welcome.
    // So it is with those who wait.
    this.ending = null;
    this.lobbies.clear();
    this.stale = true;
    this.asking = false;
    // The list has those who are suspected since before this page was opened.
    if (this.chat.canModerate) this.refresh();
    this.changed();
  }

  lost() {
    this.asking = false;
  }

  /** Whether this person may move the door, and end and start lessons. */
  get leadsAll() { return this.chat.canModerate && !this.chat.limited; }

  /** The name of the class that has this room; empty if the server does not name classes. */
  classOf(room) {
    const found = this.classes.find(({ rooms }) => rooms.includes(room));
    return found ? found.name : '';
  }

  /** Asks who is muted, removed and banned, if that may be different from what is known. */
  refresh() {
    if (!this.stale || this.asking || !this.chat.canModerate) return;
    this.stale = false;
    this.asking = this.chat.request({ type: 'sanctions' }, {
      answer: (message) => this.listed(message),
      error: ({ retry_after: wait }) => {
        this.asking = false;
        this.stale = true;
        if (wait) setTimeout(() => this.refresh(), wait * 1000);
      },
    });
    if (!this.asking) this.stale = true;
  }

  listed({ mutes, kicks, bans, more }) {
    this.asking = false;
    this.sanctions = { mutes, kicks, bans, more };
    const known = this.suspects;
    const all = [].concat(mutes, kicks, bans);
    const causes = [['mute', mutes], ['kick', kicks], ['ban', bans]];
    this.suspects = new Map();
    // Whoever is out was decided about, though the mute lasts.
    const out = new Set(kicks.concat(bans).map(({ user }) => user && user.id));
    mutes.slice().reverse().filter(({ user, was }) => user && was && !out.has(user.id)).forEach(({ user, was, until }) => {
      const cause = all.find((each) => each.user && each.user.id === was.id) || {};
      const [action] = causes.find(([, list]) => list.includes(cause)) || [];
      const facts = { user, was, action, until, reason: cause.reason };
      this.suspects.set(user.id, Object.assign({}, known.get(user.id), facts));
    });
    this.changed();
    // Somebody was muted or let in meanwhile.
    this.refresh();
  }

  /** Those who are suspected, the first one first, while the sanction lasts. Closing the door is a decision, too:
      they stay muted, and who is muted is in the list. It is undone with the door. */
  get undecided() {
    if (this.door === false && this.runs) return [];
    return [...this.suspects.values()].filter(({ until }) => !until || until > serverNow());
  }

  on_suspected(message) {
    const { user, was, action, reason, until } = message;
    this.suspects.set(user.id, { user, was, action, reason, until });
    this.sanctionsChanged();
  }

  sanctionsChanged() {
    this.stale = true;
    if (this.suspects.size) this.refresh();
    this.changed();
  }

  /** Called for each message `moderated`. */
  moderated({ action, target, open, lesson_runs: runs }) {
    if (action === 'door') this.door = open;
    if (runs !== undefined) {
      this.runs = runs;
      this.boundaries += 1;
    }
    if (target && DECISIONS.includes(action)) this.suspects.delete(target.id);
    if (SANCTIONS.includes(action)) this.sanctionsChanged();
    else this.changed();
  }

  moveDoor(open) {
    // How the door is now is told to us like to everybody who leads. The ack waits for the disk, and somebody
    // else may have moved the door since.
    this.chat.ask({ type: 'moderate', action: 'door', open }, { ack: () => {} });
  }

  on_lobby({ class: of, waiting }) {
    this.lobbies.set(of, waiting);
    this.changed();
  }

  /** Those who wait at a closed door of the classes that this person leads; `of` is the class, if classes have names. */
  get waiting() {
    return [].concat(...[...this.lobbies].map(([of, all]) => all.map((caller) => ({ of, ...caller }))));
  }

  /** Lets one in who waits. The list without them comes to everybody who leads. */
  admit(of, id) {
    this.chat.ask({ type: 'moderate', action: 'admit', class: of, id }, { ack: () => {} });
  }

  startLesson() {
    this.chat.ask({ type: 'moderate', action: 'start_lesson' }, { ack: () => this.done('start_lesson') });
  }

  /** Stops the countdown. That is told to everybody. */
  keepLesson() {
    this.chat.ask({ type: 'moderate', action: 'keep_lesson' }, {});
  }

  done(action) {
    this.changed();
    this.chat.observer.moderationDone(this.chat.current, { action });
  }

  on_lesson_ending(message) {
    this.ending = { until: serverNow() + message.in * 1000, by: message.by };
    this.changed();
  }

  on_lesson_kept({ by }) {
    this.ending = null;
    this.chat.notice('moderated', { action: 'keep_lesson', by });
    this.changed();
  }

  /** A lesson has ended, and with it the door is shut, or the next one has started, and it is open. The class code
      is another. */
  on_lesson(message) {
    this.chat.joinInfo = { ...this.chat.joinInfo, ...message };
    this.runs = message.runs;
    this.door = message.runs;
    this.boundaries += 1;
    this.ending = null;
    // Also of the rooms in which this page is not.
    if (!message.runs) this.chat.private.endLesson((room) => !message.class || this.classOf(room) === message.class);
    this.sanctionsChanged();
    this.chat.observer.stateChanged(this.chat.current);
  }

  on_lessons(message) {
    this.chat.answered(message);
  }

  /** What was said before belongs to the lesson that has ended. */
  on_lesson_ended(message, room) {
    if (!room || room.held.has(message.seq)) return;
    this.ending = null;
    room.endLesson(message.seq);
    this.chat.features.forEach((feature) => feature.lessonEnded(room));
    this.boundaries += 1;
    this.chat.observer.lessonEnded(room);
    this.chat.observer.roomReset(room);
    // The next class begins with an empty room. Those who lead see a line that says why it is empty.
    if (this.chat.canModerate) this.record('lesson', room, { seq: message.seq, at: message.at, from: message.by });
    else room.hold(message.seq);
    this.changed();
  }
}
