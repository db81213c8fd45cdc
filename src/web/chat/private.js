// Private messages, as conversations, and reports to those who lead. The server keeps those of which a side
// leads; between others nothing keeps them. Nothing of them is stored in the browser, because tablets are
// shared. No DOM and no network.

import { Feature } from './feature.js';
import { current, endLesson, isPast, isSame, sort } from './thread.js';
import { newRef, randomHex } from '../base/session.js';
import { serverNow } from '../base/time.js';

/** The conversation with all who teach: a person writes to it, and each host can answer. */
export const HOSTS = 'hosts';

// Reading costs as much as three messages, so a conversation is not told to have been read more often than this.
const READ_MS = 1500;
const PAUSE_S = 2;

export class Private extends Feature {
  constructor(chat) {
    super(chat, 'private');
    // The view is called when something comes that nobody looks at: with a conversation, or null for a report.
    this.came = () => {};
  }

  reset() {
    if (this.threads) this.threads.forEach(({ timer }) => clearTimeout(timer));
    // The conversations, by the id of the other side. Of one that is `unheard`, the server has still to be told
    // that it was read.
    this.threads = new Map();
    this.reports = new Map();
    // The id of the conversation that is shown, and whether somebody looks at it.
    this.shown = null;
    this.looking = false;
    // What is typed and not sent, by conversation.
    this.drafts = new Map();
  }

  // ---- conversations -----------------------------------------------------------------------------

  get unread() {
    let sum = 0;
    this.threads.forEach(({ unread }) => { sum += unread; });
    return sum;
  }

  /** Whether this person may read or write private messages at all. */
  get allowed() {
    const { me, whispering, canModerate } = this.chat;
    if (!me || me.role === 'observer') return false;
    return whispering !== 'off' || canModerate || this.threads.size > 0;
  }

  /** Whether this person may ask all who teach. */
  get asks() {
    const { me, whispering, isHost } = this.chat;
    return Boolean(me) && me.role !== 'observer' && !isHost && whispering !== 'off';
  }

  /** Whether somebody who teaches is in the open room. */
  get attended() {
    const room = this.chat.current;
    return Boolean(room) && [...room.members.values()].some(({ role }) => role === 'host');
  }

  /** The conversations, the newest first. */
  list() {
    const at = ({ entries, begun }) => (entries.length ? entries[entries.length - 1].at : begun);
    return [...this.threads.values()].filter(({ entries }) => entries.length).sort((a, b) => at(b) - at(a));
  }

  thread(who) {
    if (!this.threads.has(who.id)) {
      this.threads.set(who.id, { who, entries: [], unread: 0, more: false, loaded: false, asking: false, begun: serverNow(), unheard: false, toldAt: -Infinity, timer: null });
    }
    const thread = this.threads.get(who.id);
    // An author who is a member has no role in a message, so a role that is known stays.
    thread.who = Object.assign({}, thread.who, who);
    return thread;
  }

  /** The other side of a message. What is shared is with all who teach; for these, with the person. */
  otherSide(message) {
    const { me, isHost } = this.chat;
    const { from, to } = message;
    if (message.with) return message.with;
    if (!message.shared) return from.id === me.id ? to : from;
    const person = to.id === HOSTS ? from : to;
    return isHost && person.id !== me.id ? person : { id: HOSTS, name: HOSTS, role: 'host' };
  }

  /** Whether the server keeps what is said in this conversation. */
  isKept({ who }) {
    const { role } = this.chat.person(who);
    return this.chat.canModerate || who.id === HOSTS || ['moderator', 'host'].includes(role);
  }

  /** Whether an answer reaches nobody: the lesson has ended, and the other side has not come to the next one. */
  isOver(thread) {
    const here = [...this.chat.rooms.values()].some(({ members }) => members.has(thread.who.id));
    return thread.who.id !== HOSTS && isPast(thread) && !here;
  }

  /** A lesson has ended in these rooms. For those who lead, what it had stays to be read; for others it is gone. */
  endLesson(covers) {
    this.threads.forEach((thread) => {
      if (this.isKept(thread)) endLesson(thread, covers, this.chat.canModerate);
    });
    this.counted();
  }

  /** Shows a conversation, or none. */
  show(who) {
    this.shown = who ? who.id : null;
    if (who) this.load(this.thread(who));
    this.changed();
  }

  /** Somebody looks at the shown conversation, or no more. */
  look(looking) {
    this.looking = looking;
    const thread = this.threads.get(this.shown);
    if (looking && thread && (thread.unread || !thread.loaded)) this.read(thread);
    if (!looking) this.tellAll();
  }

  /** Somebody has a conversation before their eyes: it is read, here and on the server. */
  read(thread) {
    thread.unread = 0;
    thread.unheard = true;
    this.counted();
    this.tell(thread);
  }

