// The list of frames, newest at the end, and the one that is looked at.

import { choice, empty, opcode, spaced, table } from './parts.js';
import { detail } from './frame.js';
import { secret } from './film.js';
import { box, button, make } from '../base/dom.js';
import { t } from '../base/i18n.js';

// Rows on the page at once; the others are in the file that can be saved.
const ROWS = 200;
const TABLE_ROWS = 100;
const AT_END_PX = 24;

const isControl = (note) => note.opcode >= 8;

function wanted({ event }, { way, kind, words }) {
  if (way && event.from !== way) return false;
  if (kind && (kind === 'control') !== isControl(event)) return false;
  if (!words) return true;
  const text = [event.name, event.text, event.control && event.control.reason, event.message && event.message.text].join(' ');
  return text.toLowerCase().includes(words.toLowerCase());
}

function excerpt(note, glass) {
  if (glass.onTheWall && secret(note)) return t('glass.wall');
  if (note.control && note.control.kind === 'close') return [note.control.code, note.control.reason].filter(Boolean).join(' ');
  // Of a long message only the beginning is kept.
  if (note.text !== null) return note.text + (note.payload.length / 2 < note.payload_bytes ? '…' : '');
  return note.payload ? spaced(note.payload.slice(0, 32)) : '';
}

function flags(note) {
  const position = note.position && (note.position.fragment > 1 || !note.position.last);
  if (!position) return '';
  return t(note.position.last ? 'glass.list.last' : 'glass.list.fragment', { n: note.position.fragment });
}

function row(item, glass) {
  const note = item.event;
  const line = make('li', `frame-row from-${note.from}${isControl(note) ? ' control' : ''}${note.faults.length ? ' faulty' : ''}`);
  line.id = 'frame-' + item.n;
  line.setAttribute('role', 'option');
  line.setAttribute('aria-selected', 'false');
  line.append(
    make('span', 'at', (note.at / 1e6).toFixed(3)), ' ',
    make('span', 'way', t('glass.way.' + note.from)), ' ',
    make('span', 'opcode', opcode(note.opcode)), ' ',
    make('span', 'size', t('glass.b', { n: note.payload_bytes })), ' ',
    box('bdi', 'excerpt-of', note.faults.length ? '⚠ ' : '', flags(note), excerpt(note, glass)));
  return line;
}

function divider({ event }) {
  const line = make('li', 'divider', t('glass.list.connection', { id: event.connection, name: event.name || '' }));
  line.setAttribute('role', 'presentation');
  return line;
}

function listed(glass) {
  const { memory, film } = glass;
  return film.events.filter((item) => item.event.type === 'opened' || (item.event.type === 'frame' && wanted(item, memory)));
}

/** The whole list as a table, made anew when something comes; a number opens the frame. */
function asTable(glass, open) {
  const rows = listed(glass).filter(({ event }) => event.type === 'frame').slice(-TABLE_ROWS);
  const heads = ['n', 'at', 'from', 'opcode', 'fin', 'mask', 'length', 'header', 'payload'].map((key) => t('glass.list.' + key));
  return table(t('glass.list.caption'), heads, rows.map((item) => {
    const note = item.event;
    const opener = button('link', String(note.number), () => open(item));
    opener.setAttribute('aria-label', t('glass.list.open', { n: note.number }));
    return [opener, (note.at / 1e6).toFixed(3), t('glass.side.' + note.from), opcode(note.opcode),
      String(Number(note.fin)), String(Number(note.masked)), note.length, spaced(note.header), box('bdi', '', excerpt(note, glass))];
  }));
}

/** A choice whose options say what it is about. */
function chosen(label, options, value, changed) {
  const node = choice(label, options, value, changed);
  node.firstChild.className = 'hidden';
  return node;
}

