// Draws the text of a message, node by node: markup, code, math, links and mentions. The parts that few messages have
// (colours of code, math) are loaded when the first message has them.

import { copyButton, make } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { parse } from '../chat/markup.js';
import { directory, find, isEveryone, leads, withEveryone } from '../chat/mentions.js';

// Whose names are known: a function that gives {me, names}, or null.
let people = () => null;
// The names as `find` wants them, for those who lead and for others. Made again when the names change.
let prepared = { key: null, leads: null, others: null };

/** Says whose names can be mentioned: `facts()` gives {me: a name, names: an array}. */
export function knowPeople(facts) {
  people = facts;
  prepared = { key: null };
}

function directoryFor(led) {
  const facts = people();
  if (!facts || !facts.me) return null;
  const key = facts.me + '\n' + facts.names.join('\n');
  if (prepared.key !== key) {
    const names = [facts.me, ...facts.names];
    prepared = { key, me: facts.me.toLowerCase(), leads: directory(withEveryone(names, true)), others: directory(names) };
  }
  return led ? prepared.leads : prepared.others;
}

function link(address) {
  const anchor = make('a', '', address);
  anchor.href = address;
  anchor.target = '_blank';
  anchor.rel = 'noopener noreferrer';
  return anchor;
}

/** A button that copies code, with a name that says what it copies. */
function copyCode(code) {
  const copy = copyButton(code);
  copy.setAttribute('aria-label', t('text.copy'));
  // "Copied" is heard, too.
  copy.addEventListener('click', () => { if (copy.textContent !== t('message.copy')) copy.removeAttribute('aria-label'); });
  return copy;
}

let highlighter = null;

/** Fills in the code with its colours as soon as they are there; the text stays the same. */
function paint(node, code, language) {
  highlighter = highlighter || import('../chat/tokens.js');
  highlighter.then(({ tokens }) => {
    const parts = tokens(code, language).map(({ type, text }) => (type ? make('span', 'is-' + type, text) : text));
    node.textContent = '';
    node.append(...parts);
  }).catch(() => { highlighter = null; });
}

function codeBlock({ language, text }) {
  const block = make('span', 'block');
  const code = make('code', '', text);
  // Wide code scrolls in its box; the keyboard has to reach it there.
  code.tabIndex = 0;
  code.setAttribute('role', 'group');
  code.setAttribute('aria-label', t('text.code'));
  const bar = make('span', 'block-bar');
  bar.append(make('bdi', 'block-language', language), copyCode(text));
  block.append(bar, code);
  if (text) paint(code, text, language);
  return block;
}

const MATHML = 'http://www.w3.org/1998/Math/MathML';
let drawsMath;
let formulas = null;

function formula({ tag, text, of, wide }) {
  const node = document.createElementNS(MATHML, tag);
  if (of) node.append(...of.map(formula));
  else node.textContent = text;
  if (wide) [['lspace', '0.3em'], ['rspace', '0.3em']].forEach(([name, value]) => node.setAttribute(name, value));
  return node;
}

/** Whether this browser draws MathML: the two numbers of a fraction stand below each other. */
function hasMath() {
  if (drawsMath === undefined) {
    const probe = make('div', 'math-probe');
    const numbers = ['1', '2'].map((text) => formula({ tag: 'mn', text }));
    const math = formula({ tag: 'math', of: [] });
    math.append(formula({ tag: 'mfrac', of: [] }));
    math.firstChild.append(...numbers);
    probe.append(math);
    document.body.append(probe);
    const [above, below] = numbers.map((node) => node.getBoundingClientRect());
    drawsMath = above.height > 0 && below.top >= above.bottom - 1;
    probe.remove();
  }
  return drawsMath;
}

/** A formula: its source, until it is drawn, and for good if it cannot be. */
function mathSpan(source) {
  const span = make('span', 'math');
  span.append(make('code', '', source.trim()));
  if (!hasMath()) return span;
  formulas = formulas || import('../chat/math.js');
  formulas.then(({ math }) => {
    const tree = math(source);
    if (!tree) return;
    const node = document.createElementNS(MATHML, 'math');
    if (source.includes('\n')) node.setAttribute('display', 'block');
    node.append(formula(tree));
    // Where the reader asks for the source, it is there.
    span.title = source.trim();
    span.textContent = '';
    span.append(node);
  }).catch(() => { formulas = null; });
  return span;
}

/** A text with the names in it. */
function withMentions(text, known) {
  if (!known || !text.includes('@')) return [text];
  const nodes = [];
  let done = 0;
  find(text, known).forEach(({ at, end, name }) => {
    const mine = name === prepared.me || isEveryone(name);
    if (at > done) nodes.push(text.slice(done, at));
    nodes.push(make('span', mine ? 'mention me' : 'mention', text.slice(at, end)));
    done = end;
  });
  if (done < text.length) nodes.push(text.slice(done));
  return nodes;
}

const HAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** The characters of some spans or blocks. */
const wordsOf = (parts, between = '') => parts
  .map((part) => part.text || (part.spans ? wordsOf(part.spans) : wordsOf(part.blocks || part.items || [], ' '))).join(between);

/** The text of a message without its markup, for a line. */
export const plain = (text) => wordsOf(parse(text), ' ');

function spanNodes(spans, known) {
  return spans.reduce((nodes, span) => {
    if (span.type === 'text') return nodes.concat(withMentions(span.text, known));
    if (span.type === 'code') return nodes.concat(make('code', '', span.text));
    if (span.type === 'math') return nodes.concat(mathSpan(span.text));
    if (span.type === 'link') return nodes.concat(link(span.text));
    // Han has no italics: it gets dots.
    const node = make(span.type, span.type === 'em' && HAN.test(wordsOf(span.spans)) ? 'dotted' : '');
    node.append(...spanNodes(span.spans, known));
    return nodes.concat(node);
  }, []);
}

function listNode({ ordered, items }, known) {
  const node = make(ordered ? 'ol' : 'ul');
  items.forEach(({ spans, level, n }, at) => {
    const item = make('li', level ? 'level-' + level : '');
    // The number is the one that was typed.
    if (ordered) item.value = n;
    item.append(...spanNodes(spans, known));
    if (at) node.append('\n');
    node.append(item);
  });
  return node;
}

function blockNode(block, known) {
  if (block.type === 'code') return codeBlock(block);
  if (block.type === 'list') return listNode(block, known);
  if (block.type === 'quote') {
    const quote = make('blockquote');
    quote.append(...blockNodes(block.blocks, known));
    return quote;
  }
  const text = make('span', 'para');
  text.append(...spanNodes(block.spans, known));
  return text;
}

/** Blocks, with a line end between them: whoever counts lines or copies the text finds it. */
function blockNodes(blocks, known) {
  return blocks.reduce((nodes, block, at) => nodes.concat(at ? '\n' : [], blockNode(block, known)), []);
}

/** The text of a message, which a person wrote. */
export function body(text, from) {
  const bdi = make('bdi', 'said');
  bdi.append(...blockNodes(parse(text), text.includes('@') ? directoryFor(leads(from)) : null));
  return bdi;
}
