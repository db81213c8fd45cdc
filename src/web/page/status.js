// The state of the connection in words, toasts, and the title of the tab.

import { element, make } from '../base/dom.js';
import { known, number, t } from '../base/i18n.js';
import { banned, heard, removed } from '../chat/removal.js';

const TOAST_MS = 8000;
// More at a time would cover the page.
const MAX_TOASTS = 3;

/** Why a connection ended and what to do next, as a sentence. `removal` is the message `moderated` that
    came before the end, if any. */
export function ending(state, removal) {
  if (state.code === 1008 && state.slug !== 'token_missing' && known('error.' + state.slug)) return t('error.' + state.slug);
  if (state.code === 4500) {
    if (state.slug === 'forgotten') return t('close.4500.forgotten');
    const { by, reason, until } = removal || {};
    const close = heard(state.words, state.since);
    return removed({ by: by && by.name, reason: reason || close.reason, until: until || close.until });
  }
  if (state.code === 4501) {
    const { by, reason, until } = removal || {};
    const close = heard(state.words, state.since);
    return banned({ by: by && by.name, reason: reason || close.reason, until: until || close.until });
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
      words = state.code === 1006 ? t('status.waiting', facts) : t('status.waiting.why', facts);
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

  /** Shows a toast, which goes away by itself after `ms`. `way` is a button `{words, act}` instead of "close". */
  toast(content, way, ms = TOAST_MS) {
    const node = make('div', 'toast');
    const words = make('p');
    words.append(content);
    node.append(words);
    const close = make('button', 'link', way ? way.words : t('close'));
    close.type = 'button';
    close.addEventListener('click', () => {
      node.remove();
      if (way) way.act();
    });
    node.append(close);
    const others = element('notices').children;
    if (others.length === MAX_TOASTS) others[0].remove();
    element('notices').append(node);
    const timer = () => {
      // A toast with the focus stays.
      if (node.contains(document.activeElement)) setTimeout(timer, TOAST_MS);
      else node.remove();
    };
    setTimeout(timer, ms);
  }

  title(chat) {
    const place = chat.current ? chat.current.name + ' · Glassroom' : 'Glassroom';
    document.title = chat.unread ? `(${number(chat.unread)}) ${place}` : place;
  }

  me(person) {
    element('me-name').textContent = person.name;
    element('me-role').textContent = t('role.' + person.role);
  }
}
