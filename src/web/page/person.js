// Renders a person: the name and the role.

import { make } from '../base/dom.js';
import { t } from '../base/i18n.js';

/** A name, isolated from the text around it. */
export const nameOf = (person) => make('bdi', 'name', person.name);

/** The role in words, or null for students, because most people are students. */
export function badgeOf(person) {
  return !person.role || person.role === 'member' ? null : make('span', 'role', t('role.' + person.role));
}
