// "Meet a broken server": the server breaks a rule, and the reader sees what their own browser does, from
// both sides: the events of the page, and the bytes on the wire. DOM only.

import { box, button, make, save } from '../base/dom.js';
import { asTable, exchange } from './exchange.js';
import { address, endpoints, visit } from './meet-run.js';
import { quote, time } from './parts.js';
import { code, section } from './rfc.js';
import { known, t } from '../base/i18n.js';

/** The fragment of the overview. That of an endpoint follows behind a slash. */
export const MEET = 'meet';

const GROUPS = ['handshake', 'frames', 'fragments', 'control', 'utf8', 'closing', 'right'];
const BADGES = { demanded: 'passed', permitted: 'open', wrong: 'failed', open: 'open' };

// The section that each remark is about.
const REMARKS = { no_close: '7.1.7', normal_code: '7.1.7', reserved_code: '7.4.1', unanswered: '5.5.1' };

// The visits of this page, by name. They survive a change of language.
const visits = new Map();

const titleOf = (name) => (known(`meet.${name}.title`) ? t(`meet.${name}.title`) : name);

function link(name, words) {
  const node = make('a', '', words);
  node.href = `#${MEET}` + (name ? '/' + name : '');
  return node;
}

/** Why there is no report, as a sentence. */
function problem(answer) {
  if (known('meet.error.' + answer.error)) return t('meet.error.' + answer.error);
  if (answer.status === 0) return t('error.unreachable');
  return t('error.other', { message: answer.message || answer.error });
}

/** What the browser did, as the server saw it. */
function deed({ did }) {
  const facts = { after: time(did.after || did.waited || 0), code: did.code };
  if (did.what !== 'closed') return t('meet.did.' + did.what, facts);
  if (did.code === null) return t('meet.did.closed.bare', facts);
  return t('meet.did.closed', Object.assign(facts, { code: `${did.code} (${code(did.code)})` }));
}

const badge = ({ verdict }) => make('span', BADGES[verdict], t('meet.verdict.' + verdict));

const lastClose = (told) => told.filter(({ kind }) => kind === 'close').pop();

/** The close code that the page was told. */
function toldCode(told) {
  const end = lastClose(told);
  return end ? String(end.code) : '–';
}

function verdict(report) {
  return box('div', 'decided meet-verdict',
    box('p', '', badge(report), ' ', make('span', 'did', deed(report))),
    make('p', 'small', t('meet.verdict.' + report.verdict + '.why')),
    report.remark ? box('p', 'small', t('meet.remark.' + report.remark), ' ', section(REMARKS[report.remark])) : null);
}

function event(each) {
  const words = t('meet.event.' + each.kind, {
    text: each.text || '',
    code: each.kind === 'close' ? `${each.code} (${code(each.code)})` : '',
    clean: String(each.clean),
  });
  return box('li', '', make('code', '', 'on' + each.kind), ' ', words, ' ', make('span', 'small', time(each.at)));
}

/** What the page was told, and whether the RFC lets one expect that. */
function page({ told, report }) {
  const end = lastClose(told);
  const expected = report.page.map(String).join(t('meet.or'));
  const fits = end && report.page.includes(end.code);
  return box('div', 'meet-page',
    told.length ? box('ol', 'steps', ...told.map(event)) : make('p', '', t('meet.event.none')),
    make('p', 'small', end
      ? t(fits ? 'meet.page.fits' : 'meet.page.other', { code: String(end.code), expected })
      : t('meet.page.late', { expected })));
}

function result(found) {
  const { report } = found;
  if (!report.ok) return make('p', 'problem', problem(report));
  const text = () => JSON.stringify({ told: found.told, report }, null, 2);
  const node = box('section', 'result',
    verdict(report),
    make('h3', '', t('meet.page')), page(found),
    make('h3', '', t('meet.wire')),
    make('p', 'small', t('meet.wire.sum', { sent: report.sent, received: report.received, took: time(report.took) })),
    exchange(report), asTable(report),
    box('p', 'choices noprint', button('quiet', t('lab.save.json'),
      () => save(report.name + '.json', new Blob([text()], { type: 'application/json' })))));
  node.tabIndex = -1;
  return node;
}

