// The chat.v1 connection: JSON in and out, its state, and reconnecting. No DOM, and no knowledge of
// rooms: after each `welcome` the owner says which rooms to join and from where to resume.

import { serverNow } from './time.js';

// After these close codes the page does not reconnect by itself.
const FINAL = [1000, 4409, 4500, 4501, 4503];
const FLOODED = 4429;
const UNAUTHORIZED = 1008;
const REMOVED = 4500;

const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 30000;
const FLOODED_DELAY_MS = 30000;
// After a connection that lasted this long, the delays start again at one second.
const GOOD_AFTER_MS = 5000;
// Connecting to a machine that is gone, or to a server that hangs, would otherwise take minutes.
const WELCOME_WITHIN_MS = 10000;
// The server answers every `ref`. If it is silent for this long, the network is gone without an error. An
// ack may wait for a slow disk, so halfway the page asks something that is answered at once.
const ANSWER_WITHIN_MS = 10000;
const ASK_AFTER_MS = 5000;
const PROBE_WITHIN_MS = 5000;
// A page cannot see Pings. After this much silence it sends a request of its own.
const QUIET_MS = 25000;
const QUIET_PROBE_WITHIN_MS = 10000;
// Switching between tabs must not cost a probe each time.
const PROBE_EVERY_MS = 15000;

const utf8 = new TextEncoder();

export class Socket {
  /** `token()` and `check()` come from the session. `changed(state)` and `received(message)` are called
      with what happens. `probe()` sends a request that the server has to answer, and says whether it
      did. `offline()` says whether the device has no network. A state is {name:
      off|checking|connecting|connected|waiting|ended, since, until?, code?, slug?, words?, cause?};
      `since` is a time of the server, `until` one of performance.now(), and `cause` says why it waits:
      `offline`, or `foreign`, if something else answers in place of the server. */
  constructor({ url, token, check, changed, received, probe, offline = () => false }) {
    Object.assign(this, { url, token, check, changed, received, probe, offline });
    this.state = { name: 'off' };
    this.attempts = 0;
    this.ws = null;
    this.timer = null;
    this.silence = null;
    this.halfway = null;
    this.quiet = null;
    this.lastMessageAt = 0;
    this.unanswered = new Set();
    this.mustCheck = true;
    this.probed = -Infinity;
    // Why the last Close refused our token, as a key of the catalogue.
    this.refusalSlug = null;
  }

  /** Connects, whatever the state was. */
  open() {
    this.close();
    this.attempts = 0;
    this.mustCheck = true;
    this.connect();
  }

  /** Disconnects for good, without telling the owner. */
  close() {
    this.drop();
    this.state = { name: 'off' };
  }

  /** Sends a message if there is a connection; says whether it did. */
  send(message) {
    if (this.state.name !== 'connected' || this.ws.readyState !== WebSocket.OPEN) return false;
    this.ws.send(JSON.stringify(message));
    if (message.ref) {
      this.unanswered.add(message.ref);
      this.listen(ANSWER_WITHIN_MS, false);
    }
    return true;
  }

  /** The network came back, or the page is visible again: reconnect at once, and probe a connection that
      may have died while the device slept. */
  wake() {
    if (this.state.name === 'waiting' && this.state.code !== FLOODED) this.connect();
    else if (this.state.name === 'connected') this.ask(PROBE_WITHIN_MS);
  }

  /** The device says that it has no network. What it says may be wrong, so the tries go on. */
  cut() {
    if (['off', 'ended'].includes(this.state.name) || this.state.code === FLOODED) return;
    this.drop();
    this.attempts = 0;
    this.retry({ code: 1006 });
  }

  /** Checks from time to time whether anything came. Resetting a timer for each message would cost more. */
  watch() {
    const left = Math.min(QUIET_MS, this.lastMessageAt + QUIET_MS - performance.now());
    if (left <= 0) this.ask(QUIET_PROBE_WITHIN_MS);
    this.quiet = setTimeout(() => this.watch(), left > 0 ? left : QUIET_MS);
  }

  /** Probes the connection, unless it did so a moment ago. */
  ask(patience) {
    if (performance.now() - this.probed < PROBE_EVERY_MS || !this.probe()) return;
    this.probed = performance.now();
    this.listen(patience, true);
  }

  enter(state) {
    this.state = Object.assign({ since: serverNow() }, state);
    this.changed(this.state);
  }

