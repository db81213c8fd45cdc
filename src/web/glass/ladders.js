// Two ladder diagrams. One shows which Pong answered which Ping, and how long it took (RFC 6455 §5.5.2,
// §5.5.3). The other shows who began to close, who answered, who ended TCP, and which code each program
// got (§7).

import { arrow, brief, bytesOf, empty, label, line, moment, part, picture, rfc, side, spaced, table, why } from './parts.js';
import { box, make } from '../base/dom.js';
import { known, t } from '../base/i18n.js';

// The width, the distance of the two lines from the edges, and the letters that fit between them.
const SHAPES = { 32: [560, 130, 36], 16: [400, 88, 26] };
const RUNG = 64;
const RUNGS = 5;

/** The measures of a ladder in a panel whose ruler has this many bits a row. */
function shape(bits) {
  const [width, edge, letters] = SHAPES[bits];
  const [left, right] = [edge, width - edge];
  return {
    width, left, right, middle: width / 2,
    where: (from) => (from === 'client' ? [left, right] : [right, left]),
    cut: (words) => (words.length > letters ? words.slice(0, letters - 1) + '…' : words),
  };
}

function posts({ left, right }, height) {
  return [label(left, 18, side('client'), 'post-name'), label(right, 18, side('server'), 'post-name'),
    line(left, 28, left, height, 'post'), line(right, 28, right, height, 'post')];
}

/** A payload as text if it is text, otherwise in hex. */
function payloadOf({ payload }) {
  if (!payload) return '∅';
  const bytes = bytesOf(payload);
  if (bytes.every((byte) => byte > 31 && byte < 127)) return `“${String.fromCharCode(...bytes)}”`;
  return spaced(payload.slice(0, 16)) + (payload.length > 16 ? '…' : '');
}

function pingPicture(pings, form) {
  const height = 52 + pings.length * RUNG;
  const shapes = posts(form, height);
  pings.forEach((ping, n) => {
    const y = 56 + n * RUNG;
    const [from, to] = form.where(ping.asker);
    shapes.push(arrow(from, y, to, y + 12, ping.unasked ? 'step pong' : 'step ping'));
    shapes.push(label(form.middle, y - 3, form.cut(`${t(ping.unasked ? 'glass.opcode.10' : 'glass.opcode.9')} ${payloadOf(ping)}`)));
    if (ping.unasked) return;
    const gone = ping.time === null;
    const anchor = ping.asker === 'server' ? 'start' : 'end';
    const x = ping.asker === 'server' ? form.right + 8 : form.left - 8;
    if (gone) shapes.push(label(form.middle, y + 34, t('glass.ping.waiting'), 'quiet'));
    else {
      shapes.push(arrow(to, y + 24, from, y + 36, 'step pong'), label(form.middle, y + 25, t('glass.opcode.10')));
      shapes.push(line(x, y, x, y + 36, 'span'), label(x + (anchor === 'start' ? 6 : -6), y + 23, brief(ping.time), 'rtt', anchor));
    }
  });
  const answered = pings.filter(({ time }) => time !== null).length;
  return picture('ladder', form.width, height, t('glass.ping.described', { n: pings.length, answered }), ...shapes);
}

function pingTable(pings) {
  const heads = ['from', 'payload', 'sent', 'time'].map((key) => t('glass.ping.' + key));
  return table(t('glass.ping.title'), heads, pings.map((ping) => [
    side(ping.asker) + (ping.unasked ? ' · ' + t('glass.ping.unasked') : ''), payloadOf(ping), moment(ping.sent),
    ping.time === null ? t('glass.ping.waiting') : brief(ping.time)]), true);
}

// ---- the end ------------------------------------------------------------------------------------

const codeOf = (code) => (code === null ? t('glass.close.no-code') : String(code));

/** The meaning of a close code. */
export function codeWords(code) {
  const key = 'glass.code.' + code;
  if (known(key)) return t(key);
  if (code >= 4000 && code <= 4999) return t('glass.code.4xxx');
  if (code >= 3000 && code <= 3999) return t('glass.code.3xxx');
  return t('glass.code.other');
}

const stepWords = ({ step, by }) => t(`glass.close.${step}`, { by: side(by) });

