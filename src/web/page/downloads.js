// Downloads for the teacher: the transcript of a room, and the attendance list.

import { sentence } from './join.js';
import { element, save } from '../base/dom.js';
import { recall, session } from '../base/session.js';
import { t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

const KINDS = ['transcript.txt', 'transcript.csv', 'transcript.jsonl', 'attendance.csv'];
const SPANS = ['today', 'lesson', 'all'];

/** The start of a time span in milliseconds since 1970; null is the beginning. */
function beginning(span) {
  if (span === 'today') return new Date(serverNow()).setHours(0, 0, 0, 0);
  return span === 'lesson' ? Number(recall('came')) || null : null;
}

/** A name such as lobby-2026-11-23.txt. */
function fileName(room, kind) {
  const now = new Date(serverNow());
  const two = (n) => String(n).padStart(2, '0');
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
  const [what, ending] = kind.split('.');
  const parts = [(room || 'all').replace(/[\\/:*?"<>|.\s]+/g, '-'), date];
  if (what === 'attendance') parts.push(what);
  return parts.join('-') + '.' + ending;
}

export class Downloads {
  /** `toast(words, button)` shows a toast. */
  constructor({ chat, dialog, toast }) {
    Object.assign(this, { chat, dialog, toast });
    element('tool-save').addEventListener('click', () => this.ask());
  }

  async ask() {
    const options = (names, key) => names.map((value) => ({ value, words: t(key + value) }));
    const answer = await this.dialog.confirm({
      title: [t('save.title')],
      body: t('save.body'),
      fields: {
        kind: { label: t('save.kind'), options: options(KINDS, 'save.kind.'), usual: KINDS[0] },
        room: {
          label: t('save.room'),
          options: [...this.chat.rooms.keys()].map((name) => ({ value: name, words: name })),
          usual: this.chat.current.name,
        },
        span: { label: t('save.span'), options: options(SPANS, 'save.span.'), usual: 'today' },
      },
      yes: t('save.yes'),
    });
    if (answer) this.fetch(answer);
  }

  /** Saves a file; without a room, one of all rooms. Resolves to whether it was saved. */
  async fetch(wish) {
    const { kind, room, span } = wish;
    const from = beginning(span);
    const query = (room ? 'room=' + encodeURIComponent(room) : '') + (from ? '&from=' + from : '');
    const answer = await session.download(`/api/${kind}?${query}`);
    if (!answer.ok) {
      this.toast(sentence(answer), { words: t('again'), act: () => this.fetch(wish) });
      return false;
    }
    const file = fileName(room, kind);
    save(file, answer.blob);
    this.toast(t('save.done', { file }));
    return true;
  }
}
