// Downloads for the teacher: the transcript of a room, and the attendance list.

import { sentence } from './join.js';
import { element, make, save } from '../base/dom.js';
import { session } from '../base/session.js';
import { t, when } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

const KINDS = ['transcript.txt', 'transcript.csv', 'transcript.jsonl', 'attendance.csv'];
// Without a parameter the server takes the lesson that runs, or the last one. A number is that of a lesson.
const SPANS = ['lesson', 'today', 'all'];

/** Whether a span is the number of one lesson. */
const isNumber = (span) => !SPANS.includes(span);

/** What a request says of the room and the time that are wanted. The number of a lesson of all rooms is one of
    a class: each counts its own. */
function query({ room, span, group }) {
  const parts = room ? ['room=' + encodeURIComponent(room)] : [];
  if (isNumber(span) && !room && group) parts.push('class=' + encodeURIComponent(group));
  if (span === 'today') parts.push('from=' + new Date(serverNow()).setHours(0, 0, 0, 0));
  else if (span !== 'lesson') parts.push('lesson=' + span);
  return parts.length ? '?' + parts.join('&') : '';
}

/** A name such as lobby-2026-11-23-lesson-3.txt. Without the number of the lesson, the time of the day keeps
    the files of two lessons apart. `lesson` is the one that is saved, if it is known. */
function fileName(room, kind, span, lesson) {
  const two = (n) => String(n).padStart(2, '0');
  const now = new Date(serverNow());
  const day = lesson && lesson.began ? new Date(lesson.began) : now;
  const date = [day.getFullYear(), two(day.getMonth() + 1), two(day.getDate())].join('-');
  const [what, ending] = kind.split('.');
  const parts = [(room || 'all-rooms').replace(/[\\/:*?"<>|.\s]+/g, '-'), date];
  if (SPANS.indexOf(span) > 0) parts.push(span === 'all' ? 'all-lessons' : span);
  else if (lesson) parts.push('lesson-' + lesson.lesson);
  else parts.push(two(now.getHours()) + two(now.getMinutes()) + two(now.getSeconds()));
  if (what === 'attendance') parts.push(what);
  return parts.join('-') + '.' + ending;
}

/** The words for a lesson that has ended. Of an old one, the times may not be known. */
function past({ lesson, began, ended }) {
  const known = (began ? '.began' : '') + (ended ? '.ended' : '');
  return t('save.past' + known, { n: lesson, began: began ? when(began) : '', ended: ended ? when(ended) : '' });
}

export class Downloads {
  /** `toast(words, button)` shows a toast. */
  constructor({ chat, dialog, toast }) {
    Object.assign(this, { chat, dialog, toast });
  }

  async ask() {
    const options = (names, key) => names.map((value) => ({ value, words: t(key + value) }));
    const { chat } = this;
    const rooms = [...chat.rooms.keys()].map((name) => ({ value: name, words: name }));
    if (rooms.length > 1 && !chat.limited) rooms.push({ value: '', words: t('save.room.all') });
    const spans = options(SPANS, 'save.span.');
    if (!chat.classRules.runs) spans[0].words = t('save.span.last');
    const asked = this.dialog.confirm({
      title: [t('save.title')],
      body: t('save.body'),
      fields: {
        kind: { label: t('save.kind'), options: options(KINDS, 'save.kind.'), usual: KINDS[0] },
        room: { label: t('save.room'), options: rooms, usual: chat.current.name },
        span: { label: t('save.span'), options: spans, usual: SPANS[0] },
      },
      yes: t('save.yes'),
    });
    element('dialog-room').addEventListener('change', () => this.offerPast());
    this.offerPast();
    const answer = await asked;
    if (answer) this.fetch({ ...answer, group: chat.classRules.classOf(chat.current.name) });
  }

  /** Offers the lessons of the chosen room that have ended. */
  async offerPast() {
    const [room, span] = [element('dialog-room'), element('dialog-span')];
    const { value } = room;
    const lessons = await this.lessons(value);
    // Another room was chosen meanwhile, or the dialog is closed.
    if (!document.contains(span) || room.value !== value) return;
    const chosen = span.value;
    [...span.options].slice(SPANS.length).forEach((option) => option.remove());
    lessons.filter((each) => each.to_seq).forEach((each) => {
      const option = make('option', '', past(each));
      option.value = each.lesson;
      span.append(option);
    });
    span.value = chosen;
    if (span.selectedIndex < 0) span.selectedIndex = 0;
  }

  /** The lessons of a room, the newest first; for all rooms, those of the open one. None are known of a room
      where this person is not. */
  lessons(room) {
    return new Promise((resolve) => {
      const none = () => resolve([]);
      const back = { answer: ({ lessons }) => resolve(lessons), error: none, lost: none };
      if (!this.chat.request({ type: 'lessons', room: room || this.chat.current.name }, back)) none();
    });
  }

  /** The lesson that a file has, or undefined. */
  async lessonOf(room, span) {
    if (SPANS.indexOf(span) > 0) return undefined;
    const lessons = await this.lessons(room);
    if (span !== SPANS[0]) return lessons.find(({ lesson }) => String(lesson) === span) || { lesson: span };
    return this.chat.classRules.runs ? lessons.find((each) => !each.to_seq) : lessons[0];
  }

  /** Saves a file; without a room, one of all rooms. Resolves to whether it was saved. */
  async fetch(wish) {
    const { kind, room, span } = wish;
    const lesson = await this.lessonOf(room, span);
    const answer = await session.download(`/api/${kind}${query(wish)}`);
    if (!answer.ok) {
      this.toast(sentence(answer), { words: t('again'), act: () => this.fetch(wish) });
      return false;
    }
    const file = fileName(room || (isNumber(span) && wish.group), kind, span, lesson);
    save(file, answer.blob);
    this.toast(t('save.done', { file }));
    return true;
  }
}
