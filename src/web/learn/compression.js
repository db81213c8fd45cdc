// Chapter 16, live: what a frame with a text would be with permessage-deflate (RFC 7692). Nothing is sent,
// because this server declines the extension.

import { box, make } from '../base/dom.js';
import { number, t } from '../base/i18n.js';
import { spaced } from '../lab/hex.js';
import { ruler } from '../lab/ruler.js';

const SAMPLE = '{"type":"message","room":"lobby","seq":7,"at":1795452891022,"from":{"id":"eqs6lnyqph","name":"Ann"},"text":"Hello, hello, hello"}';
// More bytes are not shown one by one.
const SHOWN = 96;
const MOST = 4000;
// The two-byte header and the four-byte checksum around the same data in the format of zlib.
const ZLIB = { before: 2, after: 4 };

/** How this browser can make raw DEFLATE: its format and what stands around the data; null if it cannot. */
function format() {
  if (!window.CompressionStream) return null;
  for (const [name, around] of [['deflate-raw', { before: 0, after: 0 }], ['deflate', ZLIB]]) {
    try {
      return { stream: new CompressionStream(name), around };
    } catch (error) { /* Chromium before 103 knows only the second */ }
  }
  return null;
}

async function deflated(bytes) {
  const { stream, around } = format();
  const writer = stream.writable.getWriter();
  writer.write(bytes);
  writer.close();
  const all = new Uint8Array(await new Response(stream.readable).arrayBuffer());
  return all.slice(around.before, all.length - around.after);
}

/** The header of a server's text frame; a set RSV1 says that the message is compressed. */
function header(length, compressed) {
  const first = compressed ? 0xc1 : 0x81;
  return length < 126 ? [first, length] : [first, 126, length >> 8, length & 255];
}

const excerpt = (bytes) => make('code', 'tint-payload', spaced([...bytes.slice(0, SHOWN)]) + (bytes.length > SHOWN ? ' …' : ''));

function frame(words, bytes, compressed) {
  const head = header(bytes.length, compressed);
  return box('div', 'step', box('p', 'step-head', make('strong', '', words), ' ', t('live.compression.size', { n: head.length + bytes.length })),
    ruler(head), box('p', '', excerpt(bytes)));
}

export const compression = {
  unable: () => (format() ? null : t('live.compression.unable')),

  controls() {
    const area = make('textarea', 'sample');
    area.value = SAMPLE;
    area.maxLength = MOST;
    area.rows = 4;
    area.spellcheck = false;
    return box('label', '', make('span', '', t('live.compression.text')), area);
  },

  async run(show, controls) {
    const bytes = new TextEncoder().encode(controls.querySelector('textarea').value);
    const raw = await deflated(bytes);
    // The empty block that ends a message, without its last four bytes 00 00 ff ff.
    const payload = new Uint8Array([...raw, 0]);
    const [before, after] = [header(bytes.length, false).length + bytes.length, header(payload.length, true).length + payload.length];
    const sum = t(after < before ? 'live.compression.smaller' : 'live.compression.larger',
      { before, after, percent: number(Math.round(Math.abs(1 - after / before) * 100)) });
    const node = box('div', 'measured', frame(t('live.compression.plain'), bytes, false),
      frame(t('live.compression.packed'), payload, true), box('p', '', make('strong', '', sum)));
    node.dataset.done = 'true';
    show(node);
    return null;
  },
};
