// The opening handshake of an exchange: request, answer, the verdict on each rule, and the accept value.

import { box, make } from '../base/dom.js';
import { brief } from './authority.js';
import { fold, quote } from './parts.js';
import { foundWords } from '../base/found.js';
import { section, side } from './rfc.js';
import { row } from './row.js';
import { spaced, fromHex } from './hex.js';
import { t } from '../base/i18n.js';

function head(note, words) {
  const lines = note.lines.concat(note.cut ? ['…'] : []);
  return [make('p', 'small', words), box('pre', '', make('code', '', lines.join('\n')))];
}

function verdicts(rules) {
  const order = ['broken', 'kept', 'absent'];
  const sorted = rules.slice().sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  return box('ul', 'verdicts', ...sorted.map((rule) => box('li', '',
    make('span', { kept: 'passed', broken: 'failed', absent: 'open' }[rule.verdict], t('verdict.' + rule.verdict)), ' ',
    side(rule.by), t('list.colon'), quote(rule.rule), ' ', section(rule.section),
    rule.found ? box('span', 'found', t('lab.found'), ' ', make('code', '', foundWords(rule.found))) : null,
    rule.authority ? brief(rule.authority) : null)));
}

function accept(note) {
  const step = (words, text) => box('div', '', make('dt', '', words), box('dd', '', make('code', '', text)));
  return box('dl', 'accept',
    step(t('accept.key'), note.key),
    step(t('accept.joined'), note.joined),
    step(t('accept.sha1'), spaced(fromHex(note.sha1) || [])),
    step(t('accept.expected'), note.expected),
    step(t('accept.sent'), note.sent || t('accept.none')));
}

/** The handshake as the first entry of the exchange. */
export function handshake(note, text) {
  const broken = note.rules.filter((rule) => rule.verdict === 'broken');
  const words = note.status === 101 ? t(note.established ? 'handshake.open' : 'handshake.bad')
    : note.status ? t('handshake.refused', { status: String(note.status) }) : t('handshake.silent');
  const more = broken.length ? [verdicts(broken)] : [];
  if (text) more.push(make('p', 'small', t('handshake.body')), box('pre', '', make('code', '', text)));
  more.push(
    ...head(note.request, t('handshake.request', { n: note.request.bytes })),
    ...(note.response ? head(note.response, t('handshake.response', { n: note.response.bytes })) : []),
    fold(t('handshake.rules', { n: note.rules.length }), verdicts(note.rules)));
  if (note.accept && note.status === 101) more.push(fold(t('accept.title'), accept(note.accept)));
  return row('handshake' + (broken.length || note.status !== 101 ? ' step-broken' : ''), {
    when: t('lab.first'),
    who: t('handshake.title'),
    what: [make('code', 'step-code', note.request.lines[0] || ''), make('span', 'step-words', words),
      ...broken.map((rule) => box('span', 'found', make('span', 'failed', t('verdict.broken')), ' ', section(rule.section).textContent))],
    more,
  });
}
