// The connection in words, short notices with a way back, and the title of the tab.

import { element, make } from '../base/dom.js';
import { known, number, t } from '../base/i18n.js';
import { heard, removed } from '../chat/removal.js';

const NOTICE_MS = 8000;
// More at a time would cover what they are about.
const NOTICES = 3;

/** Why a connection ended, as a sentence with what to do next. `removal` is the `moderated` that
    came before the end. */
export function ending(state, removal) {
  if (state.code === 1008 && state.slug !== 'token_missing' && known('error.' + state.slug)) return t('error.' + state.slug);
  if (state.code === 4500) {
    if (state.slug === 'forgotten') return t('close.4500.forgotten');
    const { by, reason, until } = removal || {};
    const close = heard(state.words, state.since);
    return removed({ by: by && by.name, reason: reason || close.reason, until: until || close.until });
  }
  return known('close.' + state.code) ? t('close.' + state.code) : t('close.1006');
}

export class Status {
  /** `again()` connects at a person's wish. */
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
      const n = Math.max(0, Math.ceil((state.until - Date.now()) / 1000));
      const facts = { n, why: ending(state) };
      words = state.code === 1006 ? t('status.waiting', facts) : t('status.waiting.why', facts);
    }
    if (line.textContent !== words) line.textContent = words;
    const now = element('status-now');
    // Who has flooded waits.
    now.hidden = state.code === 4429 || (state.name !== 'waiting' && state.name !== 'ended');
    now.textContent = t(state.name === 'ended' ? 'status.here' : 'status.now');
    // Said once for every change, not once for every second.
    const change = state.name === 'waiting' ? ending(state) : words;
    if (change !== this.said) element('status-said').textContent = change;
    this.said = change;
  }

  /** A notice that goes away by itself, with a button, `{words, act}`, to do something about it. */
  notice(content, way) {
    const toast = make('div', 'toast');
    const words = make('p');
    words.append(content);
    toast.append(words);
    const close = make('button', 'link', way ? way.words : t('close'));
    close.type = 'button';
    close.addEventListener('click', () => {
      toast.remove();
      if (way) way.act();
    });
    toast.append(close);
    const others = element('notices').children;
    if (others.length === NOTICES) others[0].remove();
    element('notices').append(toast);
    const timer = () => {
      // Not while somebody is about to press it.
      if (toast.contains(document.activeElement)) setTimeout(timer, NOTICE_MS);
      else toast.remove();
    };
    setTimeout(timer, NOTICE_MS);
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
