// What a class has beside its messages: the column with the people and the tabs of the desk, the cards above the
// composer, the first minutes of a teacher, shortcuts, and what helps to write. It comes as soon as somebody can
// read and write, and never holds them up.

import { ApprovalsView } from './approvals.js';
import { AttentionView } from './attention.js';
import { ClassView } from './class.js';
import { CodeBox } from './code-box.js';
import { Completion } from './complete.js';
import { Desk } from './desk.js';
import { FirstRun } from './first-run.js';
import { HandsView } from './hands.js';
import { shortcuts } from './keys.js';
import { LatePrivate } from './late-private.js';
import { Paste } from './paste.js';
import { People } from './people.js';
import { PollsView } from './polls.js';
import { NewRoom } from './room-new.js';
import { Namesake } from './namesake.js';
import { element } from '../base/dom.js';
import { t } from '../base/i18n.js';

export class Rest {
  /** `parts` are the parts of the page that are there from the start. */
  constructor(parts) {
    const { chat, dialog, status, display, wall, whisper, menu, protocolView } = parts;
    const area = element('composer-text');
    new Completion({ area, names: () => chat.namesHere(), me: () => chat.me });
    new Paste({ area, most: () => Math.max(chat.limits.code || 0, chat.limits.text) });
    shortcuts(parts);
    this.chat = chat;
    this.people = new People({ chat, dialog, openHands: () => this.desk.open('hands') });
    this.desk = new Desk({ chat, drawer: () => display.toggleDrawer('people') });
    this.codeBox = new CodeBox({ chat, dialog, status, wall });
    this.firstRun = new FirstRun({ chat, codeBox: this.codeBox, wall });
    this.addTabs({ ...parts, people: this.people, desk: this.desk });
    this.newRoom = new NewRoom({ chat, dialog });
    this.attention = new AttentionView({ chat, whisper });
    this.namesake = new Namesake({ chat, status });
    // Where the view is allowed, each message leads to its bits, or to why they are not there.
    menu.extend((entry) => (protocolView.offered && entry.kind === 'message' && !entry.deleted && entry.seq
      ? [{ action: 'bits', words: t('glass.brief'), act: () => protocolView.look(entry) }] : []));
  }

  /** The tabs of the desk, in this order. */
  addTabs(views) {
    const { people, desk } = this;
    desk.add({
      name: 'people', label: 'people.title', picture: 'users', panel: element('desk-people'),
      shown: () => true, count: () => 0, render: () => people.render(), always: () => people.follow(),
    });
    new HandsView(views);
    new PollsView(views);
    new LatePrivate(views);
    new ApprovalsView(views);
    new ClassView(views);
  }

  /** After a change in the open room. */
  changed() {
    this.people.render();
    this.desk.changed();
  }

  /** After a change of the rooms or the person. */
  render() {
    this.attention.render();
    this.newRoom.render();
    this.codeBox.render();
    this.firstRun.render();
    this.namesake.render();
  }

  /** Draws everything, as after a change of the language. */
  redraw() {
    this.attention.render();
    if (!this.chat.me) return;
    this.render();
    this.people.render();
    this.desk.render();
  }
}
