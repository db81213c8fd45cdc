// One entry of the log as a list item: text with links and code, who, when, and what became of it.

import { clock, duration, known, moment, phrase, t } from './i18n.js';

const COLOURS = 10;
// Twelve lines, then "more"; style.css holds the same number as a height.
const LONG_TEXT = 240;
const LONG_LINES = 12;

/** A new element with a class and a text. */
export function make(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** Shows `rows` in a list. A row that looks as before stays the same element: if it were replaced
    between the press and the release of a button, the click would be lost. */
export function settle(list, rows) {
  const before = [...list.children];
  rows.forEach((row, n) => {
    const same = before.find((old) => old.isEqualNode(row));
    if (same) before.splice(before.indexOf(same), 1);
    const item = same || row;
    if (list.children[n] !== item) list.insertBefore(item, list.children[n] || null);
  });
  before.forEach((old) => old.remove());
}

/** A name, isolated, in the colour that always belongs to it. */
export function nameOf(person) {
  // FNV-1a: neighbouring names, "Ana" and "Anna", should not look alike.
  let hash = 2166136261;
  for (const letter of person.name) hash = Math.imul(hash ^ letter.codePointAt(0), 16777619);
  return make('bdi', 'name hue-' + ((hash >>> 8) % COLOURS), person.name);
}

/** The role in words; students, being most, carry none. */
export function badgeOf(person) {
  return !person.role || person.role === 'member' ? null : make('span', 'badge', t('role.' + person.role));
}

/** A button that copies `text`. */
export function copyButton(text) {
  const button = make('button', 'copy link', t('message.copy'));
  button.type = 'button';
  button.addEventListener('click', () => {
    // The clipboard API needs https; an old selection trick does not.
    const area = make('textarea', 'hidden');
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    button.focus();
    if (done) button.textContent = t('message.copied');
  });
  return button;
}

function link(address) {
  // A full stop or a bracket behind an address belongs to the sentence.
  const end = /[.,;:!?)\]}'"，。！？；：、）」』]+$/.exec(address);
  const bare = end ? address.slice(0, end.index) : address;
  const anchor = make('a', '', bare);
  anchor.href = bare;
  anchor.target = '_blank';
  anchor.rel = 'noopener noreferrer';
  return [anchor, end ? end[0] : ''];
}

/** Text with its links and code; nothing else is markup. */
function body(text) {
  const bdi = make('bdi');
  text.split(/(```[\s\S]+?```|`[^`\n]+`|https?:\/\/[^\s<>`]+)/).forEach((part, index) => {
    if (index % 2 === 0) bdi.append(part);
    else if (part.startsWith('```')) {
      const code = part.slice(3, -3).replace(/^\n|\n$/g, '');
      const block = make('span', 'block');
      block.append(make('code', '', code), copyButton(code));
      bdi.append(block);
    } else if (part[0] === '`') {
      const code = part.slice(1, -1);
      bdi.append(make('code', '', code), copyButton(code));
    } else bdi.append(...link(part));
  });
  return bdi;
}

function time(at) {
  const node = make('time', 'time', clock(at));
  node.dateTime = new Date(at).toISOString();
  node.title = moment(at);
  return node;
}

/** A button with a class, its words and what it does. */
export function button(name, words, act) {
  const node = make('button', name, words);
  node.type = 'button';
  node.addEventListener('click', act);
  return node;
}

/** Why something was refused, and what to do next. */
export function refusal(why) {
  const key = 'error.' + why.code;
  if (why.retry_after && known(key + '.wait')) return t(key + '.wait', { n: Math.ceil(why.retry_after) });
  return known(key) ? t(key) : t('error.other', { message: why.message || why.code });
}

/** The facts of a moderation as a sentence. */
export function moderation(prefix, message, me) {
  const { action, target, by, until, reason, state } = message;
  const facts = {
    action,
    by: by ? by.name : '',
    target: target ? target.name : '',
    until: until ? clock(until) : '',
    reason: reason || '',
    every: duration(state ? state.slow : 0),
  };
  let key = prefix + action;
  if (target && me && target.id === me.id && known(key + '.you')) {
    key += '.you';
    if (action === 'mute' && !until) key += '.open';
    if (reason && known(key + '.why')) key += '.why';
  }
  if (state && ((action === 'lock' && !state.locked) || (action === 'slow' && !state.slow)
    || (action === 'approve' && !state.approve))) key += '.off';
  return phrase(known(key) ? key : prefix + 'other', facts);
}