function closePicture(closes, summary, form) {
  const height = 52 + closes.length * 44 + (summary ? 64 : 0);
  const shapes = posts(form, 46 + closes.length * 44);
  closes.forEach((close, n) => {
    const y = 56 + n * 44;
    const [from, to] = form.where(close.by);
    const tcp = close.step === 'fin' || close.step === 'reset';
    shapes.push(arrow(from, y, to, y + 12, `step ${tcp ? 'tcp' : 'closing'}`));
    const words = tcp ? t('glass.close.tcp.' + close.step) : `${t('glass.opcode.8')} ${codeOf(close.code)} ${close.reason}`.trim();
    shapes.push(label(form.middle, y - 3, form.cut(words)));
  });
  if (summary) {
    const y = height - 42;
    shapes.push(label(form.left, y, t('glass.close.sees'), 'quiet'), label(form.left, y + 26, String(summary.client_sees), 'verdict-code'));
    shapes.push(label(form.right, y, t('glass.close.sees'), 'quiet'), label(form.right, y + 26, String(summary.server_sees), 'verdict-code'));
  }
  return picture('ladder', form.width, height, closes.map(stepWords).join(t('sentence.gap')), ...shapes);
}

function closeTable(closes) {
  const heads = ['at', 'step', 'code', 'reason', 'section'].map((key) => t('glass.close.' + key));
  return table(t('glass.close.title'), heads, closes.map((close) => [
    moment(close.at), stepWords(close), close.step === 'fin' || close.step === 'reset' ? '–' : codeOf(close.code),
    box('bdi', '', close.reason || '–'), rfc(close.section)]), true);
}

/** The end of a connection in words: who began, who ended TCP, and which code the page got. */
function ending({ ended, told, closes }) {
  const found = make('ul', 'ending');
  const say = (...words) => found.append(box('li', '', ...words));
  say(ended.began ? t('glass.end.began', { by: side(ended.began) }) : t('glass.end.nobody'));
  if (ended.tcp) say(t('glass.end.tcp', { by: side(ended.tcp) }), ' ', ended.clean ? t('glass.end.clean') : t('glass.end.unclean'), ' ', rfc('7.1.4'));
  const seen = told === null ? ended.client_sees : told;
  say(make('strong', 'told', t('glass.end.told', { code: String(seen) })), ' ', codeWords(seen), ' ', rfc(seen < 3000 ? '7.4.1' : '7.4.2'));
  if (seen === 1006 && closes.length) say(t(closes.some(({ step }) => step === 'began') ? 'glass.end.late' : 'glass.end.1006'), ' ', rfc('7.1.5'));
  if (ended.server_sees !== seen) say(t('glass.end.server', { code: String(ended.server_sees) }), ' ', codeWords(ended.server_sees));
  return found;
}

function connection(session, glass, current) {
  const { pings, closes, ended, id, name } = session;
  const title = t(current && !ended ? 'glass.ladder.now' : 'glass.ladder.before', { id, name: name || '' });
  const rungs = pings.slice(-RUNGS);
  const node = part(title);
  if (ended || closes.length) {
    node.append(make('h4', '', t('glass.close.title')));
    // The words come first: people look for the code that the page got, and a low panel has no room for more.
    if (ended) node.append(ending(session));
    node.append(closes.length ? (glass.tables ? closeTable(closes) : closePicture(closes, ended, shape(glass.width()))) : empty('glass.close.none'));
  }
  if (ended && !pings.length) return node;
  if (pings.length) node.append(make('h4', '', t('glass.ping.title')));
  node.append(pings.length ? (glass.tables ? pingTable(pings) : pingPicture(rungs, shape(glass.width()))) : empty('glass.ping.none'));
  if (!glass.tables && pings.length > rungs.length) node.append(make('p', 'small', t('glass.ping.more', { n: rungs.length, all: pings.length })));
  return node;
}

export function ladders(glass) {
  const node = make('div', 'ladders');
  const render = () => {
    node.textContent = '';
    const sessions = glass.recording.sessions.slice().reverse();
    if (!sessions.length) node.append(empty('glass.none'));
    sessions.forEach((session, n) => node.append(connection(session, glass, n === 0)));
    node.append(why('ping-here'), why('1006'));
  };
  render();
  return {
    node,
    update(fresh) {
      if (fresh.some(({ event }) => ['opened', 'ping', 'close', 'ended', 'told'].includes(event.type))) render();
    },
    resized: render,
  };
}