  /** Tells the server that a conversation was read: at once, unless that was said a moment ago. */
  tell(thread) {
    clearTimeout(thread.timer);
    const wait = thread.toldAt + READ_MS - performance.now();
    if (wait > 0) thread.timer = setTimeout(() => this.tell(thread), wait);
    else if (thread.unheard) this.fetch(thread);
  }

  /** Nobody may be there any more in a moment: the server is told of all that was read. */
  tellAll() {
    this.threads.forEach((thread) => {
      clearTimeout(thread.timer);
      // An answer that is due was asked for before the newest message came.
      if (thread.unheard && thread.asking) this.chat.request({ type: 'whispers', with: thread.who.id }, { answer: () => {}, error: () => {} });
      else if (thread.unheard) this.fetch(thread);
    });
  }

  counted() {
    this.chat.observer.roomsChanged();
    this.changed();
  }

  /** Asks for the newest messages of a conversation, which counts as opening it. */
  load(thread, then) {
    if (thread.loaded && !thread.unread) {
      if (then) then();
      return;
    }
    thread.unread = 0;
    this.counted();
    this.fetch(thread, undefined, then);
  }

  older(thread) {
    const first = thread.entries.find(({ id }) => id);
    if (first && thread.more) this.fetch(thread, first.id);
  }

  fetch(thread, before, then) {
    if (thread.asking) return;
    const request = { type: 'whispers', with: thread.who.id };
    if (before) request.before = before;
    const heard = before ? {} : { unheard: false, toldAt: performance.now() };
    const unheard = () => Object.assign(thread, { asking: false, unheard: thread.unheard || !before });
    thread.asking = this.chat.request(request, {
      answer: ({ messages, more }) => {
        thread.asking = false;
        if (before || !thread.loaded) thread.more = more;
        thread.loaded = true;
        messages.forEach((message) => this.put(thread, message));
        if (then) then();
        if (thread.unheard) this.tell(thread);
        this.changed();
      },
      error: (why) => {
        unheard();
        if (why.code === 'rate_limited') setTimeout(() => this.fetch(thread, before, then), (why.retry_after || PAUSE_S) * 1000);
        // A person whom the server does not know any more: what is here stays.
        else if (!['unknown_user', 'forbidden'].includes(why.code)) this.chat.refused(why);
        else if (then) then();
      },
      lost: unheard,
    });
    if (thread.asking) Object.assign(thread, heard);
  }

  /** Puts a message of the server in its place; null if it is there already. */
  put(thread, { id, from, to, text, at, shared, room, ended }) {
    const own = from.id === this.chat.me.id;
    const same = thread.entries.find((each) => (id && each.id === id) || (own && isSame(each, { at, text })));
    if (same) {
      Object.assign(same, { id, at, state: 'saved', why: null, room: room || same.room, ended: Boolean(ended || same.ended) });
      sort(thread);
      return null;
    }
    const entry = { key: id ? 'm' + id : randomHex(8), id, from, to, own, text, at, shared: Boolean(shared), room, ended: Boolean(ended), state: 'saved' };
    thread.entries.push(entry);
    sort(thread);
    return entry;
  }

  /** Whether a message is from this side: a host's answer for all who teach needs nobody else to answer. */
  isAnswer({ who }, { own, from }) { return own || (who.id !== from.id && who.id !== HOSTS); }

  // ---- our own messages --------------------------------------------------------------------------

  say(thread, text) {
    const { chat } = this;
    const newest = current(thread).pop();
    // An answer to what all who teach were asked goes to all of them.
    const shared = chat.isHost && Boolean(newest && newest.shared);
    const room = newest && shared ? newest.room : chat.current.name;
    const entry = { key: randomHex(8), ref: newRef(), from: chat.me, to: thread.who, own: true, text, at: serverNow(), shared: shared || thread.who.id === HOSTS, room, state: 'pending' };
    thread.entries.push(entry);
    this.dispatch(thread, entry);
    this.changed();
  }

  dispatch(thread, entry) {
    const { chat } = this;
    const { id } = thread.who;
    const request = { type: 'whisper', text: entry.text, to: id, ref: entry.ref };
    const room = chat.rooms.get(entry.room);
    if (room && room.joined && (id === HOSTS || entry.shared)) request.room = entry.room;
    if (entry.shared && id !== HOSTS) request.shared = true;
    if (!chat.send(request)) return;
    entry.sent = true;
    chat.requests.set(entry.ref, {
      ack: ({ at, kept }) => {
        Object.assign(entry, { state: 'saved', at: at || entry.at, why: null, waits: Boolean(kept) });
        sort(thread);
        this.changed();
      },
      error: (why) => { if (entry.state !== 'saved') this.fail(entry, why); },
    });
  }

  fail(entry, why) {
    Object.assign(entry, { state: 'failed', why });
    this.changed();
  }

