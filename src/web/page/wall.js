// The wall: the public part of a room on a screen for all. It has a connection of its own, whose token only
// reads (POST /api/wall). So whispers, reports, sanctions, and sums that are not published never get here.

import { announce } from './wall-join.js';
import { draw, trim } from './wall-room.js';
import { ending } from './status.js';
import { Chat } from '../chat/chat.js';
import { Observer } from '../chat/observer.js';
import { element } from '../base/dom.js';
import { change, fill, t } from '../base/i18n.js';
import { ask, recall, session } from '../base/session.js';
import { Socket } from '../base/socket.js';

// After the end of a lesson a new token has the next class code.
const LESSON_OVER = 4503;
const RENEW_MS = 1000;
const TICK_MS = 500;

const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
const dark = matchMedia('(prefers-color-scheme: dark)');
const room = new URLSearchParams(location.hash.slice(1)).get('room') || '';

// What the server gave us: {token, class_code?, join_url?}.
let pass = {};
let due = false;

/** What the chat knows, without what it would remember in the browser for the person who opened the wall. */
class Watching extends Chat {
  want(name, yes) {
    if (yes) this.wanted.add(name);
    else this.wanted.delete(name);
  }

  read() {}
}

const socket = new Socket({
  url: `${scheme}//${location.host}/ws?join=`,
  token: () => pass.token,
  check: getPass,
  changed,
  received: (message) => chat.receive(message),
  probe: () => chat.probe(),
  offline: () => navigator.onLine === false && !/^(localhost|127\.|\[::1\])/.test(location.hostname),
});
const chat = new Watching({ send: (message) => socket.send(message), observer: everything(new Observer()) });
// It says nothing itself. What the other window has not sent yet is not for the wall.
Object.assign(chat.outbox, { restore: () => {}, keep: () => {} });

/** Every change is drawn in the same way. */
function everything(observer) {
  Object.getOwnPropertyNames(Observer.prototype).forEach((name) => {
    if (name !== 'constructor' && name !== 'requestRefused') observer[name] = render;
  });
  return observer;
}

/** Asks for a token with that of the person who opened the wall, from the storage of the browser. */
async function getPass() {
  const token = session.token();
  if (!token) return { ok: false, status: 401, error: 'token_missing' };
  const answer = await ask('/api/wall', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer ' + token },
    body: JSON.stringify({ room }),
  }, ['token']);
  if (answer.ok) pass = answer;
  return answer;
}

function changed(state) {
  document.body.dataset.connection = state.name;
  if (state.name !== 'connected') chat.lost(state.code);
  // The lesson is over, and so is our token. The next one shows how to join the next lesson.
  if (state.name === 'ended' && state.code === LESSON_OVER) {
    chat.reset();
    setTimeout(() => socket.open(), RENEW_MS);
  }
  render();
}

/** Why there is no connection, or ''. */
function trouble() {
  const { state } = socket;
  if (state.name === 'waiting') return ending(state);
  if (state.name !== 'ended' || state.code === LESSON_OVER) return '';
  return state.slug === 'hosts_only' || state.slug === 'other_room' ? t('error.' + state.slug) : t('wall.again');
}

function render() {
  if (due) return;
  due = true;
  Promise.resolve().then(() => {
    due = false;
    element('wall-status').textContent = trouble();
    element('wall-status').hidden = !trouble();
    announce(pass, chat.classRules);
    if (chat.me && chat.current) draw(chat);
  });
}

function light() {
  const chosen = recall('theme');
  document.documentElement.dataset.theme = ['light', 'dark'].includes(chosen) ? chosen : dark.matches ? 'dark' : 'light';
}

/** Closes the window, or leads back to the chat where a script may not close it. */
function exit() {
  socket.close();
  window.close();
  if (!window.closed) location.href = '/';
}

light();
fill(document.body);
// Older browsers know only `addListener`.
dark.addListener(light);
window.addEventListener('storage', async ({ key }) => {
  light();
  if (key !== 'glassroom.language' || !recall('language')) return;
  await change(recall('language'));
  fill(document.body);
  render();
});
element('wall-exit').addEventListener('click', exit);
new ResizeObserver(trim).observe(element('wall-log'));
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') exit();
});
// Another room was opened in this window.
window.addEventListener('hashchange', () => location.reload());
window.addEventListener('online', () => socket.wake());
window.addEventListener('offline', () => { if (socket.offline()) socket.cut(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden) socket.wake(); });
// The person who opened the wall has left: it is not for whoever comes next.
session.onleave(exit);
setInterval(() => { if (chat.classRules.ending) render(); }, TICK_MS);
socket.open();
