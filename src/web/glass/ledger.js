// Where the bytes go: one message in and N out, encoded once; the handshake, headers and payload in both
// directions; and what the same conversation would have cost with HTTP polling.

import { arrow, choice, empty, label, line, part, picture, svg, table, why } from './parts.js';
import { box, make } from '../base/dom.js';
import { number, t } from '../base/i18n.js';

// ---- one in, N out ------------------------------------------------------------------------------

const DOTS = 40;

function fanPicture({ members, bytes }, narrow) {
  const shown = Math.min(members, DOTS);
  const height = 200;
  // The places of the server and of the receivers in the picture.
  const [middle, right, width] = narrow ? [160, 310, 380] : [245, 476, 560];
  const shapes = [
    svg('circle', { cx: 40, cy: 100, r: 9, class: 'you' }), label(40, 130, t('glass.side.client')),
    arrow(56, 100, middle - 89, 100, 'step ping'),
    svg('rect', { x: middle - 85, y: 62, width: 170, height: 76, rx: 8, class: 'box-of' }),
    label(middle, 92, t('glass.side.server'), 'inside'), label(middle, 116, t('glass.fan.once', { n: bytes }), 'inside quiet'),
  ];
  for (let n = 0; n < shown; n += 1) {
    const y = shown === 1 ? 100 : 14 + (n * (height - 28)) / (shown - 1);
    shapes.push(line(middle + 87, 100, right - 6, y, 'ray'), svg('circle', { cx: right, cy: y, r: shown > 20 ? 3 : 5, class: 'peer' }));
  }
  shapes.push(label(right + 12, 105, `× ${number(members)}`, 'rtt', 'start'));
  return picture('fan', width, height, t('glass.fan.described', { n: members, bytes }), ...shapes);
}

export function fanOut(glass) {
  const node = make('div', 'fan-out');
  const render = () => {
    node.textContent = '';
    const fans = [].concat(...glass.recording.sessions.map((session) => session.fans));
    node.append(why('fan'));
    if (!fans.length) {
      node.append(empty('glass.fan.none'));
      return;
    }
    const last = fans[fans.length - 1];
    if (!glass.tables) node.append(fanPicture(last, glass.width() < 32));
    const all = last.members * last.bytes;
    node.append(box('p', 'big-words', t('glass.fan.words', { n: last.members, bytes: last.bytes, all })));
    const heads = ['seq', 'room', 'members', 'bytes', 'all'].map((key) => t('glass.fan.' + key));
    node.append(table(t('glass.fan.caption'), heads, fans.slice(-20).reverse().map(({ seq, room, members, bytes }) => [
      String(seq), box('bdi', '', room), members, bytes, members * bytes])));
  };
  render();
  return { node, update(fresh) { if (fresh.some(({ event }) => ['opened', 'fan_out'].includes(event.type))) render(); }, resized: render };
}

// ---- the ledger ---------------------------------------------------------------------------------

// A response head: status line, Date, Content-Type, Content-Length, Cache-Control and an empty line.
const RESPONSE_HEAD = 180;
// Assumed if the handshake is unknown.
const REQUEST_HEAD = 420;
const INTERVALS = [1, 2, 5];
const UPGRADE_FIELDS = /^(upgrade|connection|sec-websocket-[a-z]+|authorization):/i;

const size = (text) => new TextEncoder().encode(text).length;

/** The bytes of the request head of a poll: this request without the fields for WebSocket, and with the
    token in `Authorization`. */
export function pollHead(handshake) {
  if (!handshake) return REQUEST_HEAD;
  const kept = handshake.request.lines.filter((each) => !UPGRADE_FIELDS.test(each));
  const bearer = handshake.token ? size('Authorization: Bearer ') + handshake.token.length + 2 : 0;
  return kept.reduce((sum, each) => sum + size(each) + 2, 2) + bearer;
}

