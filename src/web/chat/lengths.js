// How long a text may be: code in fences has room of its own. The server counts in the same way (src/model/fences.rs).
// Pure, no DOM.

const FENCE = '```';

/** How much of a text is not code: {chars, lines}. */
export function prose(text) {
  const left = { chars: 0, lines: 0 };
  let inside = null;
  const add = (to, row, end) => {
    to.chars += [...row].length + end;
    to.lines += 1;
  };
  const rows = text.split('\n');
  // The server counts a line that a line end follows, and a last one only if there is something in it.
  if (rows[rows.length - 1] === '') rows.pop();
  rows.forEach((row, n) => {
    const end = n < rows.length - 1 || text.endsWith('\n') ? 1 : 0;
    const closes = row.trimEnd().endsWith(FENCE);
    if (inside && closes) {
      left.chars += FENCE.length + 1;
      left.lines += 1;
      inside = null;
    } else if (inside) add(inside, row, end);
    else {
      add(left, row, end);
      const opens = /^ *```/.test(row);
      if (opens && !(closes && row.trim().length > FENCE.length)) inside = { chars: 0, lines: 0 };
    }
  });
  if (inside) {
    left.chars += inside.chars;
    left.lines += inside.lines;
  }
  return left;
}

const rowsOf = (text) => text.split('\n').length;

/** Why a text is too long: {key, n, most, code} for a sentence of the catalogue, or null. */
export function tooLong(text, { text: most, lines, code = 0, code_lines: codeLines = 0 }) {
  const [n, rows] = [[...text].length, rowsOf(text)];
  if (n <= most && rows <= lines) return null;
  const left = prose(text);
  const hasCode = left.lines < rows;
  if (!hasCode) {
    if (n > most) return { key: 'composer.long', n, most };
    return { key: codeLines > lines ? 'text.lines' : 'composer.lines', n: rows, most: lines, code: codeLines };
  }
  if (left.chars > most) return { key: 'text.long.beside', n: left.chars, most };
  if (left.lines > lines) return { key: 'text.lines.beside', n: left.lines, most: lines };
  if (n > Math.max(code, most)) return { key: 'text.long.code', n, most: Math.max(code, most) };
  return rows > Math.max(codeLines, lines) ? { key: 'text.lines.code', n: rows, most: Math.max(codeLines, lines) } : null;
}
