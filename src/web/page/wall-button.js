// The button that opens the wall, for those who lead.

import { element } from '../base/dom.js';
import { t } from '../base/i18n.js';

export class WallButton {
  /** `toast(words)` says why no window opened. */
  constructor({ chat, toast }) {
    Object.assign(this, { chat, toast });
    element('open-wall').addEventListener('click', () => this.open());
  }

  get offered() { return this.chat.canModerate; }

  render() {
    element('open-wall').hidden = !this.offered;
  }

  /** Shows the open room on the wall, in the window that is open already if there is one. */
  open() {
    const address = '/wall#room=' + encodeURIComponent(this.chat.current.name);
    const wall = window.open(address, 'glassroom-wall', 'popup,width=1280,height=720');
    if (wall) wall.focus();
    else this.toast(t('wall.only'));
  }
}
