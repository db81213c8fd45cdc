// Chapter 20, live: 1,000 rooms on some processes, placed by remainder and by the highest score. One process
// more, and how many rooms move. Computed here; nothing is sent.

import { box, make } from '../base/dom.js';
import { number, t } from '../base/i18n.js';
import { table } from '../lab/parts.js';

const ROOMS = 1000;
const FEWEST = 2;
const MOST = 16;
const USUAL = 4;

/** FNV-1a with a last mixing, so that texts that differ in one letter get numbers far apart. 32 bits. */
function hash(text) {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ letter.codePointAt(0), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The two ways to find the process of a room: from 0 to `count` less one. */
const WAYS = {
  remainder: (room, count) => hash(room) % count,
  highest(room, count) {
    const scores = Array.from({ length: count }, (_, process) => hash(process + ' ' + room));
    return scores.indexOf(Math.max(...scores));
  },
};

function moved(way, count) {
  const names = Array.from({ length: ROOMS }, (_, n) => 'room-' + n);
  return names.filter((room) => WAYS[way](room, count) !== WAYS[way](room, count + 1)).length;
}

function fullest(way, count) {
  const sizes = Array(count).fill(0);
  for (let n = 0; n < ROOMS; n += 1) sizes[WAYS[way]('room-' + n, count)] += 1;
  return Math.max(...sizes);
}

export const rooms = {
  controls() {
    const count = make('input');
    Object.assign(count, { type: 'number', min: FEWEST, max: MOST, value: USUAL });
    return box('label', '', make('span', '', t('live.rooms.count')), ' ', count);
  },

  async run(show, controls) {
    const asked = Math.round(Number(controls.querySelector('input').value)) || USUAL;
    const count = Math.min(MOST, Math.max(FEWEST, asked));
    const heads = ['way', 'moved', 'share', 'fullest'].map((head) => t('live.rooms.' + head));
    const rows = Object.keys(WAYS).map((way) => {
      const found = moved(way, count);
      return [t('live.rooms.' + way), number(found), t('live.rooms.percent', { n: Math.round((found / ROOMS) * 100) }), number(fullest(way, count))];
    });
    const node = box('div', 'measured', table(t('live.rooms.caption', { rooms: ROOMS, from: count, to: count + 1 }), [heads, ...rows]));
    node.dataset.done = 'true';
    show(node);
    return null;
  },
};
