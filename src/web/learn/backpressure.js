// Chapter 13, live: the same two megabytes to /echo with three readers, and `bufferedAmount` meanwhile.

import { lines } from './lines.js';
import { box, make } from '../base/dom.js';
import { number, t } from '../base/i18n.js';
import { table } from '../lab/parts.js';

const COUNT = 128;
const SIZE = 16 * 1024;
const ALL = COUNT * SIZE;
// 128 messages of 20 ms take 2.6 seconds: long enough to see, short enough to wait for.
const PAUSE_MS = 20;
// A run on a slow tablet takes a few times as long.
const PATIENCE_MS = 20000;
const READERS = [
  { name: 'quick', pause: 0, waits: false },
  { name: 'busy', pause: PAUSE_MS, waits: false },
  { name: 'awaiting', pause: PAUSE_MS, waits: true },
];

/** One run: the samples, or null if the connection ended before everything was back. */
function measure({ pause, waits }) {
  const worker = new Worker('/assets/learn/slow-reader.js');
  const url = (location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/echo';
  return new Promise((done) => {
    const samples = [];
    const end = (result) => {
      clearTimeout(late);
      worker.terminate();
      done(result);
    };
    const late = setTimeout(() => end(null), PATIENCE_MS);
    worker.onerror = () => end(null);
    worker.onmessage = ({ data }) => {
      if (data.closed === undefined) samples.push(data);
      else end(samples.length && samples[samples.length - 1].handled === ALL ? samples : null);
    };
    worker.postMessage({ url, count: COUNT, size: SIZE, pause, waits });
  });
}

const largest = (samples, value) => samples.reduce((most, sample) => Math.max(most, value(sample)), 0);
const kib = (bytes) => t('live.kib', { n: Math.round(bytes / 1024) });
const ms = (value) => t('live.ms', { n: Math.round(value) });

function row({ name }, samples) {
  const { at } = samples[samples.length - 1];
  const sent = samples.filter(({ buffered, arrived }) => buffered > 0 || arrived > 0);
  const emptied = samples.find((sample, n) => n > 1 && sample.buffered === 0) || samples[samples.length - 1];
  return [t(`live.backpressure.${name}`), kib(largest(samples, ({ buffered }) => buffered)), ms(emptied.at),
    kib(largest(sent, ({ buffered, arrived }) => ALL - buffered - arrived)),
    kib(largest(samples, ({ arrived, handled }) => arrived - handled)), ms(at)];
}

function picture({ name }, samples) {
  const { at } = samples[samples.length - 1];
  const line = (key) => ({ words: t('live.backpressure.line.' + key), points: samples.map((sample) => [sample.at, sample[key]]) });
  return box('div', '', make('h4', '', t(`live.backpressure.${name}`)), lines({
    label: t('live.backpressure.chart', { reader: t(`live.backpressure.${name}`), ms: number(Math.round(at)) }),
    most: kib(ALL), last: ms(at), top: ALL, right: at, lines: [line('buffered'), line('arrived'), line('handled')],
  }));
}

const HEADS = ['reader', 'most', 'emptied', 'way', 'memory', 'all'].map((head) => 'live.backpressure.' + head);

export const backpressure = {
  async run(show) {
    const node = box('div', 'measured');
    const rows = [HEADS.map((head) => t(head))];
    show(node);
    for (const reader of READERS) {
      const samples = await measure(reader);
      if (!samples) return t('live.backpressure.lost');
      rows.push(row(reader, samples));
      node.append(picture(reader, samples));
    }
    node.append(table(t('live.backpressure.caption'), rows));
    node.dataset.done = 'true';
    return null;
  },
};
