// A small chart of lines over time. DOM only. What it shows also stands in a table beside it.

import { box, make } from '../base/dom.js';

const SPACE = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 240, 8, 8, 24, 24];

function shape(name, attributes, words) {
  const node = document.createElementNS(SPACE, name);
  Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
  if (words) node.textContent = words;
  return node;
}

/** `lines` are {words, points: [[x, y], …]}; `most` and `last` label the ends of the axes. */
export function lines({ label, most, last, top, right, lines: all }) {
  const svg = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'lines', role: 'img', 'aria-label': label });
  const [wide, high] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  const place = ([x, y]) => `${(LEFT + (x / right) * wide).toFixed(1)},${(TOP + (1 - y / top) * high).toFixed(1)}`;
  svg.append(
    shape('path', { class: 'axis', d: `M${LEFT} ${TOP}V${TOP + high}H${LEFT + wide}` }),
    shape('text', { x: LEFT, y: TOP - 8 }, most),
    shape('text', { x: LEFT + wide, y: HEIGHT - 4, 'text-anchor': 'end' }, last));
  all.forEach(({ points }, n) => svg.append(shape('polyline', { class: `line line-${n}`, points: points.map(place).join(' ') })));
  const legend = box('ul', 'legend', ...all.map(({ words }, n) => make('li', `legend-${n}`, words)));
  return box('figure', 'chart', svg, legend);
}
