// One frame in detail: a sentence, the bit ruler, the unmasking, and the broken rules.

import { answer } from './answer.js';
import { bytesOf, moment, opcode, pair, part, rfc, side, why, xxd } from './parts.js';
import { carried } from './calls.js';
import { linkTo } from './link.js';
import { ruler } from './ruler.js';
import { unmasking } from './mask.js';
import { box, button, make } from '../base/dom.js';
import { spoken, t } from '../base/i18n.js';

/** Copies a text; if that fails, shows it selected, so that it can be copied by hand. */
export function copy(text, beside) {
  const area = make('textarea', 'by-hand');
  area.value = text;
  area.readOnly = true;
  area.setAttribute('aria-label', t('glass.copy.by-hand'));
  beside.after(area);
  area.select();
  let done = false;
  try { done = document.execCommand('copy'); } catch (error) { /* shown below */ }
  if (!done) return false;
  area.remove();
  beside.focus();
  return true;
}

function sentence(note) {
  const facts = { name: opcode(note.opcode), from: side(note.from), number: note.number, header: note.header_bytes, payload: note.payload_bytes };
  return t(note.from === 'client' ? 'glass.frame.client' : 'glass.frame.server', facts);
}

/** The share of the header in the bytes of a frame. */
function cost(note) {
  const all = note.header_bytes + note.payload_bytes;
  return t('glass.frame.cost', { header: note.header_bytes, all, percent: Math.round((note.header_bytes / all) * 100) });
}

function faults(note) {
  if (!note.faults.length) return null;
  const list = make('ul', 'faults');
  note.faults.forEach((fault) => {
    const item = box('li', '', make('strong', '', t('glass.fault')), ' ', make('q', '', fault.sentence), ' ', rfc(fault.section));
    item.querySelector('q').lang = 'en';
    if (fault.close_code) item.append(' ', t('glass.fault.code', { code: String(fault.close_code) }));
    if (fault.authority) item.append(' ', answer(fault.authority));
    list.append(item);
  });
  return list;
}

function controlWords({ control }) {
  if (!control || control.kind === 'close') return null;
  return why(control.kind);
}

/** How a message of this frame alone would look compressed. A control frame is never compressed. */
function compressed(note) {
  if (!note.fin || !(note.opcode === 1 || note.opcode === 2) || note.rsv1) return null;
  const first = bytesOf(note.header)[0];
  const link = make('a', '', t('glass.why.compressed.link'));
  link.href = `/learn/${spoken()}/16`;
  const words = why('compressed', { plain: pair(first), packed: pair(first | 0x40) });
  words.append(' ', link);
  return words;
}

/** A link to this frame, which a click copies too. */
function link(item) {
  const node = make('a', 'frame-link', t('glass.link'));
  node.href = linkTo(item);
  node.addEventListener('click', (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.replaceState(null, '', node.href);
    if (copy(node.href, node)) node.textContent = t('glass.link.copied');
  });
  return node;
}

/** The details of a frame: {node, carried}. `open(item)` shows another frame. */
export function detail(item, glass, { motion, open }) {
  const note = item.event;
  const kept = bytesOf(note.wire).length;
  const cut = kept < note.payload_bytes ? t('glass.frame.cut', { kept, all: note.payload_bytes }) : '';
  const copied = button('quiet copy-xxd', t('glass.copy'), () => {
    if (copy(xxd(note.header + note.wire), copied)) copied.textContent = t('message.copied');
  });
  const head = box('div', 'frame-head',
    box('p', 'frame-sentence', make('strong', '', sentence(note)), ' ', cost(note), ' ', make('span', 'small', moment(note.at))),
    box('div', 'frame-tools', copied, link(item)));
  const tcp = carried(item, glass, open);
  const how = { tables: glass.tables, width: glass.width(), remembered: glass.memory, motion };
  const masked = note.key !== null;
  const node = box('div', 'frame', head, faults(note),
    part(t('glass.ruler.title'), ruler(note, how)),
    tcp.node,
    part(t(masked ? 'glass.mask.title' : 'glass.mask.none'),
      unmasking(note, how), cut ? make('p', 'small', cut) : null,
      note.payload_bytes ? why(masked ? 'mask' : 'unmasked') : null,
      note.from === 'client' && /^\{"type"/.test(note.text || '') ? why('json') : null,
      compressed(note)),
    controlWords(note));
  return { node, carried: tcp };
}
