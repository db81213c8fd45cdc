// The live chart: the counters that the server reports every second, as one small chart for each
// figure. Hosts see the whole server, everybody else their own connection. Drawn on canvases, or as
// tables.

import { empty, table, why } from './parts.js';
import { box, make } from '../base/dom.js';
import { number, t } from '../base/i18n.js';

const SECONDS = 120;
const HEIGHT = 72;
const TABLE_ROWS = 30;
// Pings are sent only while the chart is visible, because each of them costs a little.
const PING_MS = 5000;

/** The growth of a total per second, between two samples. */
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

/** The round trips of the server's Pings, as points at the time of each Ping. */
function trips(pings) {
  return pings.filter(({ asker, time }) => asker === 'server' && time !== null).map(({ sent, time }) => [sent / 1e6, time / 1000]);
}

/** A round number that is not smaller than the greatest value. */
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

class Chart {
  constructor(glass) {
    this.glass = glass;
    this.node = make('div', 'chart');
    // The figures that have canvases now.
    this.built = null;
    this.canvases = new Map();
    this.timer = setInterval(() => { if (!document.hidden && !glass.paused) glass.quietPing(); }, PING_MS);
    glass.quietPing();
    this.render();
  }

  build(figures) {
    this.canvases = new Map();
    this.node.textContent = '';
    this.node.append(why(this.glass.recording.now.samples.some(({ server }) => server) ? 'chart-host' : 'chart'));
    this.node.append(make('p', 'small', t('glass.chart.span', { n: SECONDS })));
    const grid = make('div', 'charts');
    figures.forEach((figure) => {
      const canvas = make('canvas');
      canvas.setAttribute('role', 'img');
      const value = make('strong', 'value-now', '–');
      const top = make('p', 'small', '');
      this.canvases.set(figure, { canvas, value, top });
      grid.append(box('figure', '', box('figcaption', '', make('span', '', t('glass.chart.' + figure)), ' ', value), canvas, top));
    });
    this.node.append(grid);
  }

  render() {
    const session = this.glass.recording.now;
    if (!session || !session.samples.length) {
      this.built = null;
      this.node.textContent = '';
      this.node.append(empty('glass.chart.none'));
      return;
    }
    const { samples, pings } = session;
    const last = samples[samples.length - 1];
    const figures = [...(last.server ? Object.keys(SERVER) : []), ...Object.keys(OWN)];
    const lists = new Map(figures.map((figure) => [figure, points(samples, figure)]));
    if (this.glass.tables) {
      this.built = null;
      this.node.textContent = '';
      this.node.append(...tables(samples, lists, trips(pings)));
      return;
    }
    lists.set('rtt', trips(pings));
    const names = [...lists.keys()];
    if (this.built !== names.join()) this.build(names);
    this.built = names.join();
    lists.forEach((list, figure) => this.show(figure, list, last.at / 1e6));
  }

  /** Shows one figure: the newest value, the greatest, and the curve. */
  show(figure, list, until) {
    const { canvas, value, top } = this.canvases.get(figure);
    const now = list.length ? shown(list[list.length - 1][1]) : '–';
    const greatest = Math.max(0, ...list.map(([, each]) => each));
    value.textContent = now;
    top.textContent = list.length ? t('glass.chart.most', { value: shown(greatest), top: shown(ceiling(greatest)) }) : '';
    canvas.setAttribute('aria-label', t('glass.chart.described', { what: t('glass.chart.' + figure), now, most: shown(greatest) }));
    draw(canvas, list, until);
  }

  update(fresh) {
    if (fresh.some(({ event }) => ['opened', 'stats', 'ping'].includes(event.type))) this.render();
  }

  shown() { this.render(); }

  resized() { this.render(); }

  gone() { clearInterval(this.timer); }
}

/** The figures as tables, newest first. */
function tables(samples, lists, round) {
  const values = [...lists.values()].map((list) => new Map(list));
  const heads = [t('glass.list.at'), ...[...lists.keys()].map((figure) => t('glass.chart.' + figure))];
  const rows = samples.slice(-TABLE_ROWS).reverse().map(({ at }) => [
    t('glass.seconds', { s: (at / 1e6).toFixed(0) }), ...values.map((list) => (list.has(at / 1e6) ? shown(list.get(at / 1e6)) : '–'))]);
  const found = [table(t('glass.chart.caption'), heads, rows)];
  if (round.length) {
    found.push(table(t('glass.chart.rtt'), [t('glass.list.at'), t('glass.chart.rtt')],
      round.slice(-TABLE_ROWS).reverse().map(([at, value]) => [t('glass.seconds', { s: at.toFixed(1) }), shown(value)])));
  }
  return found;
}

export const chart = (glass) => new Chart(glass);
