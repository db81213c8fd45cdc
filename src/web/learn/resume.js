// Chapter 14, live: comes back to the first room with a position of one's own choice, over a second connection
// of the same person, and shows what the server answers.

import { box, make } from '../base/dom.js';
import { session } from '../base/session.js';
import { t } from '../base/i18n.js';
import { table } from '../lab/parts.js';

// A server that has not answered by then does not answer.
const PATIENCE_MS = 10000;
// No server has this epoch: an epoch has letters and digits only.
const NO_EPOCH = 'another-start';
// How many events the second attempt pretends to have missed.
const MISSED = 3;

/** Joins the room once; resolves to {room, joined, numbers} or to {problem}. Nothing is said there. */
function visit(since) {
  return new Promise((done) => {
    // With `join=` the connection enters no room by itself.
    const url = (location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/ws?join=';
    const ws = new WebSocket(url, ['chat.v1', 'bearer.' + session.token()]);
    const found = { room: '', joined: null, numbers: [] };
    const end = (result) => {
      clearTimeout(late);
      ws.onmessage = null;
      ws.onclose = null;
      ws.close(1000);
      done(result);
    };
    const lost = { problem: t('live.resume.lost') };
    const late = setTimeout(() => end(lost), PATIENCE_MS);
    let acked = false;
    ws.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'welcome') {
        found.room = message.default_room;
        ws.send(JSON.stringify({ type: 'join', ref: 'r', room: found.room, since }));
      }
      if (message.type === 'joined') found.joined = message;
      // Everything durable has a number; in other events of the room there is none.
      else if (message.room === found.room && message.seq !== undefined && message.type !== 'ack') found.numbers.push(message.seq);
      if (message.type === 'error') end({ problem: t('live.resume.refused', { message: message.message }) });
      if (message.type === 'ack') acked = true;
      // The events come before the ack, or after it if they are read from the disk.
      const last = found.numbers[found.numbers.length - 1] || 0;
      if (acked && found.joined && Math.max(last, found.joined.from || 0) >= found.joined.seq) end(found);
    };
    ws.onclose = () => end(lost);
  });
}

function sentence({ joined, numbers }) {
  const span = numbers.length ? t('live.resume.span', { n: numbers.length, from: numbers[0], to: numbers[numbers.length - 1] }) : t('live.resume.nothing');
  return [String(joined.recovered), joined.from === undefined ? '–' : String(joined.from), span];
}

export const resume = {
  unable: () => (session.token() ? null : t('live.resume.join')),

  async run(show) {
    const first = await visit(undefined);
    if (first.problem) return first.problem;
    const { epoch, seq } = first.joined;
    if (seq === 0) return t('live.resume.empty');
    const attempts = [
      ['all', { epoch, seq }],
      ['few', { epoch, seq: Math.max(0, seq - MISSED) }],
      ['ahead', { epoch, seq: seq + 1000 }],
      ['other', { epoch: NO_EPOCH, seq }],
    ];
    const rows = [['attempt', 'since', 'recovered', 'from', 'events'].map((head) => t('live.resume.' + head))];
    for (const [name, since] of attempts) {
      const result = await visit(since);
      if (result.problem) return result.problem;
      rows.push([t('live.resume.' + name), make('code', '', JSON.stringify(since)), ...sentence(result)]);
    }
    const node = box('div', 'measured', make('p', '', t('live.resume.now', { room: first.room, epoch, seq })), table(t('live.resume.caption'), rows));
    node.dataset.done = 'true';
    show(node);
    return null;
  },
};
