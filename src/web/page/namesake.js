// Tells somebody whose name another one has already that theirs has a number now.

import { t } from '../base/i18n.js';
import { recall } from '../base/session.js';

// It is said once, so it stays long enough to be read in peace.
const READ_MS = 30000;

export class Namesake {
  constructor({ chat, status }) {
    Object.assign(this, { chat, status, told: null });
  }

  render() {
    const asked = recall('name');
    const { name } = this.chat.me || {};
    // A number and nothing else: whoever leads may have a name of their own.
    if (!asked || !name || !name.startsWith(asked + ' ') || this.told === name) return;
    this.told = name;
    this.status.toast(t('name.numbered', { asked, name }), null, { about: 'name', ms: READ_MS });
  }
}