  /** Sends a failed message again, with the same `ref`, so that it does not arrive twice. */
  again(thread, entry) {
    if (entry.why && entry.why.code === 'ref_reused') entry.ref = newRef();
    Object.assign(entry, { state: 'pending', why: null });
    this.dispatch(thread, entry);
    this.changed();
  }

  discard(thread, entry) {
    thread.entries = thread.entries.filter((each) => each !== entry);
    this.changed();
  }

  // ---- reports -----------------------------------------------------------------------------------

  /** Tells those who lead of a message (`seq`) or a person (`user`); resolves to null or to the refusal. */
  report(facts) {
    return this.settled(Object.assign({ type: 'report' }, facts));
  }

  closeReport(id) {
    this.chat.ask({ type: 'moderate', action: 'close_report', id }, { ack: () => this.forget(id) });
  }

  forget(id) {
    this.reports.delete(id);
    this.changed();
  }

  settled(request) {
    return new Promise((resolve) => {
      const offline = () => resolve({ code: 'offline' });
      if (!this.chat.request(request, { ack: () => resolve(null), error: resolve, lost: offline })) offline();
    });
  }

  // ---- messages of the server --------------------------------------------------------------------

  welcomed() {
    // What came while there was no connection is not here.
    this.threads.forEach((thread) => { thread.loaded = false; });
    this.behind = this.chat.me.role !== 'observer';
  }

  /** The room and what waits to be sent there come first: what is asked for beside them could make the rate
      limit refuse them. */
  joined() {
    if (!this.behind) return;
    this.behind = false;
    setTimeout(() => this.catchUp());
  }

  catchUp() {
    this.fetchList();
    this.fetchReports();
    this.threads.forEach((thread) => {
      const waits = thread.entries.some(({ state }) => state === 'pending');
      // The list shows first whether one has arrived before the connection broke.
      if (waits && this.isKept(thread)) this.fetch(thread, undefined, () => this.flush(thread));
      else if (waits) this.flush(thread);
      else if (thread.unheard || (this.looking && thread.who.id === this.shown)) this.fetch(thread);
    });
  }

  flush(thread) {
    thread.entries.filter(({ state }) => state === 'pending').forEach((entry) => this.dispatch(thread, entry));
  }

  fetchList(before) {
    const again = () => this.fetchList(before);
    this.chat.request(before ? { type: 'whispers', before } : { type: 'whispers' }, {
      answer: ({ messages, more }) => {
        messages.forEach((message) => {
          const thread = this.thread(this.otherSide(message));
          this.put(thread, message);
          const seen = this.looking && this.shown === thread.who.id;
          // The list may have been read before the newest came, and get here after them.
          const later = thread.entries.filter((entry) => entry.id > message.id && !this.isAnswer(thread, entry)).length;
          thread.unread = seen || thread.unheard || message.ended ? 0 : (message.unread || 0) + later;
          if (seen && message.unread) this.read(thread);
          thread.more = thread.more || !thread.loaded;
        });
        const last = messages[messages.length - 1];
        if (more && last && last.id !== before) this.fetchList(last.id);
        this.counted();
      },
      error: (why) => this.later(why, again),
    });
  }

  fetchReports() {
    if (!this.chat.isHost) return;
    this.chat.request({ type: 'reports' }, {
      answer: ({ reports }) => {
        this.reports = new Map(reports.map((report) => [report.id, report]));
        this.changed();
      },
      error: (why) => this.later(why, () => this.fetchReports()),
    });
  }

  later(why, again) {
    if (['rate_limited', 'storage_unavailable'].includes(why.code)) setTimeout(again, ((why.retry_after || PAUSE_S) * 2 + 1) * 1000);
  }

  lost() {
    this.threads.forEach((thread) => {
      thread.asking = false;
      // Nothing keeps these, so nobody can tell whether one arrived.
      if (this.isKept(thread)) return;
      thread.entries.filter(({ state, sent }) => state === 'pending' && sent)
        .forEach((entry) => this.fail(entry, { code: 'unknown_fate' }));
    });
  }

  on_whisper(message) {
    const thread = this.thread(this.otherSide(message));
    const entry = this.put(thread, message);
    if (!entry) return;
    this.chat.names.set(message.from.id, message.from.name);
    const mine = this.isAnswer(thread, entry);
    const seen = this.looking && this.shown === thread.who.id;
    if (!mine) thread.unread += 1;
    if (seen && thread.unread) this.read(thread);
    this.counted();
    if (!mine && !seen) this.came(thread);
  }

  lessonEnded({ name }) { this.endLesson((room) => room === name); }

  on_whispers(message) { this.chat.answered(message); }

  on_reports(message) { this.chat.answered(message); }

  on_reported(message) {
    const known = this.reports.has(message.id);
    this.reports.set(message.id, message);
    this.changed();
    if (!known) this.came(null);
  }

  on_report_closed({ id }) {
    this.forget(id);
  }
}
