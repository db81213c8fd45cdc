// Chapter 15, live: half a megabyte to /echo in one message, in large messages at once, and in small pieces
// of which few are on the way; and how long a short message behind it has to wait.

import { box } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { table } from '../lab/parts.js';

const FILE = 512 * 1024;
const SMALL = 4 * 1024;
const LARGE = 64 * 1024;
// As many pieces are on the way at once.
const WINDOW = 4;
// The number of a piece stands in front of it.
const HEADER = 4;
// A run on a slow tablet over a busy Wi-Fi takes a few seconds.
const PATIENCE_MS = 20000;
// Short text, as somebody in the chat would write it.
const HELLO = 'hello';

/** Sends a file in pieces of `size` bytes, `most` of them on the way at once, and says hello after the first
    `most` pieces. Resolves to {code, pieces, all, hello, whole}. */
function transfer(size, most) {
  // At most so many random bytes are given at once; the file repeats them.
  const random = crypto.getRandomValues(new Uint8Array(LARGE));
  const byte = (at) => random[at % LARGE];
  const count = Math.ceil(FILE / (size - HEADER));
  const url = (location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/echo';
  const ws = new WebSocket(url);
  ws.binaryType = 'arraybuffer';
  return new Promise((done) => {
    const result = { code: null, pieces: count, all: null, hello: null, whole: false };
    let [sent, back, begun, said, wrong] = [0, 0, 0, 0, 0];
    const late = setTimeout(() => ws.close(), PATIENCE_MS);
    const send = () => {
      const piece = new Uint8Array(HEADER + Math.min(size - HEADER, FILE - sent * (size - HEADER)));
      new DataView(piece.buffer).setUint32(0, sent);
      for (let at = HEADER; at < piece.length; at += 1) piece[at] = byte(sent * (size - HEADER) + at - HEADER);
      ws.send(piece);
      sent += 1;
    };
    const fill = () => {
      while (sent < count && sent - back < most) send();
      if (said === 0) {
        said = performance.now();
        ws.send(HELLO);
      }
    };
    ws.onopen = () => {
      begun = performance.now();
      fill();
    };
    ws.onmessage = ({ data }) => {
      if (data === HELLO) result.hello = performance.now() - said;
      else {
        const number = new DataView(data).getUint32(0);
        const piece = new Uint8Array(data, HEADER);
        if (number !== back || piece.some((value, at) => value !== byte(number * (size - HEADER) + at))) wrong += 1;
        back += 1;
        fill();
      }
      if (back === count && result.hello !== null) {
        Object.assign(result, { all: performance.now() - begun, whole: wrong === 0 });
        ws.close(1000);
      }
    };
    ws.onclose = ({ code }) => {
      clearTimeout(late);
      done(Object.assign(result, { code }));
    };
  });
}

const ms = (value) => (value === null ? '–' : t('live.ms', { n: Math.round(value * 10) / 10 }));

const WAYS = [
  ['one', FILE + HEADER, 1],
  ['flood', LARGE, Infinity],
  ['pieces', SMALL, WINDOW],
];

export const large = {
  async run(show) {
    const rows = [['way', 'messages', 'all', 'hello', 'end'].map((head) => t('live.large.' + head))];
    for (const [name, size, most] of WAYS) {
      const { code, pieces, all, hello, whole } = await transfer(size, most);
      if (code !== 1000 && code !== 1009) return t('live.large.lost');
      rows.push([t('live.large.' + name), t('live.large.count', { n: pieces }), ms(all), ms(hello),
        `${code}${whole ? ' · ' + t('live.large.whole') : ''}`]);
    }
    const node = box('div', 'measured', table(t('live.large.caption'), rows));
    node.dataset.done = 'true';
    show(node);
    return null;
  },
};
