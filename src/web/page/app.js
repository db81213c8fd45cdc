// The start of the chat's page. It connects the parts: the socket and the chat know no views, and the
// views know no network.

import { Chat } from '../chat/chat.js';
import { hush } from './announce.js';
import { Composer } from './composer.js';
import { Dialog } from './dialog.js';
import { Display } from './display.js';
import { Again, Join } from './join.js';
import { Late, LateDownloads, LateSearch } from './late.js';
import { Log } from './log.js';
import { meMenu } from './me.js';
import { Menu } from './menu.js';
import { Pin } from './pin.js';
import { ProtocolView } from './protocol-view.js';
import { reactions } from './reactions.js';
import { RoomList } from './roomlist.js';
import { ending, isOver, Status } from './status.js';
import { knowPeople } from './text.js';
import { Updates } from './updates.js';
import { WallButton } from './wall-button.js';
import { restOfWords } from './words.js';
import { element } from '../base/dom.js';
import { showOffered } from '../base/features.js';
import { change, fill, load, t } from '../base/i18n.js';
import { recall, rememberInTab, session } from '../base/session.js';
import { Socket } from '../base/socket.js';
import { mayBeOff } from '../base/time.js';

// After these close codes only a person can help: with a name and a code, or by asking the teacher.
const JOIN_AGAIN = [1008, 4500, 4501, 4503];

// The kinds of links for one person, as the fragment names them: a host's and a moderator's work once, a
// pupil's in every lesson.
const LINKS = ['host', 'moderator', 'link'];

// How often the page looks whether the device slept or its clock was set.
const LOOK_MS = 15000;

// The answer of /api/room, once it is known.
let about = null;

const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';

const socket = new Socket({
  // `join=` is empty: the server joins no room by itself, because the page says from where to resume.
  url: `${scheme}//${location.host}/ws?join=&rooms=`,
  token: () => session.token(),
  check: () => session.check(),
  changed: connectionChanged,
  received: (message) => chat.receive(message),
  probe: () => chat.probe(),
  // A server on this very machine needs no network.
  offline: () => navigator.onLine === false && !/^(localhost|127\.|\[::1\])/.test(location.hostname),
});
const chat = new Chat({ send: (message) => socket.send(message) });
const dialog = new Dialog();
const status = new Status({ again: () => socket.open() });
const join = new Join({ entered: enter, learned });
const again = new Again({
  goOn: enter,
  other: (code) => {
    session.leave();
    showJoin({ code });
  },
});
const menu = new Menu({
  chat,
  dialog,
  reply: (entry) => composer.startReply(entry),
  edit: (entry) => composer.edit(entry),
});
const log = new Log({
  facts: () => ({ me: chat.me, connected: socket.state.name === 'connected' }),
  actions: {
    person: (person) => rest.use(({ people }) => people.menu(person)),
    mayAct: (person) => Boolean(rest.part) && rest.part.people.mayAct(chat.person(person)),
    beside: (entry) => menu.beside(entry),
    reactions: (row, entry) => reactions(row, entry, {
      me: chat.me,
      nameOf: (id) => chat.names.get(id),
      react: menu.may(entry).react ? (of, emoji) => chat.changes.react(of, emoji) : null,
    }),
    jump,
    again: (entry) => chat.outbox.again(entry),
    discard: (entry) => chat.outbox.discard(entry),
    older: (room) => chat.archive.older(room),
    read: (atEnd) => {
      chat.reading = atEnd && !document.hidden;
      chat.read();
    },
  },
});
const composer = new Composer({
  chat,
  // A refused `typing` is not worth a notice.
  typing: () => chat.request({ type: 'typing', room: chat.current.name }, { error: () => {} }),
  resized: () => log.keepPlace(),
  last: (room) => menu.last(room),
  whisper,
});
knowPeople(() => (chat.me && chat.current ? { me: chat.me.name, names: [...chat.names.values()] } : null));
const rooms = new RoomList({
  chat,
  open: (name) => { display.toggleDrawer(null); chat.open(name); },
  leave: (room) => chat.leave(room),
});
const pin = new Pin({ chat, jump });
const search = new LateSearch({
  chat,
  jump: (seq) => {
    // A narrow page has no room for both, so the log replaces the results.
    if (display.narrow) search.close();
    jump(seq);
  },
  opened: () => {
    if (display.toggleDrawer(null)) element('found-title').focus();
    log.keepPlace();
  },
  closed: () => log.keepPlace(),
}, partMissing);
const downloads = new LateDownloads({ chat, dialog, toast: (words, way) => status.toast(words, way, { about: 'save' }) }, partMissing);
const display = new Display({ chooseLanguage, changed: () => log.keepPlace(), closed: drawerClosed });
const wall = new WallButton({ chat, toast: (words) => status.toast(words, null, { about: 'wall' }) });
const protocolView = new ProtocolView({ chat, status, log });
const rest = new Late(loadRest, partMissing);
chat.observer = new Updates({ chat, status, log, composer, rooms, pin, search, protocolView, wall, rest });

/** Loads what a class has beside its messages. */
async function loadRest() {
  const [{ Rest }] = await Promise.all([import('./rest.js'), load(restOfWords)]);
  return new Rest({
    chat, dialog, status, menu, composer, log, display, downloads, rooms, search, protocolView, wall, whisper, partMissing,
  });
}

/** Shows the rest with what has come before it. Its rows of the log were empty until then, and no name led to a menu. */
function restCame(part) {
  if ('rest' in document.body.dataset) return;
  part.newRoom.learned(about && about.create_rooms);
  part.redraw();
  log.rewrite();
  document.body.dataset.rest = '';
}

/** Says that a part of the page did not come: the network failed, or the server was upgraded since the page was
    opened and its new part does not fit. */
