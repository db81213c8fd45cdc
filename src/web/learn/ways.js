// Chapter 21, live: one message by WebSocket, as a server-sent event and by polling, byte by byte. The message really
// travels over /echo, and the head of the answer is that of a real request to this server.

import { box, make } from '../base/dom.js';
import { number, t } from '../base/i18n.js';
import { table } from '../lab/parts.js';

const SAMPLE = '{"type":"message","room":"lobby","seq":7,"at":1795452891022,"from":{"id":"eqs6lnyqph","name":"Ann"},"text":"Hello"}';
const MOST = 4000;
// A server that has not answered by then does not answer.
const PATIENCE_MS = 10000;
// The number of the event, which the browser repeats as Last-Event-ID after a break.
const EVENT_ID = 7;

const bytesOf = (text) => new TextEncoder().encode(text).length;

/** Sends the text to /echo; resolves to the milliseconds until it was back, or to null. */
function travel(text) {
  const ws = new WebSocket((location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/echo');
  return new Promise((done) => {
    let sent = 0;
    const end = (result) => {
      clearTimeout(late);
      ws.onclose = null;
      ws.close(1000);
      done(result);
    };
    const late = setTimeout(() => end(null), PATIENCE_MS);
    ws.onopen = () => {
      sent = performance.now();
      ws.send(text);
    };
    ws.onmessage = ({ data }) => end(data === text ? performance.now() - sent : null);
    ws.onclose = () => end(null);
  });
}

/** The head of the answer to a real request: its status line, its fields, and the empty line behind them. */
async function answerHead() {
  const response = await fetch('/healthz', { cache: 'no-store' });
  const lines = [`HTTP/1.1 ${response.status} ${response.statusText}`];
  response.headers.forEach((value, name) => lines.push(`${name}: ${value}`));
  return lines.concat('', '').join('\r\n');
}

/** The header of a server's text frame (RFC 6455 §5.2). */
const header = (length) => (length < 126 ? 2 : length < 65536 ? 4 : 10);

/** The text as an event of `text/event-stream`: each line behind `data:`, and an empty line at the end. */
export const asEvent = (text) => `id: ${EVENT_ID}\n` + text.split('\n').map((line) => `data: ${line}\n`).join('') + '\n';

/** A chunk of HTTP/1.1 around so many bytes: their number in hexadecimal, and two line ends (RFC 9112 §7.1). */
const chunk = (length) => length.toString(16).length + 4;

export const ways = {
  controls() {
    const area = make('textarea', 'sample');
    area.value = SAMPLE;
    area.maxLength = MOST;
    area.rows = 4;
    area.spellcheck = false;
    return box('label', '', make('span', '', t('live.ways.text')), area);
  },

  async run(show, controls) {
    const text = controls.querySelector('textarea').value;
    const [took, head] = await Promise.all([travel(text), answerHead().catch(() => null)]);
    if (took === null || head === null) return t('live.ways.lost');
    const payload = bytesOf(text);
    const event = asEvent(text);
    const row = (name, more) => [t('live.ways.' + name), number(more), number(payload + more)];
    const rows = [['way', 'around', 'all'].map((name) => t('live.ways.' + name)),
      row('socket', header(payload)), row('event', bytesOf(event) - payload + chunk(bytesOf(event))), row('poll', bytesOf(head))];
    const node = box('div', 'measured', table(t('live.ways.caption', { n: payload }), rows),
      make('p', '', t('live.ways.took', { ms: number(Math.round(took * 10) / 10) })),
      make('h4', '', t('live.ways.as-event')), box('pre', '', make('code', '', event)),
      make('h4', '', t('live.ways.head')), box('pre', '', make('code', '', head)));
    node.dataset.done = 'true';
    show(node);
    return null;
  },
};
