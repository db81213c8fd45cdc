// The page of the lab: the list of experiments, and beside it the open experiment or the builder.

import { guide } from '../guide/guide.js';
import './words/words.js';
import { box, element, icon, make, reveal } from '../base/dom.js';
import { experiments, joined, tried } from './api.js';
import { Builder } from './builder.js';
import { card, problem, joinFirst } from './card.js';
import { MEET, meet } from './meet.js';
import { known, t } from '../base/i18n.js';

const GROUPS = ['handshake', 'frames', 'fragments', 'control', 'utf8', 'closing'];
const narrow = matchMedia('(max-width: 899px)');
const BUILD = 'build';

let all = [];
let failed = null;
// The limits of the server, for the sentence about them.
let bounds = {};
let builder = null;
// The experiment that was shown last, so that a change of language does not scroll the page.
let shown = null;

const open = () => decodeURIComponent(location.hash.slice(1));
const titleOf = (slug) => (known(`x.${slug}.title`) ? t(`x.${slug}.title`) : slug);

function link(slug, words) {
  const node = make('a', '', words);
  node.href = '#' + slug;
  if (slug === open() || open().startsWith(slug + '/')) node.setAttribute('aria-current', 'true');
  return node;
}

/** The rows of a group: those whose title or name has the words of the search. */
function rowsOf(group, done, words) {
  const fits = ({ slug }) => (titleOf(slug) + ' ' + slug).toLowerCase().includes(words);
  return all.filter((each) => each.group === group && fits(each)).map(({ slug }) => {
    const item = box('li', '', link(slug, titleOf(slug)));
    if (done.includes(slug)) item.append(' ', box('span', 'done', icon('check'), make('span', 'hidden', t('lab.done'))));
    return item;
  });
}

function list() {
  const done = tried();
  const place = element('list-body');
  const count = all.filter(({ slug }) => done.includes(slug)).length;
  const sum = make('label', '', t('lab.tried', { n: count, all: all.length }));
  const bar = make('progress');
  Object.assign(bar, { max: all.length || 1, value: count });
  sum.append(bar);
  element('find').placeholder = t('lab.find');
  element('find').setAttribute('aria-label', t('lab.find'));
  const words = element('find').value.trim().toLowerCase();
  place.textContent = '';
  place.append(box('p', 'small', sum), box('p', 'to-build', link(BUILD, t('build.title')), link(MEET, t('meet.list'))));
  let found = 0;
  GROUPS.forEach((group) => {
    const rows = rowsOf(group, done, words);
    found += rows.length;
    if (rows.length) place.append(make('h2', '', t('group.' + group)), box('ul', '', ...rows));
  });
  if (!found && words) place.append(make('p', 'small', t('lab.find.none')));
}

function neighbours(slug) {
  const order = GROUPS.flatMap((group) => all.filter((each) => each.group === group)).map((each) => each.slug);
  const at = order.indexOf(slug);
  const node = make('nav', 'turn');
  [[at - 1, 'lab.previous'], [at + 1, 'lab.next']].forEach(([n, words]) => {
    if (!order[n]) return;
    const to = make('a');
    to.href = '#' + order[n];
    to.rel = n < at ? 'prev' : 'next';
    to.append(make('small', '', t(words)), ' ', titleOf(order[n]));
    node.append(to);
  });
  return node;
}

function change(experiment) {
  builder = builder || new Builder();
  builder.open(experiment.program, titleOf(experiment.slug));
  location.hash = BUILD;
}

function welcome() {
  return box('article', 'card', make('h2', '', t('lab.welcome')), make('p', '', t('lab.welcome.how')),
    box('ol', 'prose-list', ...['1', '2', '3'].map((n) => make('li', '', t('lab.welcome.' + n)))),
    make('p', '', t('lab.welcome.bounds', bounds)));
}

function content(slug) {
  if (failed) return make('p', 'problem', problem(failed));
  if (slug === BUILD) {
    builder = builder || new Builder();
    return builder.node;
  }
  if (slug === MEET || slug.startsWith(MEET + '/')) return meet(slug.slice(MEET.length + 1));
  const found = all.find((each) => each.slug === slug);
  if (found) return box('div', '', card(found, { change, done: list }), neighbours(slug));
  return slug ? make('p', 'problem', t('lab.unknown', { slug })) : welcome();
}

function show() {
  const slug = open();
  const place = element('open');
  const moved = shown !== null && shown !== slug;
  shown = slug;
  list();
  place.textContent = '';
  place.append(content(slug));
  // On a narrow page the list closes when an experiment is open.
  element('list').open = !narrow.matches || !slug;
  const current = element('list').querySelector('[aria-current]');
  if (current && !narrow.matches) reveal(element('list'), current);
  document.body.dataset.open = slug;
  if (!moved) return;
  const heading = place.querySelector('h2');
  if (heading) heading.focus({ preventScroll: true });
  place.scrollIntoView({ block: 'start' });
}

function render() {
  document.title = t('lab.page');
  const note = element('lab-note');
  note.textContent = '';
  if (!joined()) note.append(joinFirst());
  if (builder) builder.render();
  if (all.length || failed) show();
}

async function start() {
  guide(render);
  const answer = await experiments();
  if (answer.ok) {
    const { bytes, seconds, runs_per_minute: runs } = answer.limits;
    all = answer.experiments;
    bounds = { size: bytes / 1024, seconds, runs };
  } else failed = answer;
  show();
  document.body.dataset.ready = 'true';
}

window.addEventListener('hashchange', show);
element('find').addEventListener('input', list);
// The fragment of the address says which experiment is open, so this link cannot use it.
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  element('open').focus();
});
narrow.addListener(() => { element('list').open = !narrow.matches || !open(); });
start();
