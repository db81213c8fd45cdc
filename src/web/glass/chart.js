// The live chart: what the server counts every second, as one small chart for each figure. Hosts see
// all of it, others their own connection. Own drawing on canvas, own table.

import { empty, table, why } from './parts.js';
import { box, make } from '../base/dom.js';
import { number, t } from '../base/i18n.js';

const SECONDS = 120;
const HEIGHT = 72;
const TABLE_ROWS = 30;
// While somebody looks, and no more: a Ping costs the class nothing, but not nothing.
const PING_MS = 5000;

/** How much a total has grown per second between two samples. */
function rate(now, before, pick) {
  if (!before) return null;
  const seconds = (now.at - before.at) / 1e6;
  return seconds > 0 ? Math.max(0, (pick(now) - pick(before)) / seconds) : null;
}

const OWN = {
  'frames-in': (now, before) => rate(now, before, ({ own }) => own.frames_in),
  'frames-out': (now, before) => rate(now, before, ({ own }) => own.frames_out),
  'bytes-in': (now, before) => rate(now, before, ({ own }) => own.header_in + own.payload_in),
  'bytes-out': (now, before) => rate(now, before, ({ own }) => own.header_out + own.payload_out),
  queued: (now) => now.own.queued,
};

const SERVER = {
  connections: (now) => now.server.connections,
  waiting: (now) => now.server.waiting,
  messages: (now, before) => rate(now, before, ({ server }) => server.messages),
  deliveries: (now, before) => rate(now, before, ({ server }) => server.deliveries),
  bytes: (now, before) => rate(now, before, ({ server }) => server.bytes),
  'hub-queue': (now) => now.server.hub_queue,
  'too-slow': (now) => now.server.too_slow,
};

/** Points [seconds, value] of one figure. */
function points(samples, figure) {
  return samples.map((now, n) => {
    const before = samples[n - 1];
    const known = !SERVER[figure] || (now.server && (!before || before.server));
    return [now.at / 1e6, known ? (SERVER[figure] || OWN[figure])(now, before) : null];
  }).filter(([, value]) => value !== null && value !== undefined);
}

/** Round trips of the server's Pings, at the time of the Ping. */
function trips(pings) {
  return pings.filter(({ asker, time }) => asker === 'server' && time !== null).map(({ sent, time }) => [sent / 1e6, time / 1000]);
}

/** A number that is easy to read, not smaller than the greatest. */
function ceiling(greatest) {
  if (greatest <= 1) return 1;
  const ten = Math.pow(10, Math.floor(Math.log10(greatest)));
  return [1, 2, 5, 10].map((n) => n * ten).find((n) => n >= greatest);
}

const shown = (value) => number(value >= 100 ? Math.round(value) : Number(value.toFixed(1)));

function draw(canvas, list, until) {
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  if (!width) return;
  canvas.width = width * scale;
  canvas.height = HEIGHT * scale;
  const style = getComputedStyle(canvas);
  const pen = canvas.getContext('2d');
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, HEIGHT);
  const top = ceiling(Math.max(0, ...list.map(([, value]) => value)));
  const x = (at) => width - ((until - at) / SECONDS) * width;
  const y = (value) => HEIGHT - 3 - (value / top) * (HEIGHT - 8);
  pen.strokeStyle = style.getPropertyValue('--line');
  pen.lineWidth = 1;
  [0, 0.5, 1].forEach((part) => {
    pen.beginPath();
    pen.moveTo(0, Math.round(y(top * part)) + 0.5);
    pen.lineTo(width, Math.round(y(top * part)) + 0.5);
    pen.stroke();
  });
  const inside = list.filter(([at]) => at >= until - SECONDS);
  if (!inside.length) return;
  pen.strokeStyle = pen.fillStyle = style.getPropertyValue('--accent');
  pen.lineWidth = 2;
  pen.lineJoin = 'round';
  pen.beginPath();
  inside.forEach(([at, value], n) => (n ? pen.lineTo(x(at), y(value)) : pen.moveTo(x(at), y(value))));
  pen.stroke();
  const [at, value] = inside[inside.length - 1];
  pen.beginPath();
  pen.arc(Math.min(width - 3, x(at)), y(value), 3, 0, 2 * Math.PI);
  pen.fill();
}

export function chart(glass) {
  const node = make('div', 'chart');
  let kind = null;
  let canvases = new Map();

  function build(figures) {
    canvases = new Map();
    node.textContent = '';
    node.append(why(glass.film.now.samples.some(({ server }) => server) ? 'chart-host' : 'chart'));
    node.append(make('p', 'small', t('glass.chart.span', { n: SECONDS })));
    const grid = make('div', 'charts');
    figures.forEach((figure) => {
      const canvas = make('canvas');
      canvas.setAttribute('role', 'img');
      const value = make('strong', 'value-now', '–');
      const top = make('p', 'small', '');
      canvases.set(figure, { canvas, value, top });
      grid.append(box('figure', '', box('figcaption', '', make('span', '', t('glass.chart.' + figure)), ' ', value), canvas, top));
    });
    node.append(grid);
  }

  function render() {
    const session = glass.film.now;
    if (!session || !session.samples.length) {
      node.textContent = '';
      node.append(empty('glass.chart.none'));
      kind = null;
      return;
    }
    const { samples, pings } = session;
    const last = samples[samples.length - 1];
    const figures = [...(last.server ? Object.keys(SERVER) : []), ...Object.keys(OWN), 'rtt'];
    const of = (figure) => (figure === 'rtt' ? trips(pings) : points(samples, figure));
    if (glass.tables) {
      kind = null;
      node.textContent = '';
      const lists = figures.filter((figure) => figure !== 'rtt').map((figure) => new Map(of(figure)));
      const rows = samples.slice(-TABLE_ROWS).reverse().map(({ at }) => [
        t('glass.seconds', { s: (at / 1e6).toFixed(0) }), ...lists.map((list) => (list.has(at / 1e6) ? shown(list.get(at / 1e6)) : '–'))]);
      node.append(table(t('glass.chart.caption'), [t('glass.list.at'), ...figures.filter((figure) => figure !== 'rtt').map((figure) => t('glass.chart.' + figure))], rows));
      const round = of('rtt').slice(-TABLE_ROWS).reverse();
      if (round.length) {
        node.append(table(t('glass.chart.rtt'), [t('glass.list.at'), t('glass.chart.rtt')],
          round.map(([at, value]) => [t('glass.seconds', { s: at.toFixed(1) }), shown(value)])));
      }
      return;
    }
    if (kind !== figures.join()) build(figures);
    kind = figures.join();
    figures.forEach((figure) => {
      const list = of(figure);
      const { canvas, value, top } = canvases.get(figure);
      const now = list.length ? list[list.length - 1][1] : null;
      const greatest = Math.max(0, ...list.map(([, each]) => each));
      value.textContent = now === null ? '–' : shown(now);
      top.textContent = list.length ? t('glass.chart.most', { value: shown(greatest), top: shown(ceiling(greatest)) }) : '';
      canvas.setAttribute('aria-label', t('glass.chart.described', { what: t('glass.chart.' + figure), now: now === null ? '–' : shown(now), most: shown(greatest) }));
      draw(canvas, list, last.at / 1e6);
    });
  }

  const timer = setInterval(() => { if (!document.hidden && !glass.paused) glass.quietPing(); }, PING_MS);
  glass.quietPing();
  render();
  return {
    node,
    update(fresh) { if (fresh.some(({ event }) => ['opened', 'stats', 'ping'].includes(event.type))) render(); },
    shown: render,
    resized: render,
    gone() { clearInterval(timer); },
  };
}
