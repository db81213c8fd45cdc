// Links to the RFCs, and words for codes, sides and rules.

import { make } from '../base/dom.js';
import { known, t } from '../base/i18n.js';

/** A link to a section of RFC 6455, or of another if the text names one ("RFC 9112 §5.1"). */
export function section(text) {
  const other = /RFC (\d+)/.exec(text);
  const number = /(\d+(?:\.\d+)*)$/.exec(text);
  const rfc = other ? other[1] : '6455';
  const link = make('a', 'section', other ? text : '§' + text);
  link.href = `https://www.rfc-editor.org/rfc/rfc${rfc}` + (number ? `#section-${number[1]}` : '');
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  link.title = `RFC ${rfc}`;
  return link;
}

/** The meaning of a close code. */
export function code(number) {
  if (known('code.' + number)) return t('code.' + number);
  if (number >= 3000 && number < 4000) return t('code.library');
  return t(number >= 4000 && number < 5000 ? 'code.private' : 'code.undefined');
}

/** Client or server, as the subject of a sentence. */
export const side = (by) => t('side.' + by);

/** A rule in plain words, if the catalogue has it. */
export const plain = (rule) => (rule && known('rule.' + rule) ? t('rule.' + rule) : '');
