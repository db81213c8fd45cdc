// Unmasking, byte by byte: wire XOR key = payload = character (RFC 6455 §5.3).

import { bits, bytesOf, letters, pair, table } from './parts.js';
import { box, button, make } from '../base/dom.js';
import { t } from '../base/i18n.js';

// The animation of a payload takes this long, whatever its length.
const PLAY_MS = 1800;

function columns(note) {
  const wire = bytesOf(note.wire);
  const payload = bytesOf(note.payload);
  const key = note.key ? bytesOf(note.key) : null;
  const characters = letters(payload);
  return wire.map((byte, n) => ({ n, byte, key: key && key[n % 4], plain: payload[n], letter: characters[n] }));
}

function asTable(note) {
  const heads = ['glass.mask.n', 'glass.mask.wire', 'glass.mask.key', 'glass.mask.payload', 'glass.mask.letter'];
  return table(t('glass.mask.caption'), heads.map((key) => t(key)), columns(note).map(({ n, byte, key, plain, letter }) => [
    String(n), pair(byte), key === null ? '–' : pair(key), pair(plain), letter || t('glass.mask.inside')]), true);
}

function columnOf({ n, byte, key, plain, letter }) {
  const column = make('span', 'byte');
  column.append(make('span', 'wire-of', pair(byte)));
  if (key !== null) column.append(make('span', `key-of k${n % 4}`, pair(key)), make('span', 'plain-of', pair(plain)));
  column.append(make('bdi', 'letter-of', letter === ' ' ? '␣' : letter || '‹'));
  return column;
}

/** The bits of one step: wire byte, key byte and payload byte. */
function sum({ n, byte, key, plain, letter }) {
  const row = (name, value, sign) => box('span', name, make('b', '', sign), bits(value), ' ', make('span', 'hex-of', pair(value)));
  return box('div', 'sum', make('span', 'small', t('glass.mask.step', { n, k: n % 4 })),
    row('wire-of', byte, ''), row(`key-of k${n % 4}`, key, '⊕'), row('plain-of', plain, '='), make('bdi', 'letter-of', letter));
}

/** The controls that unmask the bytes one after the other, with the strip of bytes. */
function player(list, strip, bytes, motion) {
  const step = make('div', 'step');
  const slider = make('input');
  Object.assign(slider, { type: 'range', min: 0, max: list.length, value: list.length });
  slider.setAttribute('aria-label', t('glass.mask.slider'));
  let timer = null;
  const show = (position) => {
    slider.value = position;
    bytes.querySelectorAll('.byte').forEach((column, n) => {
      column.classList.toggle('hidden-yet', n >= position);
      column.classList.toggle('current', n === position - 1);
    });
    step.textContent = '';
    if (position > 0) step.append(sum(list[position - 1]));
    else step.append(make('span', 'small', t('glass.mask.begin')));
  };
  const stop = () => { cancelAnimationFrame(timer); timer = null; };
  const play = () => {
    stop();
    const begun = performance.now();
    const tick = (now) => {
      // The view may have been removed meanwhile.
      if (!strip.isConnected && now - begun > 100) return;
      const position = Math.min(list.length, Math.floor(((now - begun) / PLAY_MS) * list.length));
      show(Math.max(0, position));
      if (position < list.length) timer = requestAnimationFrame(tick);
    };
    timer = requestAnimationFrame(tick);
  };
  const move = (by) => { stop(); show(Math.max(0, Math.min(list.length, Number(slider.value) + by))); };
  slider.addEventListener('input', () => { stop(); show(Number(slider.value)); });
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const controls = box('div', 'stepper', button('quiet', '‹', () => move(-1)), slider, button('quiet', '›', () => move(1)),
    calm ? null : button('quiet', t('glass.mask.play'), play));
  controls.children[0].setAttribute('aria-label', t('glass.mask.back'));
  controls.children[2].setAttribute('aria-label', t('glass.mask.next'));
  show(list.length);
  if (motion && !calm) play();
  return box('div', 'unmask', strip, controls, step);
}

/** The unmasking of a frame. With `motion`, it plays once by itself. */
export function unmasking(note, { tables, motion }) {
  const list = columns(note);
  if (!list.length) return make('p', 'none', t('glass.mask.empty'));
  if (tables) return asTable(note);
  const legend = make('div', 'byte legend');
  const rows = note.key ? ['wire', 'key', 'payload', 'letter'] : ['wire', 'letter'];
  rows.forEach((key) => legend.append(make('span', '', t('glass.mask.' + key))));
  const bytes = make('div', note.key ? 'masked' : 'plain');
  for (let n = 0; n < list.length; n += 4) bytes.append(box('span', 'four', ...list.slice(n, n + 4).map(columnOf)));
  const strip = box('div', 'unmasking', legend, bytes);
  strip.setAttribute('role', 'img');
  strip.setAttribute('aria-label', t('glass.mask.described', { n: list.length, text: note.text || '' }));
  if (!note.key) return strip;

  return player(list, strip, bytes, motion);
}
