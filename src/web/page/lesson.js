// The end of a lesson: what it does is said before, with a way to save the records first; a countdown for
// everybody, which those who may stop; a line in the empty room; and the start of the next lesson.

import { actions } from './cards.js';
import { rowOf } from './message.js';
import { element, make, reconcile } from '../base/dom.js';
import { clock, phrase, t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

const TICK_MS = 200;
// The end is stored on a disk first. A banner that stays longer would be wrong.
const STORING_MS = 10000;

export class LessonView {
  constructor({ chat, desk, dialog, display, downloads }) {
    Object.assign(this, { chat, dialog, display, downloads });
    this.banner = element('ending');
    this.card = desk.card('lesson');
    this.shown = null;
    // Whether this page has just asked for the end.
    this.mine = false;
    element('ending-stop').addEventListener('click', () => chat.classRules.keepLesson());
    rowOf('lesson', (item, entry) => {
      const line = make('p');
      line.append(phrase('lesson.line', { time: clock(entry.at) }));
      item.append(line);
    });
    // The countdown goes on while the connection is broken, and ends with the page of the chat.
    setInterval(() => { if (this.shown) this.count(); }, TICK_MS);
  }

  always() {
    const { ending, runs, leadsAll } = this.chat.classRules;
    if (ending !== this.shown) this.begin(ending);
    this.card.hidden = runs || !leadsAll;
    const rows = [];
    if (!this.card.hidden) {
      const start = () => this.chat.classRules.startLesson();
      const row = actions([{ words: t('lesson.start'), primary: true, act: start }]);
      row.firstChild.id = 'tool-start';
      rows.push(make('p', '', t('lesson.none')), row);
    }
    // A button that is there already stays: a click on it would be lost.
    reconcile(this.card, rows);
  }

  begin(ending) {
    const { chat } = this;
    this.shown = ending;
    this.banner.hidden = !ending;
    element('ending-said').textContent = ending ? t('ending.said', { by: ending.by.name, n: this.seconds() }) : '';
    if (!ending) return;
    const stop = element('ending-stop');
    stop.hidden = !chat.isHost || chat.limited;
    this.count();
    if (stop.hidden || !this.mine) return;
    // Whoever ended the lesson can stop that with the next key.
    this.mine = false;
    this.display.toggleDrawer(null);
    stop.focus();
  }

  seconds() {
    return Math.max(0, Math.ceil((this.shown.until - serverNow()) / 1000));
  }

  count() {
    const { until, by } = this.shown;
    const n = this.seconds();
    const facts = { by: by.name, n };
    const words = element('ending-words');
    const key = (n ? 'ending.words' : 'ending.now') + (this.chat.canModerate ? '.lead' : '');
    if (words.dataset.n !== key + n) words.textContent = t(key, facts);
    words.dataset.n = key + n;
    if (serverNow() > until + STORING_MS) this.banner.hidden = true;
  }

  /** Says what the end does, offers the records, and begins the countdown. */
  async end() {
    const { chat, dialog } = this;
    const box = dialog.box([t('end.title')]);
    const facts = make('ul', 'points');
    ['guests', 'code', 'empty', 'stop'].forEach((what) => facts.append(make('li', '', t('end.' + what))));
    const rooms = [...chat.rooms.keys()];
    const save = make('div', 'stack');
    save.append(
      this.saves('transcript.txt', rooms, 'end.transcript'),
      this.saves('attendance.csv', [''], 'end.attendance'),
    );
    const row = make('div', 'choices');
    const yes = dialog.button(t('end.yes'), 'danger', () => dialog.close('end'));
    yes.id = 'dialog-ok';
    const no = dialog.button(t('cancel'), 'quiet', () => dialog.close(null));
    no.id = 'dialog-cancel';
    row.append(yes, no);
    box.append(facts, save, row);
    if (!await dialog.show(box)) return;
    this.mine = true;
    chat.moderation.moderate('end_lesson', {});
  }

  /** A button that saves a file for each of the rooms, and then says so. */
  saves(kind, rooms, key) {
    const node = this.dialog.button(t(key), '', async () => {
      node.disabled = true;
      let saved = true;
      for (const room of rooms) {
        // One after the other: the server gives a person few places at once.
        saved = await this.downloads.save({ kind, room, span: 'lesson' }) && saved;
      }
      node.disabled = false;
      node.textContent = saved ? t(key + '.done') : t(key);
      node.focus();
    });
    node.dataset.action = kind.split('.')[0];
    return node;
  }
}
