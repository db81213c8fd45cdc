// Who this browser is: the token, the device id and what else is remembered, and the plain HTTP
// questions asked before any WebSocket exists (a browser hides why a handshake failed, so the page
// asks here first).

const PREFIX = 'glassroom.';

/** Text under names. Private windows and locked-down school browsers throw on storage; then a reload
    forgets, no more. */
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
    } catch (error) { /* the fallback answers */ }
    return this.fallback.has(name) ? this.fallback.get(name) : null;
  }

  /** Forgets every name that begins with `start`. */
  forget(start) {
    try {
      const names = Object.keys(this.storage()).filter((key) => key.startsWith(PREFIX + start));
      for (const name of names) this.storage().removeItem(name);
    } catch (error) { /* nothing is kept there */ }
    for (const name of [...this.fallback.keys()]) if (name.startsWith(start)) this.fallback.delete(name);
  }
}

const ofBrowser = new Memory(() => localStorage);
// What belongs to one tab alone: it survives a reload, and no other tab writes over it.
const ofTab = new Memory(() => sessionStorage);

/** Remembers text under a name; `null` forgets it. */
export const remember = (name, value) => ofBrowser.set(name, value);
/** The text remembered under a name, or null. */
export const recall = (name) => ofBrowser.get(name);
/** Remembers text under a name for this tab; `null` forgets it. */
export const keep = (name, value) => ofTab.set(name, value);
/** The text that this tab remembers under a name, or null. */
export const kept = (name) => ofTab.get(name);

/** `count` random bytes in hex. getRandomValues, unlike randomUUID, exists on plain http. */
export function randomHex(count) {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// Longer than a busy Raspberry Pi needs, shorter than a person's patience.
const PATIENCE_MS = 10000;

/** Answers `{ok, status, error, message, retryAfter, …body}`; a network failure is status 0. */
export async function ask(path, options) {
  let timer;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error('late')), PATIENCE_MS);
  });
  try {
    const response = await Promise.race([fetch(path, Object.assign({ cache: 'no-store' }, options)), late]);
    const body = await response.json().catch(() => ({}));
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
  });
}

export const session = {
  token: () => recall('token'),

  /** What the join form shows: title, whether joining is open, what is kept. */
  room: () => ask('/api/room'),

  async join(name, code) {
    const device = recall('device') || randomHex(16);
    remember('device', device);
    return this.enter(await post('/api/join', { name, code, device }));
  },

  async host(ticket, name) {
    return this.enter(await post('/api/host', name ? { ticket, name } : { ticket }));
  },

  enter(answer) {
    if (answer.ok && answer.token) {
      if (recall('name') !== answer.user.name) this.leave();
      remember('came', null);
      remember('token', answer.token);
      remember('name', answer.user.name);
      if (answer.device) remember('device', answer.device);
    }
    return answer;
  },

  /** Is the stored token still good? The answer's `error` says why not. */
  async check() {
    const token = recall('token');
    if (!token) return { ok: false, status: 401, error: 'token_missing' };
    return ask('/api/session', { headers: { Authorization: 'Bearer ' + token } });
  },

  /** The token alone: the same person will come back and finds drafts and unsent messages. */
  expire() {
    remember('token', null);
  },

  /** Everything personal, for the next person at a shared computer. The device id stays: it is
      what a removal is bound to. */
  leave() {
    for (const start of ['token', 'name', 'draft.', 'rooms', 'read.', 'came', 'lab.']) ofBrowser.forget(start);
    keep('unsent', null);
    // Told to the other tabs by a mark of its own: that the token is gone would not do, because it may
    // have expired in this tab, and the others hear that from their own connection.
    remember('left', randomHex(8));
    remember('left', null);
  },

  /** The join address as a QR code, as the source of a picture; null if there is none. */
  async poster() {
    const answer = await this.download('/api/join.svg' + (location.protocol === 'https:' ? '?https' : ''));
    return answer.ok ? 'data:image/svg+xml,' + encodeURIComponent(await new Response(answer.blob).text()) : null;
  },

  /** A file for those who may have it: {ok, blob}, or why not. It may be long and take its time. */
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

  /** Another tab of this browser left: this one follows, with what is its own. (The next person may
      already be in.) */
  onleave(then) {
    window.addEventListener('storage', (event) => {
      if (event.key !== PREFIX + 'left' || event.newValue === null) return;
      keep('unsent', null);
      then();
    });
  },
};
