// What the standard says about a run: the sentence that decided, the one that binds the server, and what this server
// chose within it.

import { box, make } from '../base/dom.js';
import { quote, table } from './parts.js';
import { plain, section } from './rfc.js';
import { known, t } from '../base/i18n.js';

// The words of a sentence that say how much it binds (RFC 2119), the strongest first.
const KEYWORDS = [['must', /\b(MUST|SHALL|REQUIRED)\b/], ['should', /\b(SHOULD|RECOMMENDED)\b/], ['may', /\b(MAY|OPTIONAL)\b/]];

/** How much a sentence of an RFC binds; `says` if none of the words is in it. */
const levelOf = (sentence) => (KEYWORDS.find(([, words]) => words.test(sentence)) || ['says'])[0];

/** A keyword of RFC 2119 is the same in every language. */
const tag = (level) => make('span', 'rule-tag rule-' + level, known('standard.' + level) ? t('standard.' + level) : level.toUpperCase());

function cited(sentence, at, ...more) {
  return box('div', '', box('p', '', quote(sentence), ' ', section(at)), ...more.filter(Boolean).map((each) => make('p', 'small', each)));
}

/** Whether the server did what was expected, in the words of a level. */
function kept({ expected, as_expected: good }, level) {
  if (!expected) return '';
  return make('span', good ? 'passed' : 'failed', t(good ? 'expected.yes.' + level : 'expected.no'));
}

/** Whether the answer is demanded, unless the last column says so. */
const binding = ({ expected }, level) => (expected && level !== 'choice' ? null : t('authority.' + level));

/** The rows of the table: [tag, sentence, this server]. */
function rows(result) {
  const { decided: rule } = result;
  const found = rule ? rule.authority : result.authority;
  const same = rule && found && rule.sentence === found.sentence;
  const code = rule && rule.close_code ? t('fault.code', { code: String(rule.close_code) }) : null;
  const list = [];
  if (rule) {
    const did = same ? kept(result, found.level) : make('span', '', t('standard.by.' + rule.by));
    list.push([tag(levelOf(rule.sentence)), cited(rule.sentence, rule.section, plain(rule.rule), code, same ? binding(result, found.level) : null), did]);
  }
  if (found && !same) {
    const level = found.level === 'choice' ? levelOf(found.sentence) : found.level;
    list.push([tag(level), cited(found.sentence, found.source, binding(result, found.level)), kept(result, found.level)]);
  }
  if (found && known('ruling.' + found.ruling)) list.push([tag('choice'), t('ruling.' + found.ruling), make('span', 'small', t('standard.free'))]);
  return list;
}

/** The table, below a sentence that says who decided. */
export function standard(result) {
  const { decided: rule } = result;
  const words = t(rule ? 'decided.' + rule.by : 'decided.nothing');
  const list = rows(result);
  if (!list.length) return box('div', 'decided', make('p', '', words));
  const node = table(t('standard.title'), [['rule', 'sentence', 'server'].map((key) => t('standard.head.' + key)), ...list]);
  node.caption.className = 'hidden';
  return box('div', 'decided', make('p', 'decided-by', words), node);
}
