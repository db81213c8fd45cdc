// Private messages, of which only the tab is there at once.

import { Late } from './late.js';
import { Reports } from './reports.js';
import { button, element, icon } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { HOSTS } from '../chat/private.js';

/** Private messages: the tab is there at once, and what is in it when somebody opens it or writes to us. */
export class LatePrivate extends Late {
  constructor(views) {
    const { chat, desk, people } = views;
    // The menu of a person opens the conversation here.
    const start = (person) => this.use((view) => view.start(person));
    const reports = new Reports(views, start);
    const model = chat.private;
    // Where the desk is a drawer, the way to it is long for somebody who needs help.
    const help = button('', undefined, () => start({ id: HOSTS, name: HOSTS, role: 'host' }));
    help.id = 'private-help';
    help.append(icon('inbox'));
    element('composer-tools').append(help);
    const panel = desk.add({
      name: 'private',
      label: 'private.title',
      picture: 'inbox',
      shown: () => model.allowed,
      count: () => model.unread + model.reports.size,
      render: () => this.use((view) => view.render()),
      always: () => {
        help.hidden = !model.asks;
        help.title = t('private.ask');
        help.setAttribute('aria-label', help.title);
        if (this.part) this.part.always();
      },
    });
    super(async () => new (await import('./private.js')).PrivateView(views, panel, reports), views.partMissing);
    people.whisper = start;
    model.came = (thread) => this.use((view) => view.came(thread));
  }
}
