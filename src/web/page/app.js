// The start, and the wires: socket and chat know nothing of views, views know nothing of the network.

import { element } from '../base/dom.js';
import { Chat } from '../chat/chat.js';
import { Composer } from './composer.js';
import { Dialog } from './dialog.js';
import { Display } from './display.js';
import { Downloads } from './downloads.js';
import { change, fill, t } from '../base/i18n.js';
import { Join } from './join.js';
import { Log } from './log.js';
import { Menu } from './menu.js';
import { moderation, refusal } from './sentences.js';
import { People } from './people.js';
import { Pin } from './pin.js';
import { reactions } from './reactions.js';
import { RoomList } from './roomlist.js';
import { Search } from './search.js';
import { session } from '../base/session.js';
import { Socket } from '../base/socket.js';
import { ending, Status } from './status.js';

// Endings after which only a person can help: with a name and a code, or by asking the teacher.
const BACK_TO_THE_DOOR = [1008, 4500, 4501, 4503];

const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';

const socket = new Socket({
  // `join=` empty: the server joins nothing by itself, the page says what to join and from where.
  url: `${scheme}//${location.host}/ws?join=`,
  token: () => session.token(),
  check: () => session.check(),
  changed: connected,
  received: (message) => chat.receive(message),
  probe: () => chat.probe(),
});
const chat = new Chat({ send: (message) => socket.send(message), report });
const dialog = new Dialog();
const status = new Status({ again: () => socket.open() });
const join = new Join({ entered: enter });
const menu = new Menu({
  chat,
  dialog,
  reply: (entry) => composer.answer(entry),
  edit: (entry) => composer.edit(entry),
});
const log = new Log({
  facts: () => ({ me: chat.me, connected: socket.state.name === 'connected' }),
  actions: {
    person: (person) => people.menu(person),
    mayAct: (person) => people.mayAct(chat.person(person)),
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
  // Nobody misses it if it is refused.
  typing: () => chat.request({ type: 'typing', room: chat.current.name }, { error: () => {} }),
  grown: () => log.keep(),
  last: (room) => menu.last(room),
});
const people = new People({ chat, dialog, whisper: (person) => { display.drawer(null); composer.whisper(person); } });
const rooms = new RoomList({
  chat,
  open: (name) => { display.drawer(null); chat.open(name); },
  leave: (room) => chat.leave(room),
});
const pin = new Pin({ chat, jump });
const search = new Search({
  chat,
  jump: (seq) => {
    // Where there is no place for both, the log comes first.
    if (narrow()) search.close();
    jump(seq);
  },
  opened: () => {
    if (display.drawer(null)) element('found-title').focus();
    log.keep();
  },
  closed: () => log.keep(),
});
new Downloads({ chat, dialog, tell: (words, way) => status.notice(words, way) });
// The protocol view is fetched when it is first wanted: most of a class looks on another day.
let glass = null;
const display = new Display({ spoke: speak, changed: () => log.keep(), poster: () => session.poster() });

/** What the chat says has changed, to the views that show it. */
function report(what, room, detail) {
  const open = room === chat.current;
  if (what === 'open') {
    if (search.room !== room) search.close();
    log.open(room);
    composer.open(room);
    // Focus went with the join form; a keyboard on glass would jump up uninvited.
    if (document.activeElement === document.body && matchMedia('(hover: hover)').matches) element('composer-text').focus();
  }
  if (what === 'open' || what === 'reset') status.me(chat.me);
  if (what === 'reset' && open) log.sync();
  if (what === 'entry' && open) log.put(detail);
  if (what === 'changed') search.changed(detail);
  if (what === 'changed' && open) {
    log.changed(detail);
    composer.follow(detail);
  }
  if (what === 'reaction' && open) log.react(detail);
  if (open && (['open', 'reset', 'pin'].includes(what) || (what === 'entry' && detail.seq === room.pin))) pin.render();
  if (what === 'gone' && open) log.gone(detail);
  if (what === 'older' && open) log.prepend(detail);
  if (what === 'filled' && open) log.after();
  if ((what === 'typing' || what === 'entry') && open) log.typing();
  if (['open', 'reset', 'people', 'state'].includes(what) && open) people.render();
  if (['open', 'reset', 'rooms', 'state'].includes(what)) rooms.render();
  if (['open', 'reset', 'state'].includes(what)) display.board(chat.board);
  if (['reset', 'state', 'people'].includes(what) && open) composer.render();
  if (what === 'refused') {
    composer.unanswered();
    status.notice(refusal(detail.why), detail.again && { words: t('again'), act: detail.again });
  }
  if (what === 'done') {
    const act = undo(detail, room);
    status.notice(moderation('done.', detail, chat.me), act && { words: t('undo'), act });
  }
  if (glass && (what === 'open' || what === 'reset')) glass.follow();
  status.title(chat);
}

async function protocol() {
  if (!glass) {
    try {
      const { Glass } = await import('../glass/glass.js');
      glass = glass || new Glass({
        chat,
        token: () => session.token(),
        tell: (words) => status.notice(words),
        grown: () => log.keep(),
      });
    } catch (error) {
      status.notice(t('error.unreachable'), { words: t('again'), act: protocol });
      return;
    }
  }
  glass.toggle();
}

/** The way back from what a moderator has just done, where there is one. */
function undo({ action, target, state }, room) {
  if (action === 'mute') return () => chat.order.moderate('unmute', { user: target.id });
  if (action === 'lock' && state.locked) return () => chat.order.moderate('lock', { room: room.name, on: false });
  if (action === 'slow' && state.slow) return () => chat.order.moderate('slow', { room: room.name, seconds: 0 });
  return null;
}

const narrow = () => element('open-rooms').offsetParent !== null;

/** To a message of the open room, however old. */
function jump(seq) {
  const room = chat.current;
  chat.archive.seek(room, seq, (entry) => {
    if (entry && room === chat.current) log.show(entry);
    else if (!entry) status.notice(t('error.not_found'));
  }, (goOn) => status.notice(t('log.far'), { words: t('log.far.on'), act: goOn }));
}

function connected(state) {
  if (state.name !== 'connected') {
    chat.lost(state.code);
    composer.unanswered();
  }
  status.show(state);
  // On a phone the words may need another line of the bar, which the log gives.
  log.keep();
  // What somebody had done to their own connection is no reason to stay away.
  if (glass && glass.heard(state) && state.name === 'ended') {
    socket.retry(state);
    return;
  }
  if (state.name === 'ended' && BACK_TO_THE_DOOR.includes(state.code)) {
    const { removal } = chat;
    session.expire();
    door({ problem: () => ending(state, removal) });
  } else {
    log.waiting();
  }
}

function view(name) {
  document.body.dataset.view = name;
  element('join').hidden = name !== 'join';
  element('chat').hidden = name !== 'chat';
}

function door(how) {
  dialog.close(null);
  view('join');
  join.show(how);
}

function enter() {
  view('chat');
  socket.open();
  session.room().then(({ ok, edit_window_seconds: seconds }) => {
    if (!ok || seconds === undefined) return;
    chat.editWindow = seconds;
    log.rewrite();
  });
}

/** Makes the place free for the next person. */
function vacate(problem) {
  socket.close();
  search.close();
  if (glass) glass.reset();
  chat.reset();
  element('log').textContent = '';
  document.body.classList.remove('projector');
  document.body.dataset.connection = 'off';
  status.title(chat);
  door({ problem });
}

function speak(code) {
  change(code);
  fill(document.body);
  display.render();
  if (chat.board) display.board(chat.board);
  join.render();
  status.render();
  if (glass) glass.build();
  if (!chat.me) return;
  status.me(chat.me);
  rooms.render();
  people.render();
  composer.render();
  pin.render();
  search.render();
  log.rewrite();
  log.tell();
}

function find() {
  if (document.body.classList.contains('projector')) display.projector();
  if (narrow() && !document.body.classList.contains('show-rooms')) display.drawer('rooms');
  element('search-text').focus();
}

function shortcuts() {
  dialog.list(t('keys.title'), [
    [['Enter'], t('keys.enter')], [['Shift+Enter'], t('keys.shift')], [['Esc'], t('keys.escape')],
    [['↑'], t('keys.edit')], [['/'], t('keys.search')], [['c'], t('keys.write')],
    [['n'], t('keys.newest')], [['Alt+↑', 'Alt+↓'], t('keys.rooms')], [['g'], t('keys.glass')], [['p'], t('keys.projector')], [['?'], t('keys.help')],
  ]);
}

function key(event) {
  if (dialog.open || event.ctrlKey || event.metaKey || event.isComposing) return;
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  const inChat = document.body.dataset.view === 'chat' && chat.current;
  let known = true;
  if (event.key === 'Escape' && inChat) {
    if (!display.drawer(null)) {
      if (document.body.classList.contains('projector')) display.projector();
      else if (!composer.cancel()) search.close();
    }
  } else if (inChat && event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    chat.open(rooms.neighbour(event.key === 'ArrowUp' ? -1 : 1));
  } else if (typing || event.altKey || !inChat) known = false;
  else if (event.key === 'p') display.projector();
  else if (event.key === 'g') protocol();
  else if (event.key === 'c') element('composer-text').focus();
  else if (event.key === 'n') log.toEnd();
  else if (event.key === '/') find();
  else if (event.key === '?') shortcuts();
  else known = false;
  if (known) event.preventDefault();
}

/** Reads the fragment of a join or host link, and clears it from the address bar before anything
    else happens to it. */
function fragment() {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (parts.has('host') || parts.has('code')) history.replaceState(null, '', location.pathname + location.search);
  return { ticket: parts.get('host'), code: parts.get('code') };
}

async function start() {
  const { ticket, code } = fragment();
  if (ticket) {
    socket.close();
    door({ ticket });
  } else if (session.token()) {
    enter();
  } else {
    door({ code });
  }
}

fill(document.body);
document.addEventListener('keydown', key);
document.addEventListener('visibilitychange', () => {
  log.tell();
  if (!document.hidden) socket.wake();
});
window.addEventListener('online', () => socket.wake());
window.addEventListener('hashchange', () => {
  // A join link opened by who is here already changes nothing.
  if (/^#host=/.test(location.hash) || document.body.dataset.view === 'join') start();
  else fragment();
});
element('status-now').addEventListener('click', () => socket.open());
element('glass-open').addEventListener('click', protocol);
element('open-keys').addEventListener('click', shortcuts);
element('leave').addEventListener('click', async () => {
  const sure = await dialog.confirm({ title: [t('me.leave.ask')], body: t('me.leave.body'), yes: t('me.leave.yes'), danger: true });
  if (!sure) return;
  session.leave();
  vacate(() => t('me.left'));
});
session.onleave(() => { if (document.body.dataset.view === 'chat') vacate(() => t('me.left')); });
start();