/** What it answers, and the way there; an older message is loaded on the way. */
function quote(entry, actions) {
  const of = entry.room.find(entry.replyTo);
  const node = button('quote link', undefined, () => actions.jump(entry.replyTo));
  if (!of) node.append(t('message.quote.older'));
  else if (of.deleted) node.append(t('message.deleted'));
  else node.append(phrase('message.quote', { name: of.from.name, text: [...of.text].slice(0, 80).join('') }));
  return node;
}

function fate(entry, actions, connected) {
  const line = make('p', 'state');
  if (entry.state === 'pending') {
    const shut = entry.kind === 'message' && !entry.room.joined;
    line.textContent = t(!connected ? 'message.waiting' : shut ? 'message.waiting.room' : 'message.pending');
  } else if (entry.state === 'saved') line.textContent = t(entry.kind === 'whisper' ? 'message.delivered' : 'message.saved');
  else {
    line.append(make('strong', '', t('message.failed')), ' ', refusal(entry.why), ' ',
      button('again link', t('message.again'), () => actions.again(entry)), ' ',
      button('discard link', t('message.discard'), () => actions.discard(entry)));
  }
  return line;
}

function edited(at) {
  const mark = make('p', 'edited', t('message.edited'));
  if (at > 1) mark.title = moment(at);
  return mark;
}

/** The row for reactions: there even if empty, so that it can be filled without touching the rest. */
function reacted(entry, actions) {
  const row = make('div', 'reactions');
  // The log reads new messages aloud, not every thumb.
  row.setAttribute('aria-live', 'off');
  actions.reactions(row, entry);
  return row;
}

function clamp(item, text) {
  if (text.textContent.length < LONG_TEXT && text.textContent.split('\n').length <= LONG_LINES) return;
  text.classList.add('clamped');
  const more = button('more link', t('message.more'), () => {
    const open = text.classList.toggle('clamped');
    more.textContent = t(open ? 'message.more' : 'message.less');
    more.setAttribute('aria-expanded', String(!open));
  });
  more.setAttribute('aria-expanded', 'false');
  text.after(more);
  // Only the layout knows how many lines there are; without one yet (a hidden page) "more" stays.
  requestAnimationFrame(() => {
    if (!text.clientHeight || text.scrollHeight > text.clientHeight + 2) return;
    text.classList.remove('clamped');
    more.remove();
  });
}

/** Renders an entry into its list item. */
export function render(item, entry, { me, connected, actions }) {
  const focused = item.contains(document.activeElement);
  item.textContent = '';
  item.className = 'entry ' + entry.kind + (entry.own ? ' own' : '') + (entry.deleted ? ' deleted' : '');
  item.setAttribute('role', 'article');
  item.dataset.state = entry.state;
  if (entry.seq) item.dataset.seq = entry.seq;
  if (entry.ref) item.dataset.ref = entry.ref;
  if (entry.kind === 'notice') {
    const text = make('p', 'text');
    text.append(entry.what === 'moderated' ? moderation('notice.', entry.message, me)
      : phrase('notice.expiring', { n: entry.message.in }));
    item.append(text);
    return;
  }
  const head = make('p', 'head');
  const who = entry.own || !actions.mayAct(entry.from)
    ? make('span', 'who')
    : button('who', undefined, () => actions.person(entry.from));
  if (entry.own) {
    // On a wall, "you" would be whoever reads it.
    const name = nameOf(me || entry.from);
    name.classList.add('on-wall');
    who.append(make('span', 'you', t('message.you')), name);
  } else who.append(nameOf(entry.from));
  head.append(who);
  const badge = entry.own ? null : badgeOf(entry.from);
  if (badge) head.append(' ', badge);
  if (entry.kind === 'whisper') {
    const label = make('span', 'private');
    label.append(phrase(entry.own ? 'message.private.to' : 'message.private.from', { name: entry.to.name }));
    head.append(' ', label);
  }
  head.append(' ', time(entry.at));
  const bubble = make('div', 'bubble');
  if (entry.replyTo && !entry.deleted) bubble.append(quote(entry, actions));
  const text = make('div', 'text');
  text.append(entry.deleted ? t('message.deleted') : body(entry.text));
  bubble.append(text);
  if (entry.edited && !entry.deleted) bubble.append(edited(entry.edited));
  const row = make('div', 'beside');
  row.append(bubble);
  item.append(head, row);
  if (entry.kind === 'message') {
    row.append(...actions.beside(entry));
    if (!entry.deleted) item.append(reacted(entry, actions));
  }
  if (entry.own && !entry.deleted) item.append(fate(entry, actions, connected));
  clamp(item, text);
  if (!focused) return;
  item.tabIndex = -1;
  (row.querySelector('.acts') || item).focus();
}
