// The class code at the top of the desk, for those who lead: read out, copied as a link, shown as a picture, or
// put on the wall.

import { addressOf, linkOf, pictureOf, typed } from './join-info.js';
import { box, copyText, element, make } from '../base/dom.js';
import { t } from '../base/i18n.js';

export class CodeBox {
  constructor({ chat, dialog, status, wall }) {
    Object.assign(this, { chat, dialog, status });
    element('code-copy').addEventListener('click', () => this.copy());
    element('code-picture').addEventListener('click', () => this.showPicture());
    element('code-wall').addEventListener('click', () => wall.open());
  }

  get info() { return this.chat.joinInfo || {}; }

  /** The server tells the address and the class code only to moderators and hosts. */
  render() {
    const { info } = this;
    const address = addressOf(info);
    element('tools-code').hidden = !info.class_code;
    element('tools-code-way').textContent = [t('wall.code')].concat(address ? typed(address) : []).join(' · ');
    element('tools-code-itself').textContent = info.class_code || '';
    element('code-picture').hidden = !address;
    ['copy', 'picture', 'wall'].forEach((what) => {
      const node = element('code-' + what);
      node.title = t('code.' + what);
      node.setAttribute('aria-label', node.title);
    });
  }

  /** Copies the link with the code, and says what was copied. */
  copy() {
    const link = linkOf(this.info);
    const done = copyText(link);
    this.status.toast(t(done ? 'code.copied' : 'code.copied.not', { link }), null, { about: 'copy' });
  }

  async showPicture() {
    const { info, dialog } = this;
    const source = await pictureOf(info);
    const address = typed(addressOf(info) || '');
    const node = dialog.box([t('code.picture.title')]);
    node.classList.add('code-box');
    if (source) {
      const picture = make('img', 'code-picture');
      picture.src = source;
      picture.alt = t('wall.picture', { address });
      node.append(picture);
    }
    node.append(
      box('p', 'small', t('wall.at')), make('bdi', 'address', address),
      box('p', 'small', t('wall.code')), make('bdi', 'code', info.class_code),
      dialog.button(t('close'), '', () => dialog.close(null)),
    );
    dialog.show(node);
  }
}