function partMissing() {
  status.toast(t('part.missing'), { words: t('part.reload'), act: () => location.reload() }, { about: 'part' });
}

/** Opens the conversation with a person. */
function whisper(person) {
  rest.use(({ people }) => people.whisper(person));
}

/** What the open tab shows for a moment only goes out of sight with it. */
function drawerClosed(side) {
  if (side === 'people') rest.part?.desk.leave();
}

/** Goes to a message of the open room, however old. */
function jump(seq) {
  const room = chat.current;
  chat.archive.seek(room, seq, (entry) => {
    if (entry && room === chat.current) log.show(entry);
    else if (!entry) status.toast(t('error.not_found'), null, { about: 'jump' });
  }, (goOn) => status.toast(t('log.far'), { words: t('log.far.on'), act: goOn }, { about: 'jump' }));
}

function connectionChanged(state) {
  if (state.name === 'connected' && !about) {
    session.room().then((answer) => { if (answer.ok) learned(answer); });
  }
  if (state.name !== 'connected') {
    chat.lost(state.code);
    composer.allowResend();
  }
  status.show(state);
  // On a phone the words may need another line of the bar, which makes the log smaller.
  log.keepPlace();
  // Once what came with the connection is shown.
  if (state.name === 'connected') setTimeout(() => rest.use(restCame));
  // A connection that this person ended as an experiment comes back.
  if (protocolView.connectionChanged(state) && state.name === 'ended') {
    socket.retry(state);
    return;
  }
  if (state.name === 'ended' && JOIN_AGAIN.includes(state.code)) {
    const { removal } = chat;
    session.expire();
    if (isOver(state)) {
      lessonOver();
      return;
    }
    showJoin({ problem: () => ending(state, removal) });
  } else {
    log.waiting();
  }
}

function show(name) {
  delete document.documentElement.dataset.held;
  document.body.dataset.view = name;
  element('join').hidden = name !== 'join';
  element('chat').hidden = name !== 'chat';
  // What the room said last is not of the page that comes now.
  if (name !== 'chat') status.end();
}

function showJoin(how) {
  dialog.close(null);
  display.toggleDrawer(null);
  again.close();
  show('join');
  join.show(how);
}

function enter() {
  show('chat');
  session.stay();
  socket.open();
}

/** What /api/room says about this server. */
function learned(answer) {
  about = answer;
  showOffered(document.body, about.features);
  protocolView.features = about.features;
  rest.part?.newRoom.learned(about.create_rooms);
  const seconds = about.join.edit_window_seconds;
  if (seconds === chat.editWindow) return;
  chat.editWindow = seconds;
  log.rewrite();
}

/** The lesson has ended. What it had on this page is not of the next one; a draft stays. */
function lessonOver() {
  rememberInTab('unsent', null);
  vacate({ over: true });
}

/** Forgets this person, so that the next one can sit down. `how` is for the join form. */
function vacate(how) {
  socket.close();
  search.close();
  protocolView.reset();
  chat.reset();
  element('log').textContent = '';
  hush();
  document.body.dataset.connection = 'off';
  status.title(chat);
  showJoin(how);
}

async function chooseLanguage(code) {
  try {
    await change(code);
  } catch (error) {
    status.toast(t('error.unreachable'), { words: t('again'), act: () => chooseLanguage(code) }, { about: 'language' });
    return;
  }
  fill(document.body);
  display.render();
  join.render();
  again.render();
  status.render();
  protocolView.rebuild();
  rest.part?.redraw();
  if (!chat.me) return;
  status.me(chat.me);
  rooms.render();
  composer.render();
  pin.render();
  search.render();
  log.rewrite();
  log.updateButtons();
}

/** Reads the fragment of a link, and clears it from the address bar first of all: it may hold a secret. */
function fragment() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const kind = LINKS.find((each) => parts.has(each));
  if (kind || parts.has('code')) history.replaceState(null, '', location.pathname + location.search);
  return { link: kind ? { kind, secret: parts.get(kind), name: parts.get('name') } : null, code: parts.get('code') };
}

function start() {
  const { link, code } = fragment();
  if (link) {
    socket.close();
    showJoin({ link });
  } else if (session.token() && session.stays()) {
    enter();
  } else if (session.token()) {
    show('join');
    again.ask({ name: recall('name'), code });
  } else {
    showJoin({ code });
  }
}

async function leave() {
  const sure = await dialog.confirm({ title: [t('me.leave.ask')], body: t('me.leave.body'), yes: t('me.leave.yes'), danger: true });
  if (!sure) return;
  session.leave();
  vacate({ problem: () => t('me.left') });
}

fill(document.body);
meMenu();
/** Asks the server for its time if the time since then may not have been counted right. */
function lookAtClock() {
  if (mayBeOff()) session.room();
}

/** Remembers until when somebody was in this tab. */
function staying() {
  if (document.body.dataset.view === 'chat') session.stay();
}

setInterval(lookAtClock, LOOK_MS);
setInterval(staying, LOOK_MS);
window.addEventListener('pagehide', staying);
document.addEventListener('visibilitychange', () => {
  log.updateButtons();
  if (document.hidden) return;
  lookAtClock();
  socket.wake();
});
window.addEventListener('online', () => socket.wake());
window.addEventListener('offline', () => { if (socket.offline()) socket.cut(); });
window.addEventListener('hashchange', () => {
  // Somebody who is in the chat already stays there when they open a join link.
  if (LINKS.some((kind) => location.hash.startsWith('#' + kind + '=')) || document.body.dataset.view === 'join') start();
  else fragment();
});
element('status-now').addEventListener('click', () => socket.open());
element('leave').addEventListener('click', leave);
session.onleave(() => { if (document.body.dataset.view === 'chat') vacate({ problem: () => t('me.left') }); });
start();
