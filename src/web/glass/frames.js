// The list of frames, newest last, and the details of the selected one.

import { choice, empty, opcode, spaced, table } from './parts.js';
import { detail } from './frame.js';
import { isLink, linkTo } from './link.js';
import { MAX_EVENTS } from './recording.js';
import { box, button, make } from '../base/dom.js';
import { bar, partsOf } from '../base/frame-parts.js';
import { t } from '../base/i18n.js';

// Rows on the page; the saved file has more.
const ROWS = 200;
const TABLE_ROWS = 100;
const AT_END_PX = 24;
// The bytes that each form of the length takes after the first (RFC 6455 §5.2).
const EXTENDED = { 7: 0, '7+16': 2, '7+64': 8 };

const isControl = (note) => note.opcode >= 8;

/** Whether a frame passes the filters but for "only what I said". */
function passes({ event }, { way, kind, words }) {
  if (way && event.from !== way) return false;
  if (kind && (kind === 'control') !== isControl(event)) return false;
  if (!words) return true;
  const text = [event.name, event.text, event.control && event.control.reason, event.message && event.message.text].join(' ');
  return text.toLowerCase().includes(words.toLowerCase());
}

const wanted = (item, memory) => passes(item, memory) && (!memory.said || item.said);

function excerpt(note) {
  if (note.control && note.control.kind === 'close') return `${note.control.code === null ? '' : note.control.code} ${note.control.reason}`.trim();
  // Only the beginning of a long message is stored.
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
    bar(partsOf(note.payload_bytes, note.masked, EXTENDED[note.length_form])), ' ',
    box('bdi', 'excerpt-of', note.faults.length ? '⚠ ' : '', flags(note), excerpt(note)));
  return line;
}

function divider({ event }) {
  const line = make('li', 'divider', t('glass.list.connection', { id: event.connection, name: event.name || '' }));
  line.setAttribute('role', 'presentation');
  return line;
}

function listed(glass) {
  const { memory, recording } = glass;
  return recording.events.filter((item) => item.event.type === 'opened' || (item.event.type === 'frame' && wanted(item, memory)));
}

/** How many frames are hidden because this person did not say them. */
const hidden = ({ memory, recording }) => recording.frames.filter((item) => !item.said && passes(item, memory)).length;

/** The whole list as a table, rebuilt with every new frame. The number of a frame opens it. */
function asTable(glass, open) {
  const rows = listed(glass).filter(({ event }) => event.type === 'frame').slice(-TABLE_ROWS);
  const heads = ['n', 'at', 'from', 'opcode', 'fin', 'mask', 'length', 'header', 'payload'].map((key) => t('glass.list.' + key));
  return table(t('glass.list.caption'), heads, rows.map((item) => {
    const note = item.event;
    const opener = button('link', String(note.number), () => open(item));
    opener.setAttribute('aria-label', t('glass.list.open', { n: note.number }));
    return [opener, (note.at / 1e6).toFixed(3), t('glass.side.' + note.from), opcode(note.opcode),
      String(Number(note.fin)), String(Number(note.masked)), note.length, spaced(note.header), box('bdi', '', excerpt(note))];
  }));
}

/** A select whose label only screen readers need, because the options explain it. */
function chosen(label, options, value, changed) {
  const node = choice(label, options, value, changed);
  node.firstChild.className = 'hidden';
  return node;
}

/** The filters above the list. `changed(name, value)` sets one of them. */
function filterBar(memory, changed) {
  const words = make('input', 'filter-words');
  Object.assign(words, { type: 'search', value: memory.words || '', maxLength: 100 });
  words.placeholder = t('glass.filter.words');
  words.setAttribute('aria-label', t('glass.filter.words'));
  words.addEventListener('input', () => changed('words', words.value.trim()));
  return box('div', 'filters',
    chosen(t('glass.filter.way'), [['', t('glass.filter.way.all')], ['client', t('glass.way.client')], ['server', t('glass.way.server')]],
      memory.way || '', (value) => changed('way', value)),
    chosen(t('glass.filter.kind'), [['', t('glass.filter.kind.all')], ['data', t('glass.filter.data')], ['control', t('glass.filter.control')]],
      memory.kind || '', (value) => changed('kind', value)),
    words);
}

const lineOf = (item, glass) => (item.event.type === 'opened' ? divider(item) : row(item, glass));

/** Why a link, or a message of the log, leads to no frame. */
function notThere({ why, id, from, number }) {
  const facts = id === undefined ? {} : { id, number: String(number), way: t('glass.way.' + from), most: MAX_EVENTS };
  return make('p', 'none link-missing', t('glass.link.' + why, facts));
}

