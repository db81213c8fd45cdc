// Everything that the protocol view has recorded: the last events and, for every watched connection, its
// handshake, its pings, its closing and its counters. No DOM and no network. Bounded.

// How many events are stored; older ones are dropped.
export const MAX_EVENTS = 2000;
const SESSIONS = 8;
const STEPS = 200;
const SAMPLES = 180;
// A large frame takes one read for every KiB.
const CALLS = 1000;

// Requests with which a person says or does something, and events that tell of it.
const SAYING = /^\{"type":"(send|edit|delete|react|whisper|moderate)"/;
const OF_SOMEBODY = /^\{"type":"(message|edited|deleted|reaction|whisper|pinned|state)"/;

const other = (side) => (side === 'client' ? 'server' : 'client');

function keep(list, item, most) {
  list.push(item);
  if (list.length > most) list.shift();
}

export class Recording {
  /** `me()` is the id of the person whose page this is. */
  constructor(me = () => null) {
    this.me = me;
    this.events = [];
    this.sessions = [];
    this.count = 0;
  }

  /** The watched connection, or the last one. */
  get now() { return this.sessions[this.sessions.length - 1] || null; }

  /** Records an event of lens.v1; returns the item {n, session, event}, or null before `opened`. */
  add(event) {
    if (event.type === 'opened') this.open(event);
    const session = this.now;
    if (!session) return null;
    const part = this['on_' + event.type];
    if (part) part.call(this, event, session);
    return this.keep(event, session);
  }

  keep(event, session) {
    this.count += 1;
    const item = { n: this.count, session, event, said: false };
    keep(this.events, item, MAX_EVENTS);
    if (event.type === 'frame' && event.position) this.note(item);
    return item;
  }

  /** Notes whether a data frame has something that this person said, here or in another tab. The first
      fragment of their own message tells, or the whole message. */
  note(item) {
    const { session, event: { from, position, text, message } } = item;
    if (from === 'client') {
      if (position.fragment === 1) session.saying = SAYING.test(text || '');
      item.said = session.saying;
    } else if (message && !session.demo && this.me() !== null) {
      const mine = OF_SOMEBODY.test(message.text || '') && message.text.includes(`":{"id":${JSON.stringify(this.me())},`);
      const same = ({ session: of, event }) => of === session && event.from === from && event.position && event.position.message === position.message;
      if (mine) this.frames.filter(same).forEach((each) => { each.said = true; });
    }
  }

  open(event) {
    const { connection: id, name, demo, clock, handshake } = event;
    keep(this.sessions, {
      id, name, demo, clock, handshake, pings: [], closes: [], fans: [], samples: [], calls: [], saying: false, ended: null, told: null, lost: 0,
    }, SESSIONS);
  }

  on_ping({ rung, from, payload, sent, round_trip: time, skipped }, session) {
    const asker = rung === 'answered' ? other(from) : from;
    const asked = session.pings.find((ping) => ping.sent === sent && ping.payload === payload && ping.asker === asker);
    if (rung === 'answered' && asked) Object.assign(asked, { time, skipped });
    else keep(session.pings, { asker, payload, sent, time, skipped, unasked: rung === 'unsolicited' }, STEPS);
  }

  on_close(event, session) {
    keep(session.closes, event, STEPS);
  }

  on_fan_out(event, session) {
    keep(session.fans, event, STEPS);
  }

  on_call(event, session) {
    keep(session.calls, event, CALLS);
  }

  on_stats(event, session) {
    keep(session.samples, event, SAMPLES);
  }

  on_lost({ frames }, session) {
    session.lost += frames;
  }

  on_ended({ summary }, session) {
    session.ended = summary;
  }

  /** Records the close code that the browser gave the page, as an event of our own. */
  told(id, code) {
    const session = this.sessions.slice().reverse().find((each) => each.id === id);
    if (!session || session.told !== null) return null;
    session.told = code;
    return this.keep({ type: 'told', connection: id, code }, session);
  }

  get frames() { return this.events.filter(({ event }) => event.type === 'frame'); }

  /** All stored events, as JSON lines. */
  lines() {
    return this.events.map(({ event }) => JSON.stringify(event) + '\n').join('');
  }
}

/** Whether a frame has a message that the watched person sent to the chat. */
export const said = ({ from, text }) => from === 'client' && /^\{"type":"(send|whisper)"/.test(text || '');
