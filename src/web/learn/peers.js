// Chapter 22, live: two ends of a WebRTC connection in one page. Their offer, answer and candidates travel over this
// server; then its connections are closed, and what follows travels without it. No other server is asked.

import { signalling } from './signalling.js';
import { box, make } from '../base/dom.js';
import { number, t } from '../base/i18n.js';
import { table } from '../lab/parts.js';

// Looking for a way takes a second; a browser gives up after some 15.
const PATIENCE_MS = 15000;
// As many questions are asked over the new connection, one after the other.
const ROUNDS = 20;

const other = (end) => (end === 'A' ? 'B' : 'A');

/** Settles like `promise`, or fails after PATIENCE_MS. */
const within = (promise) => Promise.race([promise, new Promise((_, failed) => setTimeout(() => failed(new Error('late')), PATIENCE_MS))]);

/** Asks ROUNDS times over the channel, of which the other end sends everything back; the median of the milliseconds. */
async function median(channel) {
  const times = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const begun = performance.now();
    await new Promise((done) => {
      channel.onmessage = done;
      channel.send('hello ' + n);
    });
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[ROUNDS / 2];
}

/** Connects A and B. `log` gets each signal and the text that carried it. Resolves to {channel, way}. */
async function connect(ends, log) {
  let fail;
  const failure = new Promise((_, failed) => { fail = failed; });
  const early = { A: [], B: [] };
  const add = (end, candidate) => ends[end].addIceCandidate(candidate);
  const described = async (end, description) => {
    await ends[end].setRemoteDescription(description);
    // Candidates may come before the description that they belong to has been taken in.
    early[end].splice(0).forEach((candidate) => add(end, candidate));
    if (description.type === 'offer') {
      await ends[end].setLocalDescription(await ends[end].createAnswer());
      tell(end, { description: ends[end].localDescription });
    }
  };
  const deliver = ({ to, description, candidate }) => {
    if (description) described(to, description).catch(fail);
    else if (ends[to].remoteDescription) add(to, candidate).catch(fail);
    else early[to].push(candidate);
  };
  const carrier = await signalling(deliver, () => fail(new Error('closed')));
  const tell = (end, signal) => log(end, signal, carrier.send(Object.assign({ to: other(end) }, signal)));
  ['A', 'B'].forEach((end) => {
    ends[end].onicecandidate = ({ candidate }) => {
      if (candidate && candidate.candidate) tell(end, { candidate });
    };
  });
  ends.B.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(data);
  };
  const channel = ends.A.createDataChannel('glassroom');
  const open = new Promise((done) => { channel.onopen = done; });
  try {
    await ends.A.setLocalDescription(await ends.A.createOffer());
    tell('A', { description: ends.A.localDescription });
    await within(Promise.race([open, failure]));
    return { channel, way: carrier.way };
  } finally {
    // From here on the server hears nothing.
    ['A', 'B'].forEach((end) => { ends[end].onicecandidate = null; });
    carrier.close();
  }
}

const bytesOf = (text) => new TextEncoder().encode(text).length;

function row([end, signal, text]) {
  const { description, candidate } = signal;
  return [t('live.peers.way-' + end), make('code', 'word', description ? description.type : 'candidate'), number(bytesOf(text)),
    make('code', '', description ? description.sdp : candidate.candidate)];
}

export const peers = {
  unable: () => (window.RTCPeerConnection ? null : t('live.peers.unable')),

  async run(show) {
    const signals = [];
    // No server for addresses: a classroom may have no Internet.
    const ends = { A: new RTCPeerConnection({ iceServers: [] }), B: new RTCPeerConnection({ iceServers: [] }) };
    const heads = ['from', 'kind', 'bytes', 'text'].map((head) => t('live.peers.' + head));
    const list = () => table(t('live.peers.caption'), [heads, ...signals.map(row)]);
    try {
      const { channel, way } = await connect(ends, (...signal) => signals.push(signal));
      const ms = await within(median(channel));
      const node = box('div', 'measured', make('p', '', t('live.peers.over-' + way)), list(),
        make('p', '', t('live.peers.direct', { rounds: ROUNDS, ms: number(Math.round(ms * 100) / 100) })));
      node.dataset.done = 'true';
      show(node);
      return null;
    } catch (error) {
      if (signals.length) show(list());
      return t('live.peers.lost');
    } finally {
      ends.A.close();
      ends.B.close();
    }
  },
};
