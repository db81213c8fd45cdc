// The opening handshake: both heads, every rule with its verdict, and the accept value step by step (RFC
// 6455 §1.3, §4); and the decoded token of the request (RFC 7519).

import { answer } from './answer.js';
import { attempts } from './attempts.js';
import { code, empty, part, rfc, spaced, table, why } from './parts.js';
import { box, make } from '../base/dom.js';
import { foundWords } from '../base/found.js';
import { known, moment as dated, t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

const MARKS = { kept: '✓', broken: '✗', absent: '–' };

function head(title, note) {
  const lines = make('ol', 'head-lines');
  note.lines.forEach((line, n) => {
    const colon = line.indexOf(':');
    const item = make('li', n === 0 ? 'start-line' : '');
    if (n === 0 || colon < 0) item.append(line);
    else item.append(make('span', 'field-name', line.slice(0, colon + 1)), line.slice(colon + 1));
    lines.append(item);
  });
  return part(title, make('p', 'small', t('glass.handshake.bytes', { n: note.bytes })), lines,
    note.cut ? make('p', 'small', t('glass.handshake.cut')) : null);
}

function verdict(name) {
  return box('span', 'verdict ' + name, make('span', '', MARKS[name]), ' ', t('glass.verdict.' + name));
}

function rules(note, by) {
  const rows = note.rules.filter((rule) => rule.by === by).map((rule) => {
    const words = make('q', '', rule.rule);
    words.lang = 'en';
    return [verdict(rule.verdict), words, box('div', '', box('bdi', 'found-of', foundWords(rule.found)), rule.authority ? answer(rule.authority) : null), rfc(rule.section)];
  });
  const heads = ['verdict', 'rule', 'found', 'section'].map((key) => t('glass.handshake.' + key));
  return table(t('glass.handshake.duties.' + by), heads, rows);
}

function accept({ key, guid, sha1, expected, sent, equal }) {
  const step = (words, ...value) => box('li', '', make('span', 'small', words), box('div', 'value', ...value));
  const joined = box('span', '', make('mark', 'key', key), make('mark', 'guid', guid));
  return part(t('glass.accept.title'), why('accept'), box('ol', 'steps',
    step(t('glass.accept.key'), make('mark', 'key', key)),
    step(t('glass.accept.guid'), joined),
    step(t('glass.accept.sha1'), code(spaced(sha1))),
    step(t('glass.accept.base64'), code(expected)),
    step(t('glass.accept.sent'), code(sent || '–'), ' ', verdict(equal ? 'kept' : 'broken'))), rfc('4.2.2'));
}

function agreed(note) {
  const rows = [
    [t('glass.agreed.offered'), note.offered.join(', ') || '–', t('glass.agreed.offered.why')],
    [t('glass.agreed.subprotocol'), note.subprotocol || '–', t('glass.agreed.subprotocol.why')],
    [t('glass.agreed.extensions'), note.extensions.join(', ') || t('glass.agreed.none'), t('glass.agreed.extensions.why')],
  ];
  return part(t('glass.agreed.title'), table(t('glass.agreed.title'), ['what', 'value', 'meaning'].map((key) => t('glass.agreed.' + key)), rows, true));
}

/** A view that shows `draw(session)`, and draws it again for another connection. */
function drawn(name, glass, draw) {
  const node = make('div', name);
  const render = () => {
    node.textContent = '';
    const session = glass.recording.now;
    if (!session) node.append(empty('glass.none'));
    else node.append(...draw(session));
  };
  render();
  return { node, update(fresh) { if (fresh.some(({ event }) => event.type === 'opened')) render(); } };
}

export function handshake(glass) {
  const refused = attempts(glass, head);
  const view = drawn('handshake', glass, ({ handshake: note }) => {
    if (!note) return [empty('glass.handshake.large')];
    const found = [box('div', 'two', head(t('glass.handshake.request'), note.request),
      note.response ? head(t('glass.handshake.response'), note.response) : empty('glass.handshake.none'))];
    found.push(why('401'));
    if (note.accept) found.push(accept(note.accept));
    found.push(agreed(note), part(t('glass.handshake.rules'), rules(note, 'client'), rules(note, 'server')));
    return found;
  });
  return Object.assign(view, { node: box('div', '', refused.node, view.node), again: refused.again });
}

const source = (section, document) => box('p', 'small', `RFC ${document} `, rfc(section, document));

// ---- the token ----------------------------------------------------------------------------------

const TIMES = ['exp', 'nbf', 'iat'];

function claim(name, value) {
  const shown = make('span');
  shown.append(typeof value === 'object' ? JSON.stringify(value) : String(value));
  if (TIMES.includes(name) && Number(value)) shown.append(make('span', 'small', ` = ${dated(value * 1000)}`));
  if (name === 'exp' && Number(value)) {
    const minutes = Math.round((value * 1000 - serverNow()) / 60000);
    shown.append(make('span', 'small', ' · ' + t(minutes > 0 ? 'glass.token.left' : 'glass.token.over', { n: Math.abs(minutes) })));
  }
  const key = 'glass.claim.' + name;
  return [box('code', '', name), shown, known(key) ? t(key) : t('glass.claim.other')];
}

function claims(caption, object) {
  if (!object) return empty('glass.token.unreadable');
  const heads = ['name', 'value', 'meaning'].map((key) => t('glass.token.' + key));
  return table(caption, heads, Object.keys(object).map((name) => claim(name, object[name])), true);
}

export function token(glass) {
  return drawn('token', glass, ({ handshake: note }) => {
    if (!note || !note.token) return [empty('glass.token.none')];
    const { carrier, length, header, claims: body, signature_bytes: signature } = note.token;
    const pieces = box('p', 'token-parts', make('span', 'one', t('glass.token.header')), '.', make('span', 'one', t('glass.token.claims')), '.',
      make('span', 'one hidden-part', t('glass.token.signature')));
    return [why('token'), pieces,
      make('p', 'carrier', t('glass.token.carrier.' + carrier, { n: length })),
      part(t('glass.token.header'), claims(t('glass.token.header'), header), source('5', 7519)),
      part(t('glass.token.claims'), claims(t('glass.token.claims'), body), source('4.1', 7519)),
      part(t('glass.token.signature'), make('p', '', t('glass.token.secret', { n: signature || 0 })), source('1', 7515))];
  });
}
