// How a person is shown: the name and the role.

import { make } from '../base/dom.js';
import { t } from '../base/i18n.js';

const COLOURS = 10;

/** A name, isolated, in the colour that always belongs to it. */
export function nameOf(person) {
  // FNV-1a: neighbouring names, "Ana" and "Anna", should not look alike.
  let hash = 2166136261;
  for (const letter of person.name) hash = Math.imul(hash ^ letter.codePointAt(0), 16777619);
  return make('bdi', 'name hue-' + ((hash >>> 8) % COLOURS), person.name);
}

/** The role in words; students, being most, carry none. */
export function badgeOf(person) {
  return !person.role || person.role === 'member' ? null : make('span', 'badge', t('role.' + person.role));
}
