// What TCP brought: the server's reads of the client's stream, or its writes of its own, as a bar over
// the frames. TCP has no frames, so their edges seldom agree.

import { part, table, why } from './parts.js';
import { box, button, make } from '../base/dom.js';
import { t } from '../base/i18n.js';

// Frames that are shown on each side of the selected one, and calls in all.
const NEAR = 6;
const MOST = 40;

const size = ({ header_bytes: header, payload_bytes: payload }) => header + payload;

/** What lies between `from` and `to` and in none of these ranges, which are in order. */
function gaps(ranges, from, to) {
  const found = [];
  let at = from;
  ranges.forEach(([begin, end]) => {
    if (begin > at) found.push([at, begin]);
    at = Math.max(at, end);
  });
  if (at < to) found.push([at, to]);
  return found;
}

/** The calls that carried a frame, and the frames that they carried: {calls, frames, rest, from, to, whole,
    cut, more}. `frames` are {item, from, to}, `rest` are bytes of no known frame, `whole` and `cut` count
    the frames. Null if the calls are no longer known. Pure. */
export function cover({ session, event: note }, all) {
  const [begin, end] = [note.offset, note.offset + size(note)];
  const calls = session.calls.filter((call) => call.from === note.from && call.offset < end && call.offset + call.bytes > begin);
  if (!calls.length || calls[0].offset > begin) return null;
  const last = calls[calls.length - 1];
  const [low, high] = [calls[0].offset, last.offset + last.bytes];
  if (high < end) return null;
  const inside = all.filter(({ session: of, event }) => of === session && event.from === note.from
    && event.offset < high && event.offset + size(event) > low)
    .map((item) => ({ item, from: item.event.offset, to: item.event.offset + size(item.event) }));
  const rest = gaps(inside.map(({ from, to }) => [from, to]), low, high);
  const whole = inside.filter(({ from, to }) => from >= low && to <= high).length;
  const at = inside.findIndex(({ from }) => from === begin);
  const near = inside.slice(Math.max(0, at - NEAR), at + NEAR + 1);
  const from = near[0] === inside[0] ? low : near[0].from;
  const to = near[near.length - 1] === inside[inside.length - 1] ? high : near[near.length - 1].to;
  return { calls, frames: near, rest, from, to, whole, cut: inside.length - whole + rest.length, more: near.length < inside.length || calls.length > MOST };
}

/** The sentence about a frame and its calls. */
function sentence(note, { calls, whole, cut }) {
  const { what } = calls[0];
  if (calls.length > 1) {
    const [begin, end] = [note.offset, note.offset + size(note)];
    const shares = calls.map(({ offset, bytes }) => Math.min(end, offset + bytes) - Math.max(begin, offset));
    const list = shares.length > 8 ? shares.slice(0, 8).join(' + ') + ' + …' : shares.join(' + ');
    return t('glass.call.several.' + what, { n: calls.length, list });
  }
  const [{ number, bytes }] = calls;
  if (cut) return t('glass.call.part.' + what, { number: String(number), bytes, n: whole });
  if (whole > 1) return t('glass.call.whole.' + what, { number: String(number), bytes, n: whole });
  return t('glass.call.alone.' + what, { number: String(number), n: bytes });
}

const named = ({ what, number }) => t('glass.call.' + what, { number: String(number) });

/** The two rows, on columns whose edges are those of all calls and frames. */
function bar(item, { calls, frames, rest, from, to }, open) {
  const clip = (begin, end) => [Math.max(begin, from), Math.min(end, to)];
  const upper = calls.slice(0, MOST).map((call) => ({ call, range: clip(call.offset, call.offset + call.bytes) }));
  const lower = frames.map((each) => ({ of: each.item, cut: each.from < from || each.to > to, range: clip(each.from, each.to) }))
    .concat(rest.map(([begin, end]) => ({ of: null, cut: true, range: clip(begin, end) })));
  const every = upper.concat(lower).filter(({ range: [begin, end] }) => begin < end);
  const edges = [...new Set([].concat(...every.map(({ range }) => range)))].sort((a, b) => a - b);
  const grid = make('div', 'calls');
  grid.setAttribute('role', 'group');
  grid.setAttribute('aria-label', t('glass.call.described.' + calls[0].what));
  grid.style.gridTemplateColumns = edges.slice(1).map((edge, n) => `minmax(2.2em, ${edge - edges[n]}fr)`).join(' ');
  const put = (node, [begin, end], row) => {
    node.style.gridColumn = `${edges.indexOf(begin) + 1} / ${edges.indexOf(end) + 1}`;
    node.style.gridRow = String(row);
    grid.append(node);
  };
  upper.filter((each) => every.includes(each)).forEach(({ call, range }) => {
    put(box('span', 'call-bar', make('span', '', named(call)), ' · ', make('span', 'size', t('glass.b', { n: call.bytes }))), range, 1);
  });
  lower.filter((each) => every.includes(each)).forEach(({ of, cut, range }) => {
    const words = of ? t('glass.call.frame', { number: String(of.event.number) }) : t('glass.call.rest');
    const node = of ? button('frame-bar', words, () => open(of)) : make('span', 'frame-bar', words);
    if (of) node.setAttribute('aria-label', t('glass.call.open', { number: String(of.event.number) }));
    if (cut) node.classList.add('cut');
    if (of === item) node.setAttribute('aria-current', 'true');
    put(node, range, 2);
  });
  return box('div', 'calls-frame', grid);
}

function asTable({ calls, frames }) {
  return table(t('glass.call.title'), ['n', 'offset', 'bytes', 'frames'].map((key) => t('glass.call.' + key)), calls.slice(0, MOST).map((call) => [
    named(call), call.offset, call.bytes,
    frames.filter(({ from, to }) => from < call.offset + call.bytes && to > call.offset).map(({ item }) => String(item.event.number)).join(t('list.comma')),
  ]), true);
}

/** The part of a frame's details about TCP. `open(item)` shows another frame. It has `items`, the frames
    that came with this one, and `update()` for what comes later. */
export function carried(item, glass, open) {
  const node = make('div', 'carried');
  const section = part(t('glass.call.title'), node);
  const found = { node: section, items: [], update: null };
  let drawn = '';
  found.update = () => {
    const now = cover(item, glass.recording.frames);
    const key = now ? [now.calls.length, now.frames.length, now.rest.length, now.to].join() : '';
    if (key === drawn && node.firstChild) return;
    drawn = key;
    node.textContent = '';
    found.items = now ? now.frames.map((each) => each.item) : [];
    if (!now) {
      node.append(make('p', 'small', t('glass.call.none')));
      return;
    }
    node.append(make('p', 'call-words', sentence(item.event, now)), glass.tables ? asTable(now) : bar(item, now, open));
    if (now.more) node.append(make('p', 'small', t('glass.call.more')));
    node.append(why('call-' + now.calls[0].what));
  };
  found.update();
  return found;
}
