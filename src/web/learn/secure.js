// Chapter 18, live: what the address of this page gives it and withholds. Nothing is sent.

import { box, make } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { table } from '../lab/parts.js';

/** What only a secure context has: the word for it, and whether this page has it. */
const OFFERS = [
  ['clipboard', () => Boolean(navigator.clipboard)],
  ['uuid', () => typeof crypto.randomUUID === 'function'],
  ['subtle', () => Boolean(crypto.subtle)],
  ['worker', () => 'serviceWorker' in navigator],
  ['camera', () => Boolean(navigator.mediaDevices)],
];

export const secure = {
  async run(show) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const rows = [['what-column', 'here'].map((head) => t('live.secure.' + head))];
    const row = (name, value) => rows.push([t('live.secure.' + name), value]);
    row('address', make('code', '', location.protocol + '//' + location.host));
    row('scheme', make('code', '', scheme + '://'));
    row('context', make('code', '', String(window.isSecureContext)));
    OFFERS.forEach(([name, has]) => row(name, t(has() ? 'live.secure.yes' : 'live.secure.no')));
    const node = box('div', 'measured', table(t('live.secure.caption'), rows));
    node.dataset.done = 'true';
    show(node);
    return null;
  },
};
