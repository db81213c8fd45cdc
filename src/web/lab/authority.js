// Who decided an outcome: the level of the rule, its sentence, and what this server chose within it.

import { box, make } from '../base/dom.js';
import { quote } from './parts.js';
import { section } from './rfc.js';
import { known, t } from '../base/i18n.js';

/** Who: an RFC with its keyword, or this server. */
const who = (level) => t('level.' + level, { keyword: level.toUpperCase() });

/** In a few words: the level and the section. */
export const brief = ({ level, source }) => box('span', 'found', t('authority.title'),
  make('strong', '', who(level)), ' ', section(source));

/** The whole authority: what binds, in the words of the RFC, and what this server chose. */
export function authority(found) {
  const { ruling, level, source, sentence } = found;
  const sentences = box('blockquote', '', quote(sentence), ' ', section(source));
  sentences.lang = 'en';
  return box('div', `authority authority-${level}`,
    box('p', '', t('authority.title'), make('strong', 'level', who(level))),
    make('p', '', t('authority.' + level)),
    sentences,
    known('ruling.' + ruling) ? make('p', 'small', t('ruling.' + ruling)) : null);
}
