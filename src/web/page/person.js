// Renders a person: the name and the role.

import { make } from '../base/dom.js';
import { t } from '../base/i18n.js';

const COLOURS = 10;

/** A name, isolated from the text around it. The same name always has the same colour. */
export function nameOf(person) {
  // FNV-1a gives similar names, such as "Ana" and "Anna", different colours.
  let hash = 2166136261;
  for (const letter of person.name) hash = Math.imul(hash ^ letter.codePointAt(0), 16777619);
  return make('bdi', 'name hue-' + ((hash >>> 8) % COLOURS), person.name);
}

/** The role in words, or null for students, because most people are students. */
export function badgeOf(person) {
  return !person.role || person.role === 'member' ? null : make('span', 'badge', t('role.' + person.role));
}
