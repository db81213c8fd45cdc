// Private messages and reports on the desk.

import { empty } from './cards.js';
import { reconcile } from '../base/dom.js';
import { t } from '../base/i18n.js';

export class PrivateView {
  constructor({ chat, desk }) {
    Object.assign(this, { chat, desk });
    this.panel = desk.add({
      name: 'private',
      label: 'private.title',
      shown: () => false,
      count: () => 0,
      render: () => this.render(),
    });
  }

  render() {
    reconcile(this.panel, [empty(t('private.none'))]);
  }
}
