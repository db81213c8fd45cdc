// What the head of a handshake has where a rule looks. It is a value of the head, or a remark of the server,
// which is English. The page says the remark in the language of its reader.

import { t } from './i18n.js';

/** The remarks of the server, each with its entry in the catalogues and the names of its parts. */
const REMARKS = [
  [/^missing$/, 'head.missing'],
  [/^missing: a program, or a browser that breaks the rule$/, 'head.origin.none'],
  [/^(.+): a page of this server$/, 'head.origin.own', 'origin'],
  [/^(.+): a page of another site: a server that checks \(§10\.2\) lets it in or answers 403$/, 'head.origin.other', 'origin'],
  [/^once$/, 'head.once'],
  [/^(\d+) times$/, 'head.times', 'count'],
  [/^(\d+) times: (.+)$/, 'head.times.values', 'count', 'values'],
  [/^the empty line at its end is missing$/, 'head.end'],
  [/^(\d+) lines that are not header fields$/, 'head.malformed', 'count'],
  [/^(\d+) bytes, of which (\d+) are read$/, 'head.large', 'all', 'read'],
  [/^none offered$/, 'head.protocols.none'],
  [/^none asked for$/, 'head.extensions.none'],
  [/^none in use: the server declines all that were offered$/, 'head.extensions.declined'],
  [/^none chosen$/, 'head.protocol.none'],
];

/** The words for what was found, in the language of the reader. A value stays as it is. */
export function foundWords(found) {
  for (const [remark, key, ...names] of REMARKS) {
    const parts = remark.exec(found);
    if (parts) {
      const facts = {};
      names.forEach((name, n) => { facts[name] = parts[n + 1]; });
      return t(key, facts);
    }
  }
  return found;
}
