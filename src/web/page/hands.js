// Raised hands on the desk.

import { empty } from './cards.js';
import { reconcile } from '../base/dom.js';
import { t } from '../base/i18n.js';

export class HandsView {
  constructor({ chat, desk }) {
    Object.assign(this, { chat, desk });
    this.panel = desk.add({
      name: 'hands',
      label: 'hands.title',
      shown: () => false,
      count: () => 0,
      render: () => this.render(),
    });
  }

  render() {
    reconcile(this.panel, [empty(t('hands.none'))]);
  }
}
