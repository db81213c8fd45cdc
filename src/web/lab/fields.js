// The form of one frame: every field of RFC 6455 §5.2, and below it the resulting bits.

import { box, make } from '../base/dom.js';
import { isHex, isKey } from './draft.js';
import { bytesOf, words } from './preview.js';
import { t } from '../base/i18n.js';

// The first length with the bit that must be 0. Above it, JavaScript numbers are not exact.
const MOST = 2 ** 63;

/** An input with its label. */
export function labelled(label, input, hint) {
  const node = box('label', 'labelled', make('span', '', label), input);
  if (hint) node.append(make('span', 'small', hint));
  return node;
}

/** A select; `options` are [value, words]. */
export function select(options, value, changed) {
  const node = make('select');
  options.forEach(([each, text]) => {
    const option = make('option', '', text);
    option.value = each;
    node.append(option);
  });
  node.value = value;
  node.addEventListener('change', () => changed(node.value));
  return node;
}

export function input(type, value, changed, more = {}) {
  const node = make('input');
  Object.assign(node, { type, value, spellcheck: false, autocomplete: 'off' }, more);
  node.addEventListener('input', () => changed(node.value, node));
  return node;
}

function check(label, on, changed) {
  const node = make('input');
  node.type = 'checkbox';
  node.checked = on;
  node.addEventListener('change', () => changed(node.checked));
  return box('label', 'check', node, make('span', '', label));
}

const mark = (node, good) => {
  if (good) node.removeAttribute('aria-invalid');
  else node.setAttribute('aria-invalid', 'true');
};

const kindOf = (payload) => ['text', 'hex', 'fill'].find((kind) => payload[kind] !== undefined) || 'text';

function payloadForm(frame, changed) {
  const place = make('div');
  const kind = select(['text', 'hex', 'fill'].map((each) => [each, t('build.payload.' + each)]), kindOf(frame.payload), (value) => {
    frame.payload = { text: { text: '' }, hex: { hex: '' }, fill: { fill: 126 } }[value];
    render();
    changed();
  });
  kind.setAttribute('aria-label', t('build.payload'));
  function render() {
    const now = kindOf(frame.payload);
    place.textContent = '';
    if (now === 'fill') {
      place.append(input('number', frame.payload.fill, (value) => {
        frame.payload = { fill: Math.max(0, Math.min(131072, Math.floor(Number(value)) || 0)) };
        changed();
      }, { min: 0, max: 131072 }));
    } else {
      const area = make('textarea');
      area.rows = 2;
      area.spellcheck = false;
      area.value = frame.payload[now];
      area.addEventListener('input', () => {
        frame.payload = { [now]: area.value };
        if (now === 'hex') mark(area, isHex(area.value));
        changed();
      });
      place.append(area);
    }
    place.firstChild.setAttribute('aria-label', t('build.payload'));
  }
  render();
  return box('div', 'labelled payload-form', make('span', '', t('build.payload')), kind, place);
}

/** The input fields of a frame, which change it, and a preview of its bytes. */
export function frameForm(frame) {
  const shown = make('div', 'live');
  const changed = () => {
    shown.textContent = '';
    shown.append(make('p', 'small', words(frame)), bytesOf(frame));
  };
  const flags = [['fin', 'FIN'], ['rsv1', 'RSV1'], ['rsv2', 'RSV2'], ['rsv3', 'RSV3'], ['mask', 'MASK']];
  const opcodes = Array.from({ length: 16 }, (none, n) => [String(n), `0x${n.toString(16).toUpperCase()} ${t('opcode.' + n)}`]);
  const forms = ['auto', '7', '16', '64'].map((each) => [each, t('build.form.' + each)]);
  const key = input('text', frame.key || '', (value, node) => {
    mark(node, isKey(value.trim()));
    frame.key = value.trim() || null;
    changed();
  }, { maxLength: 16, placeholder: t('build.key.hint') });
  const claim = input('number', frame.claim === null || frame.claim === undefined ? '' : frame.claim, (value) => {
    frame.claim = value === '' ? null : Math.max(0, Math.min(MOST, Math.floor(Number(value)) || 0));
    changed();
  }, { min: 0, placeholder: t('build.claim.hint') });
  const node = box('div', 'frame-form',
    box('div', 'checks', ...flags.map(([name, label]) => check(label, frame[name], (on) => {
      frame[name] = on;
      key.disabled = !frame.mask;
      changed();
    }))),
    box('div', 'fields',
      labelled(t('build.opcode'), select(opcodes, String(frame.opcode), (value) => { frame.opcode = Number(value); changed(); })),
      labelled(t('field.key.name'), key),
      labelled(t('build.form'), select(forms, frame.form || 'auto', (value) => { frame.form = value; changed(); })),
      labelled(t('build.claim'), claim)),
    payloadForm(frame, changed), shown);
  key.disabled = !frame.mask;
  changed();
  return node;
}
