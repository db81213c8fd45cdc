// Tells somebody whose name another one has already, or had a moment ago, that theirs has a number now.

import { t } from '../base/i18n.js';
import { recall } from '../base/session.js';

// It is said once, so it stays long enough to be read in peace.
const READ_MS = 30000;

export class Namesake {
  constructor({ chat, status }) {
    Object.assign(this, { chat, status, told: null });
  }

  render() {
    const { me, current: room } = this.chat;
    const asked = recall('name');
    if (!me || !asked || !room || !room.joined || this.told === me.name) return;
    this.told = me.name;
    // A long name is cut before its number.
    const [, stem] = /^(.*) \d+$/.exec(me.name) || [];
    if (me.name === asked || !stem || !asked.startsWith(stem)) return;
    // The server keeps a name for a while for whoever has left, and for the owners of personal links.
    const here = [...room.members.values()].some(({ name }) => name === asked);
    this.status.toast(t(here ? 'name.numbered' : 'name.kept', { asked, name: me.name }), null, { about: 'name', ms: READ_MS });
  }
}
