// What the views of polls share: bars, marks and sentences, and the rows of the log.

import { box, element, make, reconcile } from '../base/dom.js';
import { clock, moment, phrase, t } from '../base/i18n.js';
import { rowOf } from './message.js';

const LETTERS = 'ABCDEFGH';

/** The letter by which a class speaks of a choice, or '' where the choices need none. */
export function letterOf({ choices }, n) {
  return choices.length < 3 || choices.every((words, at) => words === LETTERS[at]) ? '' : LETTERS[n];
}

/** A choice in words, with its letter. */
export function choiceWords(poll, n) {
  const letter = letterOf(poll, n);
  return box('span', 'poll-words', letter ? make('b', 'poll-letter', letter) : null, make('bdi', '', poll.choices[n]));
}

/** The percentage of those who have answered. */
export function share(poll, n) {
  return poll.count ? Math.round((100 * poll.votes[n]) / poll.count) : 0;
}

/** The sums as bars, a row for each choice; none while they are not shown. */
export function bars(poll) {
  if (!poll.votes) return [];
  return poll.choices.map((_, n) => {
    const words = choiceWords(poll, n);
    if (poll.chosen && poll.chosen.includes(n)) words.append(make('span', 'poll-own', t('polls.own.answer')));
    const track = make('div', 'desk-bar');
    const part = make('span');
    part.style.width = share(poll, n) + '%';
    track.append(part);
    const sum = make('span', 'poll-sum', t('polls.sum', { n: poll.votes[n], share: share(poll, n) }));
    return box('div', 'desk-result', box('p', 'desk-bar-words', words, sum), track);
  });
}

/** What kind of poll it is, as badges. */
export function kinds({ anonymous, multiple }) {
  const all = [make('span', 'badge', t(anonymous ? 'polls.anonymous' : 'polls.named'))];
  if (multiple) all.push(make('span', 'badge', t('polls.multiple')));
  return all;
}

/** How many have answered, of how many if that is known. */
export function counted(poll) {
  const { count, room, open, missing } = poll;
  const members = [...room.members.values()].filter(({ role }) => role === 'member').length;
  const all = missing ? count + missing.length : members;
  return open && all >= count && all > 0 ? t('polls.count', { n: count, all }) : t('polls.answers', { n: count });
}

/** Why there are no bars, or ''. */
function unseen(poll, leads) {
  if (poll.votes) return !poll.published && leads ? t('polls.leaders') : '';
  if (poll.open) return poll.published && poll.anonymous ? t('polls.few.votes') : '';
  return poll.published ? '' : t('polls.unpublished');
}

/** Fills the part of a row of the log that changes while votes come in. */
function drawResult(node, entry, leads) {
  const { poll, seq, what } = entry;
  // Of several events the newest has the bars, as in a transcript.
  const here = what !== 'poll' && poll.outcome === seq;
  const words = here ? unseen(poll, leads) : '';
  const rows = here && (poll.votes || what === 'poll_closed') ? [make('p', 'small', counted(poll)), ...bars(poll)] : [];
  reconcile(node, rows.concat(words ? make('p', 'small', words) : []));
}

function drawRow(item, entry, results, leads) {
  const head = make('p', 'head');
  const time = make('time', 'time', clock(entry.at));
  time.dateTime = new Date(entry.at).toISOString();
  time.title = moment(entry.at);
  const who = make('span');
  who.append(phrase('polls.row.' + entry.what, { name: entry.from.name }));
  head.append(make('span', 'badge', t('polls.badge')), ' ', who, ' ', time);
  if (entry.what === 'poll' && entry.poll) kinds(entry.poll).forEach((kind) => head.append(' ', kind));
  item.append(head);
  if (!entry.poll) {
    item.append(make('p', 'small', t('polls.row.erased')));
    return;
  }
  const question = make('p', 'poll-question');
  question.append(make('bdi', '', entry.poll.question));
  item.append(question);
  if (entry.what === 'poll') {
    item.append(box('ul', 'poll-list', ...entry.poll.choices.map((_, n) => box('li', '', choiceWords(entry.poll, n)))));
  }
  const result = make('div', 'poll-result');
  // A screen reader reads the row when it comes, and not every vote.
  result.setAttribute('aria-live', 'off');
  item.append(result);
  results.set(result, entry);
  drawResult(result, entry, leads);
}

/** The rows of polls in the log. `draw()` has to be called when sums may have changed. */
export function pollRows({ chat, log }) {
  const results = new WeakMap();
  rowOf('poll', (item, entry) => drawRow(item, entry, results, chat.canModerate));
  return () => {
    const shown = [...element('log').querySelectorAll('.poll-result')];
    if (shown.length) log.steady(() => shown.forEach((node) => drawResult(node, results.get(node), chat.canModerate)));
  };
}

/** Whether a click is the second half of a double click. What the first half did has moved something else
    there, or must not be done twice. */
export const doubled = (event) => event.detail > 1;

/** Names in one line, each isolated. */
export function names(people) {
  const line = document.createDocumentFragment();
  people.forEach(({ name }, n) => {
    if (n) line.append(t('list.comma'));
    line.append(make('bdi', '', name));
  });
  return line;
}
