// Renders one entry of the log: the text with links and code, the author, the time, and the state.

import { avatarOf } from './avatar.js';
import { body, plain } from './text.js';
import { button, icon, make } from '../base/dom.js';
import { clock, known, moment, phrase, t } from '../base/i18n.js';
import { badgeOf, nameOf } from './person.js';
import { moderation, refusal, waitOf } from './sentences.js';

// Longer messages get a "more" button. log.css has the same number of lines as a height.
const LONG_TEXT = 240;
const LONG_LINES = 12;
// Whose messages stand out: the same for everybody who leads.
const LEADS = ['host', 'moderator'];

function time(at) {
  const node = make('time', 'time', clock(at));
  node.dateTime = new Date(at).toISOString();
  node.title = moment(at);
  return node;
}

/** The quoted message, as a button that jumps to it. */
function quote(entry, actions) {
  const of = entry.room.find(entry.replyTo);
  const node = button('quote', undefined, () => actions.jump(entry.replyTo));
  node.append(icon('reply'));
  if (!of || of.kind !== 'message') node.append(t('message.quote.older'));
  else if (of.deleted) node.append(t('message.deleted'));
  else node.append(nameOf(of.from), make('bdi', '', [...plain(of.text)].slice(0, 120).join('')));
  return node;
}

/** A refusal, whose seconds are counted down. */
function counted(why) {
  const words = make('span', '', refusal(why));
  if (!waitOf(why)) return words;
  // A screen reader has read it once.
  words.setAttribute('aria-live', 'off');
  const count = () => {
    if (!words.isConnected) return;
    words.textContent = refusal(why);
    if (waitOf(why)) setTimeout(count, 1000);
  };
  setTimeout(count, 1000);
  return words;
}

/** What became of a message of ours, in words, unless it was saved: that is a small mark beside the time. */
function deliveryState(entry, actions, connected) {
  const line = make('p', 'state');
  if (entry.state === 'pending') {
    const shut = !entry.room.joined;
    line.textContent = t(!connected ? 'message.waiting' : shut ? 'message.waiting.room' : 'message.pending');
  } else {
    line.append(icon('circle-alert'), make('strong', '', t('message.failed')), ' ', counted(entry.why), ' ',
      button('again link', t('message.again'), () => actions.again(entry)), ' ',
      button('discard link', t('message.discard'), () => actions.discard(entry)));
  }
  return line;
}

function savedMark() {
  const mark = make('span', 'state');
  mark.title = t('message.saved');
  mark.append(icon('check'), make('span', 'hidden', t('message.saved')));
  return mark;
}

function edited(at) {
  const mark = make('p', 'edited', t('message.edited'));
  if (at > 1) mark.title = moment(at);
  return mark;
}

/** The row for reactions. It exists even if it is empty, so that it can be filled later by itself. */
function reacted(entry, actions) {
  const row = make('div', 'reactions');
  actions.reactions(row, entry);
  return row;
}

function clamp(item, text) {
  if (text.textContent.length < LONG_TEXT && text.textContent.split('\n').length <= LONG_LINES) return;
  text.classList.add('clamped');
  // How many lines are hidden, once that is known.
  let n = 0;
  const words = () => {
    const folded = text.classList.contains('clamped');
    more.textContent = !folded ? t('message.less') : n && known('more.lines') ? t('more.lines', { n }) : t('message.more');
    more.setAttribute('aria-expanded', String(!folded));
  };
  const more = button('more link', '', () => {
    text.classList.toggle('clamped');
    words();
  });
  words();
  text.after(more);
  // Only the layout knows how many lines the text has. Without a layout (on a hidden page) "more" stays.
  requestAnimationFrame(() => {
    if (!text.clientHeight) return;
    const over = text.scrollHeight - text.clientHeight;
    if (over > 2) {
      n = Math.round(over / parseFloat(getComputedStyle(text.querySelector('pre') || text).lineHeight)) || 0;
      words();
      return;
    }
    text.classList.remove('clamped');
    more.remove();
  });
}

/** The line above a message: the author, the role, and the time. */
function headOf(entry, me, actions, saved) {
  const head = make('p', 'head');
  const who = entry.own || !actions.mayAct(entry.from)
    ? make('span', 'who')
    : button('who', undefined, () => actions.person(entry.from));
  if (entry.own) who.append(make('span', 'you', t('message.you')));
  else who.append(nameOf(entry.from));
  head.append(who);
  const badge = badgeOf(entry.own && me ? me : entry.from);
  if (badge) head.append(' ', badge);
  head.append(' ', time(entry.at));
  if (saved) head.append(' ', savedMark());
  return head;
}

// How the entries of features are drawn: a function for each kind.
const rows = new Map();

/** Sets how entries of a kind are drawn: `draw(item, entry, {me, actions})` fills the list item. Such entries are
    made by `record` of a feature (chat/feature.js). */
export function rowOf(kind, draw) {
  rows.set(kind, draw);
}

// What features add below a message.
const below = [];

/** Adds `draw(item, entry)`, which may append lines to the list item of a message. */
export function belowMessages(draw) {
  below.push(draw);
}

/** Whether a feature says what became of a message of ours: it waits for approval, or was rejected. */
const judged = ({ state, why }) => state === 'waiting' || (state === 'failed' && why.code === 'rejected');

/** Renders an entry into its list item. */
export function render(item, entry, { me, connected, actions }) {
  const focused = item.contains(document.activeElement);
  item.textContent = '';
  item.className = 'entry ' + entry.kind + (entry.own ? ' own' : '') + (entry.deleted ? ' deleted' : '');
  item.setAttribute('role', 'article');
  // One line says how many messages were cleared.
  item.hidden = Boolean(entry.cleared);
  item.dataset.state = entry.state;
  if (entry.seq) item.dataset.seq = entry.seq;
  if (entry.ref) item.dataset.ref = entry.ref;
  if (rows.has(entry.kind)) {
    item.classList.add('event');
    rows.get(entry.kind)(item, entry, { me, actions });
    return;
  }
  if (entry.kind === 'notice') {
    const text = make('p', 'text');
    text.append(entry.what === 'moderated' ? moderation('notice.', entry.message, me)
      : phrase('notice.expiring', { time: clock(entry.at + entry.message.in * 1000) }));
    item.append(text);
    return;
  }
  // The feature of this row has not come yet.
  if (entry.kind !== 'message') return;
  if (LEADS.includes((entry.own && me ? me : entry.from).role)) item.classList.add('teacher');
  const judge = judged(entry);
  if (entry.replyTo && !entry.deleted) {
    item.classList.add('answers');
    item.append(quote(entry, actions));
  }
  const text = make('div', 'text');
  text.append(entry.deleted ? t('message.deleted') : body(entry.text, entry.from));
  item.append(avatarOf(entry.own && me ? me : entry.from),
    headOf(entry, me, actions, entry.own && entry.state === 'saved' && !judge), text);
  if (entry.edited && !entry.deleted) item.append(edited(entry.edited));
  if (entry.kind === 'message' && !entry.deleted) item.append(reacted(entry, actions));
  if (entry.own && !entry.deleted && !judge && entry.state !== 'saved') item.append(deliveryState(entry, actions, connected));
  if (entry.kind === 'message' && !entry.deleted) below.forEach((draw) => draw(item, entry));
  clamp(item, text);
  if (!focused) return;
  if (entry.kind === 'message') item.append(...actions.beside(entry));
  (item.querySelector('.acts') || item).focus();
}
