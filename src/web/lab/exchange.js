// An exchange in order: the handshake, each frame in both directions with its bits and broken rules, and
// who ended TCP. DOM only.

import { box, make } from '../base/dom.js';
import { brief } from './authority.js';
import { fold, quote, table, time } from './parts.js';
import { handshake } from './handshake.js';
import { code, plain, section, side } from './rfc.js';
import { fromHex, spaced } from './hex.js';
import { hexLine } from './hex-line.js';
import { row } from './row.js';
import { ruler } from './ruler.js';
import { t } from '../base/i18n.js';

/** A frame in words: its kind, its length, its contents. */
export function summary(note) {
  const words = [t('opcode.' + note.opcode)];
  if (note.extent === 'header_cut') words.push(t('frame.header-cut'));
  else words.push(t('frame.bytes', { n: note.length }));
  if (!note.fin && note.extent !== 'header_cut') words.push(t('frame.more'));
  if (note.opcode === 0 && note.fin) words.push(t('frame.last'));
  if (note.extent === 'payload_cut') words.push(t('frame.cut', { n: note.payload_bytes }));
  const { control } = note;
  if (control && control.kind === 'close') {
    words.push(control.code === null ? t('frame.no-code') : `${control.code} (${code(control.code)})`);
    if (control.reason) words.push(`“${control.reason}”`);
  } else if (note.text) words.push(`“${note.text.slice(0, 60)}${note.text.length > 60 || note.length > 64 ? '…' : ''}”`);
  return words.join(t('list.comma'));
}

function payload(note) {
  if (!note.wire) return null;
  const [wire, plainBytes] = [fromHex(note.wire), fromHex(note.payload)];
  const dots = note.payload_bytes > wire.length ? ' …' : '';
  const row = (words, bytes, tint = 'payload') => box('div', '', make('dt', '', words), box('dd', '', make('code', 'tint-' + tint, spaced(bytes) + dots)));
  if (!note.key) return box('dl', 'payload', row(t('payload.bytes'), plainBytes));
  const key = fromHex(note.key);
  const repeated = wire.map((byte, i) => key[i % 4]);
  return box('dl', 'payload', row(t('payload.wire'), wire), row(t('payload.key'), repeated, 'key'), row(t('payload.plain'), plainBytes));
}

function faults(note) {
  if (!note.faults.length) return null;
  return box('ul', 'verdicts', ...note.faults.map((fault) => box('li', '',
    make('span', 'failed', t('verdict.broken')), ' ', plain(fault.rule), ' ', quote(fault.sentence), ' ', section(fault.section),
    fault.close_code ? box('span', 'found', t('fault.code', { code: String(fault.close_code) })) : null,
    brief(fault.authority))));
}

function assembled({ message }) {
  if (!message || message.fragments < 2) return null;
  const facts = { n: message.fragments, bytes: message.bytes, text: message.text || '' };
  return make('p', 'small', t(message.text ? 'frame.whole.text' : 'frame.whole', facts));
}

/** Which rules a frame broke, in its row. */
const broken = ({ faults: found }) => found.map(({ section: at }) => box('span', 'found', make('span', 'failed', t('verdict.broken')), ' §' + at));

function frame(note) {
  return row(note.from + (note.faults.length ? ' step-broken' : ''), {
    when: time(note.at),
    who: t('arrow.' + note.from),
    what: [hexLine(note), make('span', 'step-words', summary(note)), ...broken(note)],
    more: [ruler(fromHex(note.header)), payload(note), faults(note), assembled(note)],
  });
}

/** A sentence about an event that explains the frame before it: an answered Ping, a step of closing. */
function remark(event) {
  if (event.type === 'ping') {
    if (event.rung === 'sent') return null;
    return t('ping.' + event.rung, { time: event.round_trip === null ? '–' : time(event.round_trip) });
  }
  return t('end.step.' + event.step, { by: side(event.by) });
}

const isTcp = (event) => event.type === 'close' && ['fin', 'reset'].includes(event.step);

/** The exchange as a list. */
export function exchange(result) {
  const list = box('ol', 'exchange', handshake(result.handshake, result.body));
  result.events.forEach((event) => {
    if (event.type === 'frame') list.append(frame(event));
    else if (isTcp(event)) {
      list.append(row('tcp', { when: time(event.at), who: 'TCP', what: [make('span', '', remark(event)), ' ', section(event.section)] }));
    } else if (remark(event) && list.lastChild) {
      list.lastChild.querySelector('.step-what').append(
        make('span', 'found', remark(event) + (event.section ? ' §' + event.section : '')));
    }
  });
  if (result.timed_out) list.append(row('end', { what: [t('lab.timed-out')] }));
  if (result.cut) list.append(row('end', { what: [t('lab.cut')] }));
  return list;
}

/** The same as a table, which is easier to read with a screen reader. */
export function asTable(result) {
  const rows = [[t('table.time'), t('table.from'), t('table.what'), t('table.bits'), t('table.rule')]];
  rows.push(['0', side('client'), result.handshake.request.lines[0] || '', '–', '–']);
  if (result.handshake.response) {
    const broken = result.handshake.rules.filter((rule) => rule.verdict === 'broken');
    rows.push(['–', side('server'), result.handshake.response.lines[0] || '', '–', broken.map((rule) => `${section(rule.section).textContent} ${rule.rule}`).join(' ') || '–']);
  }
  result.events.forEach((event) => {
    if (event.type === 'frame') {
      const flags = ['fin', 'rsv1', 'rsv2', 'rsv3'].filter((name) => event[name]).map((name) => name.toUpperCase());
      if (event.masked) flags.push('MASK');
      rows.push([time(event.at), side(event.from), summary(event), [...flags, event.header].join(' '),
        event.faults.map((fault) => `§${fault.section} ${fault.sentence}`).join(' ') || '–']);
    } else if (isTcp(event)) rows.push([time(event.at), side(event.by), remark(event), '–', `§${event.section}`]);
  });
  return fold(t('table.title'), table(t('table.caption'), rows));
}
