// The room on the wall: its state, the pinned message, a poll, the newest messages, and how many are here.

import { avatarOf } from './avatar.js';
import { render as renderEntry } from './message.js';
import { badgeOf, nameOf } from './person.js';
import { bars, choiceWords } from './poll-parts.js';
import { box, element, icon, make, reconcile } from '../base/dom.js';
import { duration, number, t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

// More than any screen shows.
const NEWEST = 25;
// A closed poll stays until this many messages came after its result.
const MESSAGES_AFTER_A_POLL = 12;

// The log draws more than a wall needs; what is done with a message cannot be done here.
const NOTHING = {
  person() {}, mayAct: () => false, beside: () => [], reactions() {}, jump() {}, again() {}, discard() {},
};

const isText = (entry) => entry.kind === 'message' && entry.seq && !entry.deleted;

/** The text of a message as in the log, with its links and code. */
function textOf(entry) {
  const item = make('li');
  renderEntry(item, entry, { me: null, connected: true, actions: NOTHING });
  return item.querySelector('.text');
}

function row(entry, chat) {
  const leads = ['moderator', 'host'].includes(entry.from.role);
  const badge = badgeOf(entry.from);
  const who = box('p', 'who', nameOf(chat.person(entry.from)), badge ? ' ' : null, badge);
  const item = box('li', leads ? 'leads' : '', avatarOf(entry.from), box('div', 'beside', who, textOf(entry)));
  item.dataset.seq = entry.seq;
  return item;
}

function chips(room, ending) {
  const { locked, slow, approve } = room.state;
  const words = [];
  const left = ending ? Math.max(0, Math.ceil((ending.until - serverNow()) / 1000)) : 0;
  if (ending) words.push(t(left ? 'ending.words' : 'ending.now', { n: left }));
  if (locked) words.push(t('wall.quiet'));
  if (slow) words.push(t('state.slow', { every: duration(slow) }));
  if (approve) words.push(t('state.approve'));
  return words.map((each) => make('span', '', each));
}

/** The poll that the class answers, or the newest result while it is news. */
function pollOf(chat, room) {
  const after = (seq) => room.entries.filter((entry) => isText(entry) && entry.seq > seq).length;
  return chat.polls.list(room).find((poll) => (
    poll.open || (poll.published && after(poll.outcome) < MESSAGES_AFTER_A_POLL)));
}

function drawPoll(chat, room) {
  const part = element('wall-poll');
  const poll = pollOf(chat, room);
  part.hidden = !poll;
  if (!poll) return;
  const title = make('h2', 'poll-question');
  title.append(make('bdi', '', poll.question));
  // Sums come with the number of answers, when they are for all.
  if (poll.published) title.append(make('span', '', t('polls.answers', { n: poll.count })));
  const rows = poll.published && poll.votes ? bars(poll)
    : poll.choices.map((_, n) => box('p', 'poll-choice-line', choiceWords(poll, n)));
  reconcile(part, [title, ...rows]);
}

function drawPin(room) {
  const part = element('wall-pin');
  const { pin } = room;
  const entry = pin && (room.find(pin) || (room.pinned && room.pinned.seq === pin ? room.pinned : null));
  part.hidden = !entry || entry.deleted;
  if (part.hidden) return;
  reconcile(part, [make('span', 'badge', t('pin.title')), nameOf(entry.from), make('span', '', t('list.colon')), textOf(entry)]);
}

/** How many persons are here: the wall itself and others who only watch do not count. */
function here(room) {
  const people = [...room.members.values()];
  return people.length ? people.filter(({ role }) => role !== 'observer').length : room.count;
}

/** Draws the open room of this chat. */
export function draw(chat) {
  const room = chat.current;
  element('wall-room').textContent = room.name;
  document.title = room.name + ' · Glassroom';
  reconcile(element('wall-state'), chips(room, chat.classRules.ending));
  element('wall-here').textContent = t('wall.here', { n: here(room) });
  const hands = chat.hands.queue(room).length;
  element('wall-hands').hidden = !hands;
  reconcile(element('wall-hands'), [icon('hand'), make('span', '', t('wall.hands', { n: hands }))]);
  element('wall-hands').dataset.count = number(hands);
  drawPin(room);
  drawPoll(chat, room);
  const newest = room.entries.filter(isText).slice(-NEWEST);
  reconcile(element('wall-log'), newest.map((entry) => row(entry, chat)));
  trim();
}

/** Hides what is left of a message whose beginning is out of sight: nobody can scroll there. On the list, so that the
    rows stay what they are. */
export function trim() {
  const list = element('wall-log');
  const { top } = list.getBoundingClientRect();
  const tops = [...list.children].map((each) => each.getBoundingClientRect().top - top);
  const first = tops.find((each) => each > -1);
  // A message that is longer than the list is shown as far as there is room.
  const cut = tops[0] > -1 || first === undefined ? 0 : first;
  list.style.clipPath = cut ? `inset(${cut}px 0 0)` : '';
}
