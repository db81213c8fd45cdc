// Code as tokens for highlighting: comments, strings, numbers and keywords of the usual languages. Pure, in linear
// time, and never wrong about the text: all tokens joined are the code. No DOM.

const C_LIKE = 'auto bool boolean break byte case catch char class const continue default delete do double else enum export extends extern false final finally float for foreach fn func function if implements import in instanceof int interface let long match mod mut namespace new null nullptr operator override package private protected public pub return self short signed sizeof static string struct super switch template this throw throws true try type typedef typeof unsigned use using var virtual void volatile while yield async await impl trait';
const PYTHON = 'and as assert async await break class continue def del elif else except False finally for from global if import in is lambda None nonlocal not or pass raise return True try while with yield';
const SHELL = 'if then else elif fi for while until do done case esac function in return exit export local echo read set';
const SQL = 'select from where insert into values update delete set create table drop alter add primary key foreign references join left right inner outer on as and or not null is in like between order by group having limit distinct count union all view index begin commit rollback';
const PASCAL = 'and array begin boolean case char const div do downto else end false for function if integer mod not of or procedure program real record repeat string then to true type until uses var while writeln readln write read';

// `line` and `block` are how comments begin; `any` says that case does not matter.
const FAMILIES = {
  c: { words: C_LIKE, line: ['//'], block: ['/*', '*/'] },
  python: { words: PYTHON, line: ['#'], long: true },
  shell: { words: SHELL, line: ['#'] },
  sql: { words: SQL, line: ['--'], block: ['/*', '*/'], any: true },
  pascal: { words: PASCAL, line: ['//'], block: ['{', '}'], any: true },
  html: { words: '', line: [], block: ['<!--', '-->'] },
  plain: { words: '', line: [] },
};

const LANGUAGES = {
  py: 'python', python3: 'python', ruby: 'python', rb: 'python', sh: 'shell', bash: 'shell', zsh: 'shell', toml: 'shell', yaml: 'shell', yml: 'shell',
  xml: 'html', svg: 'html', delphi: 'pascal', text: 'plain', txt: 'plain', output: 'plain', mysql: 'sql', sqlite: 'sql',
};

/** The family of a language by its name; without one, by what the code looks like. */
function family(language, code) {
  const name = language.toLowerCase();
  if (FAMILIES[name]) return FAMILIES[name];
  if (LANGUAGES[name]) return FAMILIES[LANGUAGES[name]];
  if (name) return FAMILIES.c;
  const head = code.slice(0, 2000);
  if (/^\s*(def|class|elif|from|import|for|while|if|with)\b[^;{]*:?\s*$/m.test(head) && !/[;{]\s*$/m.test(head)) return FAMILIES.python;
  if (/^\s*</.test(head)) return FAMILIES.html;
  if (/^\s*(select|insert|create|update)\s/i.test(head)) return FAMILIES.sql;
  return FAMILIES.c;
}

const NUMBER = /(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\w*/y;
const NAME = /[\p{L}_$][\p{L}\p{N}_$]*/uy;

/** Where a string that begins at `at` ends: at its quote, or with the line. */
function endOfString(code, at, { long }) {
  const quote = code[at];
  const triple = quote.repeat(3);
  if (long && code.startsWith(triple, at)) {
    const end = code.indexOf(triple, at + 3);
    return end < 0 ? code.length : end + 3;
  }
  for (let n = at + 1; n < code.length; n += 1) {
    if (code[n] === '\\') n += 1;
    else if (code[n] === quote) return n + 1;
    // Only a template of JavaScript goes over lines.
    else if (code[n] === '\n' && quote !== '`') return n;
  }
  return code.length;
}

/** Where a comment that begins at `at` ends, or -1. */
function endOfComment(code, at, { line, block }) {
  if (line.some((mark) => code.startsWith(mark, at))) {
    const end = code.indexOf('\n', at);
    return end < 0 ? code.length : end;
  }
  if (!block || !code.startsWith(block[0], at)) return -1;
  const end = code.indexOf(block[1], at + block[0].length);
  return end < 0 ? code.length : end + block[1].length;
}

/** The tokens of a code: {type: '' | 'comment' | 'string' | 'number' | 'word', text}. */
export function tokens(code, language = '') {
  const of = family(language, code);
  const words = new Set(of.words.split(' '));
  const found = [];
  const put = (type, text) => {
    const last = found[found.length - 1];
    if (!type && last && !last.type) last.text += text;
    else if (text) found.push({ type, text });
  };
  const match = (pattern, at) => {
    pattern.lastIndex = at;
    return pattern.test(code) ? pattern.lastIndex : at;
  };
  const quotes = of === FAMILIES.plain ? '' : of === FAMILIES.html ? '"' : of === FAMILIES.c ? '"\'`' : '"\'';
  for (let at = 0; at < code.length;) {
    let end = of === FAMILIES.plain ? -1 : endOfComment(code, at, of);
    let type = 'comment';
    if (end < 0 && quotes.includes(code[at])) [end, type] = [endOfString(code, at, of), 'string'];
    if (end < 0) {
      end = match(NAME, at);
      const name = code.slice(at, end);
      type = words.has(of.any ? name.toLowerCase() : name) ? 'word' : '';
      if (end === at) [end, type] = [match(NUMBER, at), of === FAMILIES.plain ? '' : 'number'];
      // One sign: anything else, and half of a character too.
      if (end === at) [end, type] = [at + 1, ''];
    }
    end = Math.max(end, at + 1);
    put(type, code.slice(at, end));
    at = end;
  }
  return found;
}
