// The identity of this browser: the token, the device id and everything else that it remembers, and the
// HTTP requests that the page makes before it connects. (A browser hides why a WebSocket handshake
// failed, so the page asks with plain HTTP first.)

import { hearDate } from './time.js';

const PREFIX = 'glassroom.';

/** Texts under names. In private windows and locked-down school browsers the storage throws exceptions;
    then the texts last only until the page is reloaded. */
class Memory {
  constructor(storage) {
    Object.assign(this, { storage, fallback: new Map() });
  }

  set(name, value) {
    try {
      if (value === null) this.storage().removeItem(PREFIX + name);
      else this.storage().setItem(PREFIX + name, value);
    } catch (error) {
      if (value === null) this.fallback.delete(name);
      else this.fallback.set(name, value);
    }
  }

  get(name) {
    try {
      const value = this.storage().getItem(PREFIX + name);
      if (value !== null) return value;
    } catch (error) { /* use the fallback */ }
    return this.fallback.has(name) ? this.fallback.get(name) : null;
  }

  /** Forgets every name that begins with `start`. */
  forget(start) {
    try {
      const names = Object.keys(this.storage()).filter((key) => key.startsWith(PREFIX + start));
      for (const name of names) this.storage().removeItem(name);
    } catch (error) { /* nothing is stored there */ }
    for (const name of [...this.fallback.keys()]) if (name.startsWith(start)) this.fallback.delete(name);
  }
}

const ofBrowser = new Memory(() => localStorage);
// The storage of one tab survives a reload, and no other tab overwrites it.
const ofTab = new Memory(() => sessionStorage);

/** Remembers text under a name; `null` forgets it. */
export const remember = (name, value) => ofBrowser.set(name, value);
/** The text remembered under a name, or null. */
export const recall = (name) => ofBrowser.get(name);
/** Remembers text under a name for this tab; `null` forgets it. */
export const rememberInTab = (name, value) => ofTab.set(name, value);
/** The text that this tab remembers under a name, or null. */
export const recallInTab = (name) => ofTab.get(name);

/** `count` random bytes in hex. getRandomValues, unlike randomUUID, exists on plain http. */
export function randomHex(count) {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The `ref` of a message. With its quotes it has at most 23 bytes, which the server passes on without an allocation. */
export const newRef = () => randomHex(10);

// A tab that is reloaded within this time goes on by itself.
const STAYING_MS = 5 * 60 * 1000;

// A busy Raspberry Pi answers faster than this, and people wait no longer.
const PATIENCE_MS = 10000;

// The page of a network that wants a sign-in, a filter or a broken proxy may answer in place of the server,
// with any status. This server never sends these two.
const OF_A_PROXY = [407, 511];

/** The JSON of an answer, if it is one of this server: a refusal has a slug and a sentence, and anything else
    has the fields that `expected` names. Otherwise null. */
async function own(response, expected) {
  if (OF_A_PROXY.includes(response.status)) return null;
  if (!/^application\/json\b/.test(response.headers.get('Content-Type') || '')) return null;
  const body = await response.json().catch(() => null);
  if (!body || typeof body !== 'object') return null;
  const fits = response.ok ? expected.every((name) => body[name] !== undefined)
    : typeof body.error === 'string' && typeof body.message === 'string';
  return fits ? body : null;
}

/** Makes a request; resolves to `{ok, status, error, message, retryAfter, …body}`. A network failure has
    status 0. So has an answer that is not of this server (`own`), with the error `foreign`: it says nothing
    about us. Every answer of the server says its time. */
export async function ask(path, options, expected = []) {
  let timer;
  const asked = performance.now();
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error('late')), PATIENCE_MS);
  });
  try {
    // The server redirects nobody who asks this.
    const settings = Object.assign({ cache: 'no-store', redirect: 'manual' }, options);
    const response = await Promise.race([fetch(path, settings), late]);
    const body = await Promise.race([own(response, expected), late]);
    if (!body) return { ok: false, status: 0, error: 'foreign', message: '', retryAfter: 0 };
    hearDate(response.headers.get('Date'), asked);
    return Object.assign({ error: 'strange' }, body, {
      ok: response.ok,
      status: response.status,
      retryAfter: Number(response.headers.get('Retry-After')) || 0,
    });
  } catch (error) {
    return { ok: false, status: 0, error: 'unreachable', message: '', retryAfter: 0 };
  } finally {
    clearTimeout(timer);
  }
}