function rules(endpoint) {
  const { rule, duty } = endpoint;
  const words = 'meet.duty.' + duty.level.replace(' ', '-') + '.' + duty.to;
  const cited = ({ sentence, section: number }) => box('blockquote', '', quote(sentence), ' ', section(number));
  return box('div', 'meet-rules',
    make('p', 'small', t(endpoint.group === 'right' ? 'meet.keeps' : 'meet.breaks')), cited(rule),
    make('p', 'small', t(words)), cited(duty));
}

/** One endpoint: the rule, a button, and the result of the visit. */
function card(endpoint) {
  const words = make('p', 'problem');
  words.setAttribute('role', 'status');
  const place = make('div', 'place');
  const start = button('primary run', t(visits.has(endpoint.name) ? 'meet.again' : 'meet.run'), async () => {
    start.disabled = true;
    words.textContent = t('meet.running');
    const found = await visit(endpoint);
    start.disabled = false;
    start.textContent = t('meet.again');
    words.textContent = '';
    visits.set(endpoint.name, found);
    const node = result(found);
    place.textContent = '';
    place.append(node);
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: 'nearest' });
  });
  if (visits.has(endpoint.name)) place.append(result(visits.get(endpoint.name)));
  return [
    box('p', 'small', t('meet.group.' + endpoint.group), ' · ', make('code', '', address(endpoint.name))),
    make('p', 'ask', known(`meet.${endpoint.name}.what`) ? t(`meet.${endpoint.name}.what`) : ''),
    rules(endpoint), box('p', '', start), words, place,
  ];
}

/** One row of the overview: the name, and what the browser did. */
function row(endpoint, node) {
  const { name } = endpoint;
  const found = visits.get(name);
  const done = found && found.report.ok;
  node.textContent = '';
  node.dataset.name = name;
  node.append(link(name, titleOf(name)));
  if (found && !done) node.append(' ', make('span', 'small', problem(found.report)));
  if (done) {
    const { did, verdict: judged } = found.report;
    Object.assign(node.dataset, { verdict: judged, did: [did.what, did.code].join(' ').trim(), code: toldCode(found.told) });
    node.append(' ', badge(found.report), ' ',
      make('span', 'small', t('meet.row', { did: deed(found.report), code: toldCode(found.told) })));
  }
  return node;
}

/** All endpoints, and a button that visits one after the other. */
function overview(all) {
  const rows = new Map(all.map((each) => [each.name, row(each, make('li'))]));
  const words = make('p', 'small');
  words.setAttribute('role', 'status');
  const start = button('primary', t('meet.all'), async () => {
    start.disabled = true;
    for (let n = 0; n < all.length && start.isConnected; n += 1) {
      words.textContent = t('meet.all.running', { n: n + 1, all: all.length });
      visits.set(all[n].name, await visit(all[n]));
      row(all[n], rows.get(all[n].name));
    }
    start.disabled = false;
    words.textContent = t('meet.all.done');
  });
  const groups = GROUPS.map((group) => {
    const found = all.filter((each) => each.group === group);
    return box('section', '', make('h3', '', t('meet.group.' + group)),
      box('ul', 'meet-list', ...found.map((each) => rows.get(each.name))));
  });
  return [make('p', '', t('meet.lead')), make('p', '', t('meet.how')), make('p', 'small', t('meet.own')),
    box('p', '', start), words, ...groups];
}

/** The overview, or the endpoint with this name. It is filled as soon as the list has come. */
export function meet(name) {
  const heading = make('h2', '', name ? titleOf(name) : t('meet.title'));
  heading.tabIndex = -1;
  const node = box('article', 'card meet', name ? box('p', 'small', link('', t('meet.back'))) : null, heading);
  if (name) node.dataset.slug = `${MEET}/${name}`;
  endpoints().then((answer) => {
    if (!answer.ok) {
      node.append(make('p', 'problem', problem(answer)));
      return;
    }
    const found = answer.endpoints.find((each) => each.name === name);
    if (name && !found) node.append(make('p', 'problem', t('meet.unknown', { name })));
    else node.append(...(name ? card(found) : overview(answer.endpoints)));
    node.dataset.ready = 'true';
  });
  return node;
}