  drop() {
    clearTimeout(this.timer);
    clearTimeout(this.quiet);
    this.hush();
    this.unanswered.clear();
    const ws = this.ws;
    this.ws = null;
    if (ws) ws.close();
  }

  listen(patience, sooner) {
    if (this.silence !== null && !sooner) return;
    this.hush();
    this.silence = setTimeout(() => {
      this.drop();
      this.retry({ code: 1006 });
    }, patience);
    if (!sooner) this.halfway = setTimeout(() => this.probe(), ASK_AFTER_MS);
  }

  /** Something came, or the connection is over: nobody waits for a sign of it. */
  hush() {
    clearTimeout(this.silence);
    clearTimeout(this.halfway);
    this.silence = this.halfway = null;
  }

  async connect() {
    this.drop();
    if (this.mustCheck) {
      this.enter({ name: 'checking' });
      const asked = this.state;
      const answer = await this.check();
      if (this.state !== asked) return;
      if (answer.status === 401) {
        // Another tab that was refused too may have removed the token already.
        const slug = answer.error === 'token_missing' && this.refusalSlug ? this.refusalSlug : answer.error;
        this.enter({ name: 'ended', code: UNAUTHORIZED, slug, words: answer.message });
        return;
      }
      if (answer.status === 403) {
        this.enter({ name: 'ended', code: REMOVED, slug: answer.error, words: answer.message });
        return;
      }
      if (!answer.ok) {
        this.retry({ code: 1006, wait: answer.retryAfter * 1000, foreign: answer.error === 'foreign' });
        return;
      }
    }
    this.enter({ name: 'connecting' });
    // A browser cannot set headers on a WebSocket, so the token is offered as a second subprotocol.
    const ws = new WebSocket(this.url, ['chat.v1', 'bearer.' + this.token()]);
    this.ws = ws;
    this.mustCheck = true;
    this.timer = setTimeout(() => {
      this.drop();
      this.retry({ code: 1006 });
    }, WELCOME_WITHIN_MS);
    ws.onmessage = (event) => { if (this.ws === ws) this.hear(event.data); };
    ws.onclose = (event) => { if (this.ws === ws) this.closed(event.code, event.reason); };
  }

  hear(data) {
    let message = null;
    try { message = JSON.parse(data); } catch (error) { /* not JSON: ignored below */ }
    if (!message || typeof message.type !== 'string') return;
    this.lastMessageAt = performance.now();
    this.hush();
    if (message.ref) this.unanswered.delete(message.ref);
    if (this.unanswered.size) this.listen(ANSWER_WITHIN_MS, false);
    if (message.type === 'welcome') {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => { this.attempts = 0; }, GOOD_AFTER_MS);
      this.mustCheck = false;
      this.refusalSlug = null;
      clearTimeout(this.quiet);
      this.watch();
      this.enter({ name: 'connected' });
    }
    // The length of the frame's payload, RFC 6455 §5.2: the log draws it to scale.
    if (message.type === 'message') message.bytes = utf8.encode(data).length;
    this.received(message);
  }

  closed(code, reason) {
    this.drop();
    const colon = reason.indexOf(':');
    const slug = colon < 0 ? '' : reason.slice(0, colon);
    const words = reason.slice(colon + 1).trim();
    if (code === UNAUTHORIZED) {
      // The reason of a Close is English prose; the answer of /api/session has a key of the catalogue.
      this.refusalSlug = 'token_' + words.split(':')[0];
      this.mustCheck = true;
      this.attempts += 1;
      if (this.attempts > 3) this.enter({ name: 'ended', code, slug, words });
      else this.connect();
    } else if (FINAL.includes(code)) {
      this.enter({ name: 'ended', code, slug, words });
    } else {
      this.retry({ code });
    }
  }

  /** The delays grow and are random, so that thirty pages do not all reconnect at once after a restart. */
  retry({ code, wait = 0, foreign = false }) {
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * Math.pow(2, this.attempts));
    this.attempts += 1;
    const floor = Math.max(wait, code === FLOODED ? FLOODED_DELAY_MS : 0);
    const delay = floor + ceiling * (0.5 + Math.random() / 2);
    const cause = this.offline() ? 'offline' : foreign && 'foreign';
    this.enter(Object.assign({ name: 'waiting', code, until: performance.now() + delay }, cause ? { cause } : {}));
    this.timer = setTimeout(() => this.connect(), delay);
  }
}
