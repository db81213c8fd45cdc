// The markup of a message, read from its text alone: bold, italic, lists, quotes, code, math and links. Pure and
// total: every text gives blocks, in linear time, and what is no markup stays as it was typed. No DOM.
//
// A block is {type: 'text', spans}, {type: 'code', language, text}, {type: 'list', ordered, items: [{spans, level, n}]}
// or {type: 'quote', blocks}. A span is {type: 'text' | 'code' | 'math' | 'link', text} or {type: 'strong' | 'em', spans}.
// Quotes nest at most MOST_QUOTES deep, lists MOST_LEVELS, and marks twice.

const MOST_QUOTES = 3;
const MOST_LEVELS = 2;
// Longer formulas are shown as they were typed.
const MOST_MATH = 1000;

const FENCE = '```';
const LANGUAGE = /^[\w#+.-]{1,20}$/;
const BULLET = /^( {0,8})[-*•] +(?=\S)/;
const NUMBER = /^( {0,8})(\d{1,3})[.)] +(?=\S)/;
const QUOTE = /^ {0,3}> (?=.*\S)/;
const DIGIT = /^[\d.,]/;

// An address ends at a space and at punctuation that only a sentence has.
const ADDRESS = /https?:\/\/[^\s<>`，。；：！？、（）「」『』“”《》]+/y;
const AFTER_ADDRESS = '.,;:!?\'"*)]}';

// Scripts without spaces between words: a mark may stand between any two characters.
const UNSPACED = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}\\u3001-\\u303f\\uff00-\\uffef';
// What may stand before a mark that opens, after one that opens, before one that closes, and after one that closes.
const BEFORE_OPEN = new RegExp(`^[\\s(\\[{"'“‘«—–~${UNSPACED}]$`, 'u');
const AFTER_OPEN = new RegExp('^[\\p{L}\\p{N}\\p{M}\\p{Extended_Pictographic}(\\[{"\'“‘«「『《（$`@#<+~-]$', 'u');
const BEFORE_CLOSE = /^[^\s/\\*]$/u;
const AFTER_CLOSE = new RegExp(`^[\\s)\\]}"'”’».,;:!?…—–~${UNSPACED}]$`, 'u');

/** The character that ends before `at`. */
function before(text, at) {
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low < 0xe000 && at > 1 ? text.slice(at - 2, at) : text.charAt(at - 1);
}

const after = (text, at) => (at < text.length ? String.fromCodePoint(text.codePointAt(at)) : '');

/** Where an address ends that was matched to `end`: a full stop or a bracket after it belongs to the sentence. */
function endOfAddress(text, start, end) {
  let open = 0;
  for (let at = start; at < end; at += 1) open += text[at] === '(' ? 1 : text[at] === ')' ? -1 : 0;
  let at = end;
  while (at > start && AFTER_ADDRESS.includes(text[at - 1])) {
    if (text[at - 1] === ')') {
      if (open >= 0) break;
      open += 1;
    }
    at -= 1;
  }
  return at;
}

/** The place after what closes something that opened before `at` on the same line, or -1. */
function closing(text, mark, at, most) {
  const end = text.indexOf(mark, at);
  return end > at && end - at <= most ? end : -1;
}

/** What can stand inside a line and has no marks inside: [span, where it ends], or null. */
function atom(text, at) {
  if (text[at] === '`') {
    const mark = text.startsWith(FENCE, at) ? FENCE : '`';
    const end = closing(text, mark, at + mark.length, Infinity);
    if (end > 0) return [{ type: 'code', text: text.slice(at + mark.length, end) }, end + mark.length];
  } else if (text.startsWith('$$', at)) {
    const end = closing(text, '$$', at + 2, MOST_MATH);
    if (end > 0 && text.slice(at + 2, end).trim()) return [{ type: 'math', text: text.slice(at + 2, end) }, end + 2];
  } else if (text[at] === 'h') {
    ADDRESS.lastIndex = at;
    if (!ADDRESS.test(text)) return null;
    const end = endOfAddress(text, at, ADDRESS.lastIndex);
    // "https://." is no address.
    if (end > text.indexOf('//', at) + 2) return [{ type: 'link', text: text.slice(at, end) }, end];
  }
  return null;
}

/** The asterisks at `at`: how many, and whether they can open or close. */
function mark(text, at) {
  let end = at;
  while (text[end] === '*') end += 1;
  const [last, next] = [before(text, at), after(text, end)];
  const opens = (last === '' || BEFORE_OPEN.test(last)) && AFTER_OPEN.test(next);
  const closes = (next === '' || AFTER_CLOSE.test(next)) && BEFORE_CLOSE.test(last);
  return { n: end - at, opens: opens && end - at <= 3, closes: closes && end - at <= 3 };
}

/** The pieces of a line: spans, and marks that stand between them. */
function pieces(line) {
  const found = [];
  let plain = 0;
  const flush = (to) => { if (to > plain) found.push({ type: 'text', text: line.slice(plain, to) }); };
  for (let at = 0; at < line.length;) {
    const sign = line[at];
    if (sign === '*') {
      const { n, opens, closes } = mark(line, at);
      flush(at);
      found.push({ type: opens || closes ? 'mark' : 'text', text: line.slice(at, at + n), n, opens, closes });
      plain = at += n;
    } else {
      const inner = sign === '`' || sign === '$' || sign === 'h' ? atom(line, at) : null;
      if (inner) {
        flush(at);
        found.push(inner[0]);
        plain = at = inner[1];
      } else if (sign === '`') {
        // A run that closes nothing is looked at once.
        while (line[at] === '`') at += 1;
      } else at += 1;
    }
  }
  flush(line.length);
  return found;
}

/** Finds which marks belong together. Of each kind the newest that is open counts, so that there is no search. */
function pair(found) {
  const open = {};
  const close = (n, at) => {
    found[open[n]].until = at;
    found[at].ends = n;
    // What opened inside and did not close there is text.
    Object.keys(open).forEach((other) => { if (open[other] >= open[n]) delete open[other]; });
  };
  found.forEach((piece, at) => {
    if (piece.type !== 'mark') return;
    if (piece.closes && open[piece.n] !== undefined) close(piece.n, at);
    else if (piece.opens) open[piece.n] = at;
  });
  return found;
}

const KINDS = { 1: ['em'], 2: ['strong'], 3: ['strong', 'em'] };

/** The spans of the pieces of `found`, `at` to before `end`. */
function nest(found, at, end) {
  const spans = [];
  for (let n = at; n < end; n += 1) {
    const piece = found[n];
    if (piece.until !== undefined) {
      const inner = nest(found, n + 1, piece.until);
      spans.push(KINDS[piece.n].reduceRight((all, type) => [{ type, spans: all }], inner)[0]);
      n = piece.until;
    } else if (piece.type === 'mark' || piece.type === 'text') {
      const last = spans[spans.length - 1];
      if (last && last.type === 'text') last.parts.push(piece.text);
      else spans.push({ type: 'text', parts: [piece.text] });
    } else spans.push(piece);
  }
  return spans.map((span) => (span.parts ? { type: 'text', text: span.parts.join('') } : span));
}

/** The spans of one line. */
export function line(text) {
  // Most lines have no markup at all.
  if (!/[*`$]|https?:/.test(text)) return text ? [{ type: 'text', text }] : [];
  const found = pair(pieces(text));
  return nest(found, 0, found.length);
}

/** A fence that opens in a line: {language, first}, where `first` is code that stands in the line itself; or null. */
function opened(row) {
  const text = row.trimStart();
  if (!text.startsWith(FENCE)) return null;
  const rest = text.slice(FENCE.length).trim();
  if (rest === '' || LANGUAGE.test(rest)) return { language: rest, first: [] };
  return { language: '', first: [text.slice(FENCE.length)] };
}

/** The code that begins in row `n`, and the row after it; or null. */
function fence(rows, n) {
  const start = opened(rows[n]);
  if (!start) return null;
  const own = rows[n].trim();
  if (own.length > FENCE.length && own.endsWith(FENCE)) {
    const text = own.slice(FENCE.length, -FENCE.length);
    return text.trim() && !text.includes(FENCE) ? [{ type: 'code', language: '', text: text.trim() }, n + 1] : null;
  }
  for (let end = n + 1; end < rows.length; end += 1) {
    const row = rows[end].trimEnd();
    if (row.endsWith(FENCE)) {
      const last = row.slice(0, -FENCE.length);
      const code = start.first.concat(rows.slice(n + 1, end), last.trim() ? last : []);
      return [{ type: 'code', language: start.language, text: code.join('\n') }, end + 1];
    }
  }
  return [null, rows.length];
}

/** The items of a list at row `n`, and the row after it; or null. */
function list(rows, n) {
  const ordered = NUMBER.test(rows[n]);
  const pattern = ordered ? NUMBER : BULLET;
  const items = [];
  let end = n;
  for (; end < rows.length; end += 1) {
    const found = pattern.exec(rows[end]);
    if (!found) break;
    const level = Math.min(MOST_LEVELS, Math.floor(found[1].length / 2));
    items.push({ level, n: Number(found[2]) || 0, text: rows[end].slice(found[0].length) });
  }
  // "- 5" alone is a number.
  if (!items.length || (items.length === 1 && !ordered && DIGIT.test(items[0].text))) return null;
  const read = items.map(({ level, n: number, text }) => ({ level, n: number, spans: line(text) }));
  return [{ type: 'list', ordered, items: read }, end];
}

/** The quote at row `n`, and the row after it; or null. */
function quote(rows, n, depth) {
  let end = n;
  while (end < rows.length && (QUOTE.test(rows[end]) || (end > n && rows[end].trim() === '>'))) end += 1;
  const inner = rows.slice(n, end).map((row) => row.replace(/^ {0,3}> ?/, ''));
  // "> 5" alone is a comparison.
  if (!inner.length || (inner.length === 1 && DIGIT.test(inner[0]))) return null;
  return [{ type: 'quote', blocks: blocks(inner, depth + 1) }, end];
}

/** The blocks of some rows. Only the text itself, at depth 0, has fences. */
function blocks(rows, depth) {
  const found = [];
  let text = null;
  let fences = depth === 0;
  for (let n = 0; n < rows.length;) {
    let block = fences ? fence(rows, n) : null;
    if (block && !block[0]) {
      // No row after this one closes a fence either.
      fences = false;
      block = null;
    }
    if (!block && depth < MOST_QUOTES) block = quote(rows, n, depth);
    if (!block) block = list(rows, n);
    if (block) {
      found.push(block[0]);
      text = null;
      [, n] = block;
    } else {
      if (!text) found.push(text = { type: 'text', rows: [] });
      text.rows.push(rows[n]);
      n += 1;
    }
  }
  return found.map(finished).filter(Boolean);
}

/** A block of text, whose rows become spans. Empty rows beside other blocks are left out. */
function finished(block, at, all) {
  if (block.type !== 'text') return block;
  const { rows } = block;
  while (at > 0 && rows.length && !rows[0].trim()) rows.shift();
  while (at < all.length - 1 && rows.length && !rows[rows.length - 1].trim()) rows.pop();
  if (!rows.length) return null;
  const spans = [];
  mathOver(rows).forEach((row, n) => {
    if (n) spans.push({ type: 'text', text: '\n' });
    spans.push(...line(row));
  });
  return { type: 'text', spans: joined(spans) };
}

/** Rows in which a formula over several lines is one row. */
function mathOver(rows) {
  const found = [];
  let open = null;
  rows.forEach((row) => {
    if (open) open.push(row);
    if (row.trim() === '$$') {
      if (open) {
        found.push(open.join('\n'));
        open = null;
      } else open = [row];
    } else if (!open) found.push(row);
  });
  return open ? found.concat(open) : found;
}

/** Spans in which neighbours of text are one. */
function joined(spans) {
  const found = [];
  spans.forEach((span) => {
    const last = found[found.length - 1];
    if (last && last.parts && span.type === 'text') last.parts.push(span.text);
    else found.push(span.type === 'text' ? { parts: [span.text] } : span);
  });
  return found.map((span) => (span.parts ? { type: 'text', text: span.parts.join('') } : span));
}

/** The blocks of a text. */
export const parse = (text) => blocks(text.split('\n'), 0);
