// Who decides what the other end does about a broken rule: an RFC, or the receiver.

import { rfc } from './parts.js';
import { box, make } from '../base/dom.js';
import { t } from '../base/i18n.js';

/** In one sentence. The source is such as "RFC 6455 §5.1". */
export function answer({ level, source }) {
  const [, document, section] = /^RFC (\d+) §(.+)$/.exec(source) || [];
  return box('span', 'small answered-by', t('glass.answer'), ' ', make('strong', '', t('glass.answer.' + level, { keyword: level.toUpperCase() })),
    document ? ' ' : null, document === '6455' ? null : `RFC ${document} `, document ? rfc(section, document) : null);
}
