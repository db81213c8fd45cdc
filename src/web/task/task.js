// The page of the tasks: what to build, how to connect, and which tasks are passed. The examiner itself
// is a WebSocket endpoint for programs; this page only requests the list of results.

import { guide } from '../guide/guide.js';
import en from './en.js';
import zh from './zh.js';
import { copyButton, element, make, save } from '../base/dom.js';
import { ask, session } from '../base/session.js';
import { addWords, clock, known, moment, t } from '../base/i18n.js';

addWords({ en, zh });

const NUMBERS = [1, 2, 3, 4, 5, 6];
const SECTIONS = ['4.1', '5.3', '5.2', '5.5.3', '5.4', '7.1'];
// The chapter of the guide for each task.
const CHAPTERS = [3, 5, 4, 7, 6, 8];
// The verdict on a program should appear soon after the program has ended.
const AGAIN_MS = 2000;

const language = () => (document.documentElement.lang.startsWith('zh') ? 'zh' : 'en');

let list = null;
let user = null;
let until = 0;
let problem = null;
let shown = false;
let said = null;

/** A link to a section of RFC 6455, or of another RFC, as in “RFC 9110 §9.3.1”. */
function section(place) {
  const other = /^RFC (\d+) §(.+)$/.exec(place);
  const link = make('a', '', other ? place : '§' + place);
  link.href = `https://www.rfc-editor.org/rfc/rfc${other ? other[1] : 6455}#section-${other ? other[2] : place}`;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  return link;
}

/** The sentences of the catalogue with keys numbered from 1. */
function sentences(start) {
  const found = [];
  while (known(start + (found.length + 1))) found.push(t(start + (found.length + 1)));
  return found;
}

function points(start) {
  const node = make('ul');
  node.append(...sentences(start).map((text) => make('li', '', text)));
  return node;
}

/** The parts of a task that do not change while the page is open. */
function card(number) {
  const node = make('section', 'task');
  node.dataset.task = number;
  node.id = 'task-' + number;
  const facts = make('p', 'facts');
  const chapter = make('a', '', t('task.chapter', { n: CHAPTERS[number - 1] }));
  chapter.href = `/learn/${language()}/${CHAPTERS[number - 1]}`;
  facts.append(make('span', 'state'), section(SECTIONS[number - 1]), chapter, make('code', '', '/task/' + number));
  const hints = make('details');
  hints.append(make('summary', '', t('task.hints')), points(`task.${number}.hint.`));
  node.append(make('h2', '', t(`task.${number}.title`)), facts, make('div', 'news'),
    make('h3', '', t('task.build')), make('p', '', t(`task.${number}.build`)),
    make('h3', '', t('task.server')), points(`task.${number}.server.`), hints);
  return node;
}

/** What the client may do, and its author should know. */
function notes(list) {
  const items = make('ul', 'notes');
  items.append(...list.map((note) => {
    const item = make('li');
    const what = make('bdi', '', note.what);
    item.append(section(note.section), ' ', what);
    return item;
  }));
  return [make('p', 'small', t('task.notes')), items];
}

/** Renders what may change: whether a task is passed, and the last verdict. */
function renderResult(node, line) {
  const state = node.querySelector('.state');
  const place = node.querySelector('.news');
  const looks = JSON.stringify([line, language()]);
  if (place.dataset.looks === looks) return;
  place.dataset.looks = looks;
  place.textContent = '';
  const { passed, attempts, last, receipt } = line || {};
  const failed = Boolean(last) && !last.passed;
  state.className = 'state ' + (passed ? 'passed' : failed ? 'failed' : 'open');
  state.textContent = t(passed ? 'task.passed' : failed ? 'task.failed' : 'task.open');
  if (passed) place.append(make('p', 'small', t('task.passed.at', { time: moment(passed), n: attempts })));
  if (failed) {
    const words = make('p', 'last bad');
    const what = make('bdi', '', last.what);
    const level = last.level ? ` (${t('task.level.' + last.level)}) ` : ' ';
    words.append(make('strong', '', t('task.last', { time: clock(last.at) })), ' ', section(last.section), level, what);
    place.append(words);
  }
  if (last && last.notes) place.append(...notes(last.notes));
  if (receipt) {
    const fold = make('details', 'receipt');
    const text = make('pre');
    text.append(make('code', '', receipt));
    fold.append(make('summary', '', t('task.receipt')), make('p', '', t('task.receipt.what')), text, copyButton(receipt));
    place.append(fold);
  }
}