function counted({ samples, handshake }) {
  const { own, at } = samples[samples.length - 1];
  return {
    at,
    handshake: [handshake ? handshake.request.bytes : 0, handshake && handshake.response ? handshake.response.bytes : 0],
    header: [own.header_in, own.header_out],
    payload: [own.payload_in, own.payload_out],
    frames: [own.frames_in, own.frames_out],
  };
}

const ROWS = ['handshake', 'header', 'payload'];

function bar(sums, n, longest) {
  const total = ROWS.reduce((sum, name) => sum + sums[name][n], 0);
  const node = make('div', 'ledger-bar');
  node.setAttribute('role', 'img');
  node.setAttribute('aria-label', ROWS.map((name) => `${t('glass.ledger.' + name)}${t('list.colon')}${number(sums[name][n])}`).join(t('list.comma')));
  ROWS.forEach((name) => {
    const piece = make('span', 'bar-' + name);
    piece.style.width = `${(sums[name][n] / Math.max(1, longest)) * 100}%`;
    node.append(piece);
  });
  return box('div', 'ledger-row', make('span', 'small', t('glass.way.' + (n ? 'server' : 'client'))), node,
    make('span', 'small', t('glass.b', { n: total })));
}

function polling(session, sums, memory, again) {
  const every = memory.every || 2;
  const seconds = Math.max(1, sums.at / 1e6);
  const polls = Math.ceil(seconds / every);
  const request = pollHead(session.handshake);
  const payload = sums.payload[0] + sums.payload[1];
  const heads = polls * (request + RESPONSE_HEAD);
  const ours = ROWS.reduce((sum, name) => sum + sums[name][0] + sums[name][1], 0);
  const rows = [
    [t('glass.poll.polls', { every }), t('glass.poll.polls.how', { seconds: Math.round(seconds), every }), polls],
    [t('glass.poll.heads'), t('glass.poll.heads.how', { request, response: RESPONSE_HEAD }), heads],
    [t('glass.poll.payload'), t('glass.poll.payload.how'), payload],
    [t('glass.poll.total'), '', heads + payload],
    [t('glass.poll.ours'), t('glass.poll.ours.how'), ours],
  ];
  const select = choice(t('glass.poll.every'), INTERVALS.map((n) => [String(n), t('time.seconds', { n })]), String(every), (value) => {
    memory.every = Number(value);
    again();
  });
  return part(t('glass.poll.title'), select,
    box('p', 'big-words', t('glass.poll.words', { times: Number(((heads + payload) / Math.max(1, ours)).toFixed(1)), late: every / 2 })),
    table(t('glass.poll.title'), ['what', 'how', 'bytes'].map((key) => t('glass.poll.' + key)), rows, true));
}

export function ledger(glass) {
  const node = make('div', 'ledger');
  const render = () => {
    const session = glass.recording.now;
    // A select that is open must not be replaced.
    if (node.contains(document.activeElement) && document.activeElement.tagName === 'SELECT') return;
    node.textContent = '';
    if (!session || !session.samples.length) {
      node.append(empty('glass.ledger.none'));
      return;
    }
    const sums = counted(session);
    node.append(make('p', 'small', t('glass.ledger.since')));
    const total = (n) => ROWS.reduce((sum, name) => sum + sums[name][n], 0);
    if (!glass.tables) {
      const longest = Math.max(total(0), total(1));
      node.append(box('p', 'keys-of', ...ROWS.map((name) => box('span', 'key-' + name, t('glass.ledger.' + name)))), bar(sums, 0, longest), bar(sums, 1, longest));
    }
    const rows = ROWS.map((name) => [t('glass.ledger.' + name), sums[name][0], sums[name][1]]);
    rows.push([t('glass.ledger.total'), total(0), total(1)], [t('glass.ledger.frames'), sums.frames[0], sums.frames[1]]);
    node.append(table(t('glass.ledger.title'), [t('glass.ledger.bytes'), t('glass.way.client'), t('glass.way.server')], rows));
    node.append(polling(session, sums, glass.memory, () => { document.activeElement.blur(); render(); }));
  };
  render();
  return { node, update(fresh) { if (fresh.some(({ event }) => ['opened', 'stats'].includes(event.type))) render(); } };
}
