// The result of an experiment: the exchange, what the standard says about it, and the expected and actual outcome.

import { box, button, make, save } from '../base/dom.js';
import { asTable, exchange } from './exchange.js';
import { fold, table, time } from './parts.js';
import { code, side } from './rfc.js';
import { standard } from './standard.js';
import { t } from '../base/i18n.js';

const closing = (number) => (number === null || number === undefined ? t('end.none') : `${number} (${code(number)})`);

/** What the program on each side would be told. */
function seen(result) {
  const { summary } = result;
  if (result.status !== 101) return make('p', '', t('seen.refused', { status: String(result.status || '–') }));
  if (!summary.tcp && !summary.began) return make('p', '', t('seen.open'));
  return box('ul', 'seen',
    make('li', '', t('seen.client', { code: closing(summary.client_sees) })),
    make('li', '', t('seen.server', { code: closing(summary.server_sees) })),
    make('li', '', summary.tcp ? t('seen.tcp', { by: side(summary.tcp) }) : t('seen.tcp.open')),
    make('li', '', t(summary.clean ? 'seen.clean' : 'seen.unclean')));
}

const count = (result, match) => result.events.filter((event) => event.type === 'frame' && event.from === 'server' && match(event)).length;

/** The complete messages that came back. */
const echoes = (result) => count(result, (frame) => frame.message);
const pongs = (result) => count(result, (frame) => frame.opcode === 10);

/** The rows of the comparison: [name, expected, happened]. */
function rows(result) {
  const { expected } = result;
  const has = (name) => expected[name] !== undefined;
  const found = [];
  if (has('status')) found.push([t('expected.status'), String(expected.status), String(result.status || '–')]);
  if (has('close_code')) found.push([t('expected.close'), closing(expected.close_code), closing(result.close ? result.close.code : null)]);
  if (has('echoes')) found.push([t('expected.echoes'), String(expected.echoes), String(echoes(result))]);
  if (has('pongs')) found.push([t('expected.pongs'), String(expected.pongs), String(pongs(result))]);
  const ended = (by) => (by ? side(by) : t('expected.still-open'));
  if (has('tcp_ended_by')) found.push([t('expected.tcp'), ended(expected.tcp_ended_by), ended(result.summary.tcp)]);
  const clean = (is) => t(is ? 'yes' : 'no');
  if (has('clean') && expected.clean !== null) found.push([t('expected.clean'), clean(expected.clean), clean(result.summary.clean)]);
  return found;
}

/** What was expected and what happened, and what each side was told. */
function compared(result) {
  const heads = ['', t('expected.rfc'), t('expected.happened')];
  return fold(t('seen.title'), seen(result), result.expected ? table(t('expected.caption'), [heads, ...rows(result)]) : null);
}

function files(result) {
  const name = result.experiment || 'experiment';
  const keep = (ending, type, text) => save(name + ending, new Blob([text], { type }));
  const lines = () => [{ type: 'handshake', ...result.handshake }, ...result.events].map((line) => JSON.stringify(line)).join('\n') + '\n';
  return box('p', 'choices noprint',
    button('quiet', t('lab.save.json'), () => keep('.json', 'application/json', JSON.stringify(result, null, 2))),
    button('quiet', t('lab.save.jsonl'), () => keep('.jsonl', 'application/x-ndjson', lines())));
}

/** The whole report of a finished run. */
export function report(result) {
  const node = box('section', 'result',
    make('h3', '', t('lab.happened')), exchange(result),
    make('p', 'small', t('lab.exchange.sum', { sent: result.sent, received: result.received, took: time(result.took) })),
    make('h3', '', t('standard.title')), standard(result),
    compared(result), asTable(result), files(result));
  node.tabIndex = -1;
  return node;
}
