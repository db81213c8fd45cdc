// The state of the connection in words, toasts, and the title of the tab.

import { avatarOf } from './avatar.js';
import { keepPlace } from './notices.js';
import { element, make } from '../base/dom.js';
import { known, number, t } from '../base/i18n.js';
import { banned, heard, removed } from '../chat/removal.js';

const TOAST_MS = 8000;
// More at a time would leave a phone no room for the log.
const MAX_TOASTS = 2;
const ISOLATES = /[\u2068\u2069]/g;

/** Why a connection ended and what to do next, as a sentence. `removal` is the message `moderated` that
    came before the end, if any. */
export function ending(state, removal) {
  if (state.cause) return t('status.' + state.cause);
  if (state.code === 1008 && state.slug !== 'token_missing' && known('error.' + state.slug)) return t('error.' + state.slug);
  if (state.code === 4500 && state.slug === 'forgotten') return t('close.4500.forgotten');
  if (state.code === 4500 || state.code === 4501) {
    const { by, reason, until } = removal || {};
    const close = heard(state.words, state.since);
    const facts = { by: by && by.name, reason: reason || close.reason, until: until || close.until, end: close.end };
    return state.code === 4501 || close.banned ? banned(facts) : removed(facts);
  }
  return known('close.' + state.code) ? t('close.' + state.code) : t('close.1006');
}

/** Whether a connection ended because the lesson did, now or while this page was away. */
export const isOver = ({ code, slug }) => code === 4503 || slug === 'token_old_lesson';

export class Status {
  /** `again()` connects at once. */
  constructor({ again }) {
    this.again = again;
    this.state = { name: 'off' };
    this.said = '';
    this.notices = element('notices');
    keepPlace(this.notices);
    setInterval(() => { if (this.state.name === 'waiting') this.render(); }, 500);
  }

  show(state) {
    this.state = state;
    document.body.dataset.connection = state.name;
    this.render();
  }

  render() {
    const { state } = this;
    const line = element('status-words');
    let words = t('status.' + state.name, { why: '' });
    if (state.name === 'ended') words = t('status.ended', { why: ending(state) });
    if (state.name === 'waiting') {
      const n = Math.max(0, Math.ceil((state.until - performance.now()) / 1000));
      const facts = { n, why: ending(state) };
      words = state.code === 1006 && !state.cause ? t('status.waiting', facts) : t('status.waiting.why', facts);
    }
    if (line.textContent !== words) line.textContent = words;
    const now = element('status-now');
    // After flooding, the person has to wait.
    now.hidden = state.code === 4429 || (state.name !== 'waiting' && state.name !== 'ended');
    now.textContent = t(state.name === 'ended' ? 'status.here' : 'status.now');
    // A screen reader hears each change once, instead of every second.
    const change = state.name === 'waiting' ? ending(state) : words;
    if (change !== this.said) element('status-said').textContent = change;
    this.said = change;
  }

  /** Shows a toast over the page, where it moves nothing. It goes away by itself after `ms`. `way` is a
      button `{words, act, label?}` instead of "close"; without a label, the button is named after the toast as
      well, because there may be two. `about` is what it speaks of: it takes the place of a toast about the same,
      and `end(about)` takes it away. */
  toast(content, way, { about, ms = TOAST_MS } = {}) {
    // Nothing of a room is said beside the join form or after the goodbye.
    if (document.body.dataset.view !== 'chat') return;
    const node = make('div', 'toast');
    const words = make('p');
    words.append(content);
    node.dataset.about = about || words.textContent;
    node.append(words);
    const close = make('button', 'link', way ? way.words : t('close'));
    close.type = 'button';
    const label = (way && way.label) || close.textContent + t('list.colon') + words.textContent;
    // Without the isolates around facts: speech control compares whole words.
    close.setAttribute('aria-label', label.replace(ISOLATES, ''));
    close.addEventListener('click', () => {
      this.remove(node);
      if (way) way.act();
    });
    node.append(close);
    this.end(node.dataset.about);
    this.put(node);
    const timer = () => {
      // A toast with the focus stays.
      if (node.contains(document.activeElement)) setTimeout(timer, TOAST_MS);
      else this.remove(node);
    };
    setTimeout(timer, ms);
  }

  /** Puts a toast below the others, or where one has gone. The oldest makes room. */
  put(node) {
    const { notices } = this;
    const all = [...notices.children];
    const place = notices.querySelector('.gone') || (all.length === MAX_TOASTS && all.find((each) => !each.classList.contains('newest')));
    all.forEach((each) => each.classList.remove('newest'));
    node.classList.add('newest');
    if (place) {
      node.style.minHeight = place.offsetHeight + 'px';
      place.replaceWith(node);
    } else {
      notices.append(node);
    }
  }

  /** What a toast speaks of is over: `about`, or anything that begins with it and a colon; without it everything,
      but for `except`. */
  end(about, except) {
    [...this.notices.querySelectorAll('.toast')]
      .filter(({ dataset }) => (about ? dataset.about === about || dataset.about.startsWith(about + ':') : dataset.about !== except))
      .forEach((node) => this.remove(node));
  }

  /** Removes a toast. The one below stays where it is: it would go away under the finger. The focus stays in the page. */
  remove(node) {
    const focused = node.contains(document.activeElement);
    if (node.nextElementSibling) {
      const gone = make('div', 'gone');
      gone.style.height = node.offsetHeight + 'px';
      node.replaceWith(gone);
    } else {
      node.remove();
    }
    const left = this.notices.querySelector('.toast');
    if (left) left.classList.add('newest');
    else this.notices.textContent = '';
    if (focused) element('log-scroll').focus();
  }

  title(chat) {
    const place = chat.current ? chat.current.name + ' · Glassroom' : 'Glassroom';
    document.title = chat.unread ? `(${number(chat.unread)}) ${place}` : place;
  }

  me(person) {
    element('me-name').textContent = person.name;
    element('me-who').textContent = person.name;
    element('me-avatar').textContent = '';
    element('me-avatar').append(avatarOf(person));
    element('me-role').textContent = t('role.' + person.role);
  }
}
