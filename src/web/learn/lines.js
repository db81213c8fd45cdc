// A small chart of lines over time. DOM only. What it shows also stands in a table beside it.

import { box, make } from '../base/dom.js';

const SPACE = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 200, 8, 8, 8, 8];

function shape(name, attributes) {
  const node = document.createElementNS(SPACE, name);
  Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
  return node;
}

/** `lines` are {words, points: [[x, y], …]}; `most` and `last` label the ends of the axes. */
export function lines({ label, most, last, top, right, lines: all }) {
  const svg = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'lines', role: 'img', 'aria-label': label });
  const [wide, high] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  const place = ([x, y]) => `${(LEFT + (x / right) * wide).toFixed(1)},${(TOP + (1 - y / top) * high).toFixed(1)}`;
  svg.append(shape('path', { class: 'axis', d: `M${LEFT} ${TOP}V${TOP + high}H${LEFT + wide}` }));
  all.forEach(({ points }, n) => svg.append(shape('polyline', { class: `line line-${n}`, points: points.map(place).join(' ') })));
  const legend = box('ul', 'legend', ...all.map(({ words }, n) => make('li', `legend-${n}`, words)));
  // Text of a picture that shrinks with the window would be too small on a phone.
  const ends = [['most', most], ['last', last]].map(([name, words]) => make('span', 'end-of-axis ' + name, words));
  return box('figure', 'chart', ends[0], svg, ends[1], legend);
}
