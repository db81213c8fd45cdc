// Whom a message mentions: `@` and a name, outside code and links. The longest name wins, so that "@Ada Lovelace" is
// not Ada. `@everyone` means something only from those who lead. Pure, no DOM.

import { parse } from './markup.js';

// Without "here": a word that pupils also type for fun.
const EVERYONE = ['everyone', '所有人', '全体成员'];

// A name that ends with such a character ends where a word ends; names in Han may be followed by anything.
const WORD = /^[\p{L}\p{N}\p{M}_]$/u;
const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]$/u;
const joins = (character) => WORD.test(character) && !UNSPACED.test(character);

const first = (text, at) => (at < text.length ? String.fromCodePoint(text.codePointAt(at)) : '');
const last = (text) => [...text.slice(-2)].pop() || '';
const fold = (text) => text.toLowerCase();

/** Names for `find`, prepared: by their first character, the longest first. */
export function directory(names) {
  const known = new Map();
  [...new Set([...names].map(fold))].filter(Boolean).forEach((name) => {
    const key = first(name, 0);
    known.set(key, (known.get(key) || []).concat(name));
  });
  known.forEach((all) => all.sort((a, b) => b.length - a.length));
  return known;
}

/** The mentions in a text without markup: [{at, end, name}], where `name` is folded to small letters. */
export function find(text, known) {
  const found = [];
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    // "ada@example.org" is an address.
    if (at > 0 && joins(last(text.slice(0, at).slice(-2)))) continue;
    const start = at + 1;
    const name = (known.get(fold(first(text, start))) || []).find((each) => {
      const end = start + each.length;
      return fold(text.slice(start, end)) === each && !(joins(last(each)) && joins(first(text, end)));
    });
    if (name) {
      found.push({ at, end: start + name.length, name });
      at += name.length;
    }
  }
  return found;
}

/** The pieces of a text that can have mentions. */
function* plain(parts) {
  for (const part of parts) {
    if (part.type === 'text' && part.text !== undefined) yield part.text;
    else if (part.spans) yield* plain(part.spans);
    else if (part.blocks) yield* plain(part.blocks);
    else if (part.items) for (const item of part.items) yield* plain(item.spans);
  }
}

/** Whether a person may mention everybody. */
export const leads = ({ role }) => role === 'host' || role === 'moderator';

export const isEveryone = (name) => EVERYONE.includes(name);

/** The names that can be mentioned, with those for everybody if somebody who leads writes. */
export const withEveryone = (names, led) => (led ? [...names, ...EVERYONE] : names);

/** Whether a text mentions a person by the name `me`, where people have the names `names` (so that a longer name is
    not taken for it). `led`: who wrote it leads the class. */
export function mentions(text, me, names, led = false) {
  if (!me || !text.includes('@')) return false;
  const known = directory(withEveryone([me, ...names], led));
  for (const part of plain(parse(text))) {
    if (find(part, known).some(({ name }) => name === fold(me) || isEveryone(name))) return true;
  }
  return false;
}

/** The `@` that is being typed at the end of `text`, and the names that could follow: {at, names}, or null. Those that
    begin with what was typed come first, then those of which a later word does. */
export function completions(text, names, most) {
  const at = text.lastIndexOf('@');
  if (at < 0 || (at > 0 && joins(last(text.slice(0, at).slice(-2))))) return null;
  const typed = fold(text.slice(at + 1));
  // A space right after "@", or a line end, is no name.
  if (/^\s|\n/.test(typed) || typed.length > 200) return null;
  const all = [...new Set(names)];
  const begins = all.filter((name) => fold(name).startsWith(typed));
  const later = all.filter((name) => !begins.includes(name) && fold(name).split(/[\s·]+/).some((word) => word.startsWith(typed)));
  const found = begins.concat(later).slice(0, most);
  // A name that stands there already needs no list.
  const done = found.length === 1 && fold(found[0]) === typed;
  return found.length && !done ? { at, names: found } : null;
}