class Frames {
  constructor(glass) {
    this.glass = glass;
    this.memory = glass.memory;
    this.list = make('ol', 'frame-list');
    this.list.id = 'glass-frames';
    this.list.tabIndex = 0;
    this.list.setAttribute('role', 'listbox');
    this.list.setAttribute('aria-label', t('glass.list.caption'));
    this.tableAt = make('div', 'frame-table');
    this.detailAt = make('div', 'frame-detail');
    this.detailAt.id = 'glass-frame';
    // The frame whose details are shown, and the frames that came with it.
    this.detailed = this.carried = null;
    this.hiddenAt = make('p', 'small hidden-frames');
    const filters = filterBar(this.memory, (name, value) => {
      this.memory[name] = value;
      this.rebuild();
    });
    this.node = box('div', 'frames', filters, this.hiddenAt, glass.tables ? this.tableAt : this.list, this.detailAt);
    this.list.addEventListener('click', (event) => {
      const line = event.target.closest('.frame-row');
      const item = line && glass.recording.events.find(({ n }) => 'frame-' + n === line.id);
      if (item) this.choose(item);
    });
    this.list.addEventListener('keydown', (event) => this.key(event));
    this.rebuild();
  }

  /** Marks the selected frame in the list; returns its row. */
  mark() {
    const { list, memory } = this;
    const before = list.querySelector('[aria-selected=true]');
    if (before) before.setAttribute('aria-selected', 'false');
    const now = memory.selected && list.querySelector('#frame-' + memory.selected.n);
    if (now) now.setAttribute('aria-selected', 'true');
    if (now) list.setAttribute('aria-activedescendant', now.id);
    else list.removeAttribute('aria-activedescendant');
    this.together();
    return now;
  }

  /** Marks the rows of the frames that one read or write carried together with the selected one. */
  together() {
    const items = (this.carried && this.carried.items) || [];
    this.list.querySelectorAll('.together').forEach((line) => line.classList.remove('together'));
    if (items.length < 2) return;
    items.forEach(({ n }) => {
      const line = this.list.querySelector('#frame-' + n);
      if (line) line.classList.add('together');
    });
  }

  /** Shows the details of the selected frame, or why a link leads nowhere. */
  look(motion) {
    const { missing, selected } = this.memory;
    if (this.detailed === (missing || selected)) return;
    this.detailed = missing || selected;
    this.detailAt.textContent = '';
    this.carried = null;
    if (missing) {
      this.detailAt.append(notThere(missing));
      return;
    }
    // The address does not go on naming a frame that is no longer the selected one.
    if (isLink(location.hash) && selected && linkTo(selected) !== location.hash) history.replaceState(null, '', location.pathname + location.search);
    const shown = selected && detail(selected, this.glass, { motion, open: (item) => this.choose(item) });
    this.detailAt.append(shown ? shown.node : empty('glass.frame.none'));
    this.carried = shown && shown.carried;
    this.together();
    // On a phone the whole panel scrolls, so a new message has to be scrolled into view.
    const bits = this.detailAt.querySelector('.ruler');
    if (motion && bits && this.glass.width() < 32) bits.scrollIntoView({ block: 'nearest' });
  }

  choose(item) {
    Object.assign(this.memory, { selected: item, missing: null });
    this.glass.unfollow();
    const now = this.mark();
    if (now) now.scrollIntoView({ block: 'nearest' });
    this.look(false);
  }

  key(event) {
    const step = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!step || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const items = listed(this.glass).slice(-ROWS).filter((item) => item.event.type === 'frame');
    if (!items.length) return;
    const at = items.indexOf(this.memory.selected);
    this.choose(items[Math.max(0, Math.min(items.length - 1, (at < 0 ? items.length : at) + step))]);
  }

  rebuild() {
    const { glass, list } = this;
    if (glass.tables) {
      this.tableAt.textContent = '';
      this.tableAt.append(asTable(glass, (item) => this.choose(item)));
    } else {
      list.textContent = '';
      list.append(...listed(glass).slice(-ROWS).map((item) => lineOf(item, glass)));
      this.mark();
      list.scrollTop = list.scrollHeight;
    }
    this.count();
    this.look(false);
  }

  /** Says how many frames the filter "only what I said" hides. */
  count() {
    const words = this.memory.said ? t('glass.filter.hidden', { n: hidden(this.glass) }) : '';
    if (this.hiddenAt.textContent !== words) this.hiddenAt.textContent = words;
    this.hiddenAt.hidden = !words;
  }

  update(fresh) {
    // The last fragment may have told that those before it belong to what this person said.
    const late = this.memory.said && fresh.some(({ said, event }) => said && event.from === 'server' && event.position.fragment > 1);
    this.count();
    if (this.carried && fresh.some(({ event }) => ['call', 'frame'].includes(event.type))) {
      this.carried.update();
      this.together();
    }
    if (this.glass.tables || late) this.rebuild();
    else this.append(fresh.filter((item) => item.event.type === 'opened' || (item.event.type === 'frame' && wanted(item, this.memory))));
    this.look(this.glass.following);
  }

  append(items) {
    const { glass, list } = this;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END_PX;
    list.append(...items.slice(-ROWS).map((item) => lineOf(item, glass)));
    while (list.children.length > ROWS) list.firstChild.remove();
    const now = this.mark();
    if (atEnd) list.scrollTop = list.scrollHeight;
    else if (now && glass.following && this.detailed !== this.memory.selected) now.scrollIntoView({ block: 'nearest' });
  }

  resized() {
    this.detailed = null;
    this.look(false);
  }
}

export const frames = (glass) => new Frames(glass);
