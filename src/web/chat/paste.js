// Whether a pasted text is program code. Pure, no DOM.

// What the lines of programs end or begin with, and those of sentences do not.
const ENDS = /[;{}]\s*(\/\/.*)?$|^\s*[)}\]]+[;,]?\s*$/;
const BEGINS = /^\s*(#\s*(include|define|!)|import\s+[\w.{*]|from\s+[\w.]+\s+import\b|(async\s+)?def\s+\w+\s*\(|class\s+\w+.*[:{]\s*$|(if|elif|for|while|with|else|try|except)\b.*:\s*$|return\b|print\s*\(|(public|private|protected|static)\s|(const|let|var)\s+\w+\s*=|(int|float|double|char|bool|void|long|auto)\s+[\w*]|function\s+\w+\s*\(|\/\/|\/\*|<\/?[a-z][\w-]*[\s>]|(SELECT|INSERT|CREATE|UPDATE)\s|\w+\s*=\s*\S|[\w.]+\([^()]*\)\s*$)/;
const INDENTED = /^(\t| {2,})\S/;
const LEAST_LINES = 3;
// Few lines decide, so that a long text takes no longer.
const LOOKED_AT = 60;

/** Whether a text of several lines looks like code. */
export function looksLikeCode(text) {
  if (text.includes('```')) return false;
  const rows = text.split('\n', LOOKED_AT).filter((row) => row.trim()).map((row) => row.slice(0, 200));
  if (rows.length < LEAST_LINES) return false;
  const signs = rows.filter((row) => ENDS.test(row) || BEGINS.test(row)).length / rows.length;
  const indented = rows.some((row) => INDENTED.test(row));
  return signs >= (indented ? 0.4 : 0.7);
}

/** Whether the end of a text stands inside code that is not closed yet. */
export function fencesOpen(text) {
  let open = false;
  text.split('\n').forEach((row) => {
    const closes = row.trimEnd().endsWith('```');
    if (open) open = !closes;
    else open = /^ *```/.test(row) && !(closes && row.trim().length > 3);
  });
  return open;
}