function post(path, body) {
  return ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }, ['token', 'user']);
}

export const session = {
  token: () => recall('token'),

  /** Marks this tab as the place where the holder of the token is. */
  stay() {
    const token = recall('token');
    if (token) rememberInTab('here', `${token.slice(-16)} ${Date.now()}`);
  },

  /** Whether the holder of the token was in this tab a moment ago: it was reloaded. A new tab may be that of
      another person, because tablets are shared. */
  stays() {
    const [end, at] = (recallInTab('here') || '').split(' ');
    const ago = Date.now() - Number(at);
    return Boolean(end) && recall('token').endsWith(end) && ago >= 0 && ago < STAYING_MS;
  },

  /** The title of the class, whether joining is open, what is stored, and which features exist. */
  room: () => ask('/api/room', {}, ['join', 'features']),

  async join(name, code) {
    const device = recall('device') || randomHex(16);
    remember('device', device);
    return this.enter(await post('/api/join', { name, code, device }));
  },

  /** Follows a link for one person: a pupil's secret, or the ticket of somebody who leads. */
  async follow({ kind, secret }, name) {
    if (kind === 'link') return this.enter(await post('/api/link', { secret }));
    return this.enter(await post('/api/host', name ? { ticket: secret, name } : { ticket: secret }));
  },

  enter(answer) {
    if (answer.ok && answer.token) {
      if (recall('name') !== answer.user.name) this.leave();
      remember('token', answer.token);
      remember('name', answer.user.name);
      if (answer.device) remember('device', answer.device);
    }
    return answer;
  },

  /** Asks whether the stored token is still valid. The answer's `error` says why not. */
  async check() {
    const token = recall('token');
    if (!token) return { ok: false, status: 401, error: 'token_missing' };
    const answer = await ask('/api/session', { headers: { Authorization: 'Bearer ' + token } }, ['user', 'expires_at']);
    // A proxy may refuse in JSON, too, but it does not know our reasons.
    const ours = { 401: /^token_/, 403: /^(removed|banned|forgotten|revoked)$/ }[answer.status];
    return !ours || ours.test(answer.error) ? answer : { ok: false, status: 0, error: 'foreign', message: '', retryAfter: 0 };
  },

  /** Forgets only the token: the same person may come back to their drafts and unsent messages. */
  expire() {
    remember('token', null);
  },

  /** Forgets everything personal, because the next person may use the same computer. The device id
      stays, because a removal is bound to it. */
  leave() {
    for (const start of ['token', 'name', 'draft.', 'rooms', 'read.', 'lab.']) ofBrowser.forget(start);
    ofTab.forget('draft.');
    rememberInTab('unsent', null);
    rememberInTab('here', null);
    // This entry tells the other tabs that the person left. The missing token would not say so: it may
    // also have expired, which each tab learns from its own connection.
    remember('left', randomHex(8));
    remember('left', null);
  },

  /** The join address, with the class code, as a QR code: the `src` of an image; null if there is none. */
  async poster(code) {
    const words = [].concat(location.protocol === 'https:' ? 'https' : [], code ? 'code=' + code : []);
    const answer = await this.download('/api/join.svg' + (words.length ? '?' + words.join('&') : ''));
    return answer.ok && answer.blob.type.startsWith('image/svg+xml') ? 'data:image/svg+xml,' + encodeURIComponent(await new Response(answer.blob).text()) : null;
  },

  /** Downloads a file: {ok, blob}, or {ok, error}. There is no timeout, because the file may be long. */
  async download(path) {
    try {
      const response = await fetch(path, { cache: 'no-store', headers: { Authorization: 'Bearer ' + this.token() } });
      if (response.ok) return { ok: true, blob: await response.blob() };
      const body = await response.json().catch(() => ({}));
      return Object.assign({ error: 'strange' }, body, { ok: false });
    } catch (error) {
      return { ok: false, error: 'unreachable' };
    }
  },

  /** Calls `then` when the person leaves in another tab of this browser, and forgets what only this tab
      stores. (The next person may have joined in the other tab already.) */
  onleave(then) {
    window.addEventListener('storage', (event) => {
      if (event.key !== PREFIX + 'left' || event.newValue === null) return;
      ofTab.forget('draft.');
      rememberInTab('unsent', null);
      rememberInTab('here', null);
      then();
    });
  },
};
