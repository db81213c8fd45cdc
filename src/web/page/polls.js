// Polls on the desk.

import { empty } from './cards.js';
import { reconcile } from '../base/dom.js';
import { t } from '../base/i18n.js';

export class PollsView {
  constructor({ chat, desk }) {
    Object.assign(this, { chat, desk });
    this.panel = desk.add({
      name: 'polls',
      label: 'polls.title',
      shown: () => false,
      count: () => 0,
      render: () => this.render(),
    });
  }

  render() {
    reconcile(this.panel, [empty(t('polls.none'))]);
  }
}