export function frames(glass) {
  const { memory } = glass;
  const list = make('ol', 'frame-list');
  list.id = 'glass-frames';
  list.tabIndex = 0;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', t('glass.list.caption'));
  const tableAt = make('div', 'frame-table');
  const detailAt = make('div', 'frame-detail');
  detailAt.id = 'glass-frame';
  let shown = null;

  const filter = (name) => (value) => {
    memory[name] = value;
    rebuild();
  };
  const words = make('input', 'filter-words');
  Object.assign(words, { type: 'search', value: memory.words || '', maxLength: 100 });
  words.placeholder = t('glass.filter.words');
  words.setAttribute('aria-label', t('glass.filter.words'));
  words.addEventListener('input', () => filter('words')(words.value.trim()));
  const filters = box('div', 'filters',
    chosen(t('glass.filter.way'), [['', t('glass.filter.way.all')], ['client', t('glass.way.client')], ['server', t('glass.way.server')]],
      memory.way || '', filter('way')),
    chosen(t('glass.filter.kind'), [['', t('glass.filter.kind.all')], ['data', t('glass.filter.data')], ['control', t('glass.filter.control')]],
      memory.kind || '', filter('kind')),
    words);

  const mark = () => {
    const before = list.querySelector('[aria-selected=true]');
    if (before) before.setAttribute('aria-selected', 'false');
    const now = memory.selected && list.querySelector('#frame-' + memory.selected.n);
    if (now) now.setAttribute('aria-selected', 'true');
    if (now) list.setAttribute('aria-activedescendant', now.id);
    else list.removeAttribute('aria-activedescendant');
    return now;
  };
  const look = (motion) => {
    if (shown === memory.selected) return;
    shown = memory.selected;
    detailAt.textContent = '';
    detailAt.append(shown ? detail(shown, glass, motion) : empty('glass.frame.none'));
    // On a phone the panel scrolls as one: what was just said comes into view.
    const bits = detailAt.querySelector('.ruler');
    if (motion && bits && glass.width() < 32) bits.scrollIntoView({ block: 'nearest' });
  };
  const choose = (item) => {
    memory.selected = item;
    glass.unfollow();
    const now = mark();
    if (now) now.scrollIntoView({ block: 'nearest' });
    look(false);
  };

  function rebuild() {
    if (glass.tables) {
      tableAt.textContent = '';
      tableAt.append(asTable(glass, choose));
    } else {
      list.textContent = '';
      list.append(...listed(glass).slice(-ROWS).map((item) => (item.event.type === 'opened' ? divider(item) : row(item, glass))));
      mark();
      list.scrollTop = list.scrollHeight;
    }
    look(false);
  }

  list.addEventListener('click', (event) => {
    const line = event.target.closest('.frame-row');
    const item = line && glass.film.events.find(({ n }) => 'frame-' + n === line.id);
    if (item) choose(item);
  });
  list.addEventListener('keydown', (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!step || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const items = listed(glass).slice(-ROWS).filter((item) => item.event.type === 'frame');
    if (!items.length) return;
    const at = items.indexOf(memory.selected);
    choose(items[Math.max(0, Math.min(items.length - 1, (at < 0 ? items.length : at) + step))]);
  });

  rebuild();
  return {
    node: box('div', 'frames', filters, glass.tables ? tableAt : list, detailAt),
    update(fresh) {
      if (glass.tables) rebuild();
      else {
        const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END_PX;
        const items = fresh.filter((item) => item.event.type === 'opened' || (item.event.type === 'frame' && wanted(item, memory)));
        list.append(...items.slice(-ROWS).map((item) => (item.event.type === 'opened' ? divider(item) : row(item, glass))));
        while (list.children.length > ROWS) list.firstChild.remove();
        const now = mark();
        if (atEnd) list.scrollTop = list.scrollHeight;
        else if (now && glass.following && shown !== memory.selected) now.scrollIntoView({ block: 'nearest' });
      }
      look(glass.following);
    },
    resized() {
      shown = null;
      look(false);
    },
  };
}