const SKELETON = (host, port) => [
  'import socket',
  `sock = socket.create_connection(("${host}", ${port}))`,
  `lines = ["GET /task/1 HTTP/1.1", "Host: ${host}:${port}",`,
  '         "Authorization: Bearer " + input("token: ")]',
  'sock.sendall("\\r\\n".join(lines + ["", ""]).encode())',
  'print(sock.recv(4096).decode())',
].join('\n');

function connect() {
  const secure = location.protocol === 'https:';
  const host = location.hostname;
  element('url').textContent = `${secure ? 'wss' : 'ws'}://${location.host}/task/1`;
  element('skeleton').textContent = SKELETON(host.replace(/^\[|\]$/g, ''), location.port || (secure ? 443 : 80));
  const token = session.token();
  element('token-row').hidden = !token;
  element('token-show').textContent = t(shown ? 'task.token.hide' : 'task.token.show');
  element('token-show').setAttribute('aria-expanded', String(shown));
  element('token-place').hidden = !shown || !token;
  element('token').textContent = shown && token ? token : '';
  element('token-copy').textContent = '';
  if (token) element('token-copy').append(copyButton(token));
  element('token-until').textContent = until ? t('task.token.until', { time: moment(until) }) : '';
}

function render() {
  document.title = t('task.page');
  connect();
  const place = element('tasks');
  place.textContent = '';
  place.append(...NUMBERS.map(card));
  renderChanges();
  refresh(); // the verdicts come in the language of the page
}

/** Renders only what has changed, so that open details and the focus stay. */
function renderChanges() {
  NUMBERS.forEach((number) => {
    const line = list && list.tasks.find(({ task }) => task === number);
    renderResult(element('task-' + number), line);
  });
  const passed = list ? list.tasks.filter((line) => line.passed).length : 0;
  const count = list ? t('task.count', { n: passed, all: NUMBERS.length }) : '';
  const kept = list && !list.stored ? ' ' + t('task.not.kept') : '';
  // Setting the same text again would make a screen reader repeat it.
  if (element('count').textContent !== count + kept) element('count').textContent = count + kept;
  const notJoined = problem === 'task.join';
  element('join-first').hidden = !notJoined;
  const words = problem && !notJoined ? t(problem) : '';
  if (element('problem').textContent !== words) element('problem').textContent = words;
  element('host').hidden = !user || user.role !== 'host';
  element('receipt-said').textContent = said ? said() : '';
}

const authorised = () => ({ headers: { Authorization: 'Bearer ' + session.token() } });

async function refresh() {
  if (document.hidden) return;
  if (!session.token()) {
    problem = 'task.join';
  } else {
    const asked = language();
    const answer = await ask('/api/tasks?lang=' + asked, authorised());
    // The language may have changed meanwhile, and then another answer is on its way.
    list = answer.ok && asked === language() ? answer : list;
    problem = answer.ok ? null : answer.status === 401 ? 'task.join' : answer.status === 404 ? 'task.off' : 'task.unreachable';
  }
  renderChanges();
  document.body.dataset.ready = 'true';
}

async function person() {
  const answer = await session.check();
  if (!answer.ok) return;
  user = answer.user;
  until = answer.expires_at;
  connect();
  renderChanges();
}

async function saveTable() {
  const answer = await session.download('/api/tasks.csv');
  if (!answer.ok) {
    problem = answer.error === 'nothing_stored' ? 'task.nothing.stored' : 'task.unreachable';
    renderChanges();
    return;
  }
  save('tasks.csv', answer.blob);
}

async function check(event) {
  event.preventDefault();
  const receipt = element('receipt').value.trim();
  const answer = await ask('/api/tasks?receipt=' + encodeURIComponent(receipt), authorised());
  if (answer.ok) said = () => t('task.receipt.good', { name: answer.name, n: answer.task, time: moment(answer.at * 1000) });
  else if (answer.error === 'bad_receipt') said = () => t('task.receipt.bad');
  else said = () => t('task.unreachable');
  renderChanges();
}

element('token-show').addEventListener('click', () => {
  shown = !shown;
  connect();
});
element('save').addEventListener('click', saveTable);
element('receipt-form').addEventListener('submit', check);
document.addEventListener('visibilitychange', refresh);
guide(render);
person();
setInterval(refresh, AGAIN_MS);
