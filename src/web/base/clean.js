// What people paste without knowing it: line ends of other systems, and invisible characters from office
// programs, web pages and messengers. The page drops or converts what changes nothing that anybody sees.
// What it leaves, the server may refuse by name (docs/chat.v1.md, "Hidden characters").

// Windows, old Macs, PowerPoint (vertical tab), PDF (form feed), mainframes, and two that look like
// spaces in the field but are line ends.
const LINE_ENDS = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;
// Soft hyphens, zero width spaces, word joiners and invisible operators, byte order marks, the place of
// an embedded picture; and the frames around copied names and phone numbers, which only pretend that the
// text has a direction. (Not the overrides, which reverse the text: without them it would read otherwise.)
const DROPPED = /[\u00ad\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffc\u202a-\u202c\u2066-\u2069]/g;
// Controls but tab and newline, and noncharacters.
const CONTROLS = /[\0-\u0008\u000e-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]/g;
// The last two of each further plane, which mean nothing either.
const NONCHARACTERS = /[\u{1fffe}\u{1ffff}\u{2fffe}\u{2ffff}\u{3fffe}\u{3ffff}\u{4fffe}\u{4ffff}\u{5fffe}\u{5ffff}\u{6fffe}\u{6ffff}\u{7fffe}\u{7ffff}\u{8fffe}\u{8ffff}\u{9fffe}\u{9ffff}\u{afffe}\u{affff}\u{bfffe}\u{bffff}\u{cfffe}\u{cffff}\u{dfffe}\u{dffff}\u{efffe}\u{effff}\u{ffffe}\u{fffff}\u{10fffe}\u{10ffff}]/gu;
// Half of a character, which some programs leave where they cut an emoji in two.
const HALF = /[\ud800-\udfff]/gu;
// Invisible copies of letters (U+E0000 to U+E007F), which only flags need.
const TAGS = /(\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f})|[\u{e0000}-\u{e007f}]/gu;
// An override and what ends it. Without it, the text would read otherwise than it looked.
const OVERRIDE = /[\u202d\u202e]/;
// Direction marks have a use in a text, and none in a name.
const MARKS = /[\u200e\u200f\u061c]/g;
// What a name cannot have at its ends: joiners join nothing there.
const LOOSE_JOINERS = /^[\u200c\u200d]+|\u200c+$/g;

const NAMES = { '\u202d': 'U+202D LEFT-TO-RIGHT OVERRIDE', '\u202e': 'U+202E RIGHT-TO-LEFT OVERRIDE' };

/** A text as it is sent. */
export function cleanText(text) {
  const ended = /\u202c/.test(text) && OVERRIDE.test(text);
  return text.replace(LINE_ENDS, '\n')
    .replace(DROPPED, (c) => (ended && c === '\u202c' ? c : ''))
    .replace(CONTROLS, '')
    .replace(NONCHARACTERS, '')
    .replace(HALF, '\ufffd')
    .replace(TAGS, (all, flag) => flag || '');
}

/** A text of one line, such as a search or a reason. */
export const cleanLine = (text) => cleanText(text).replace(/\n/g, ' ').trim();

/** A name as it is sent. The server judges the joiners inside it. */
export const cleanName = (text) => cleanLine(text).replace(MARKS, '').replace(LOOSE_JOINERS, '').trim();

/** The first character of a cleaned text that the server will refuse, as {character, at}, or null. */
export function refusedCharacter(text) {
  const at = text.search(OVERRIDE);
  return at < 0 ? null : { character: NAMES[text[at]], at: [...text.slice(0, at)].length + 1 };
}

// What nobody sees and yet is no space: filler letters, an empty Braille cell, joiners, marks, variation selectors.
const BLANK = /[\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\u{e0000}-\u{e0fff}]/u;
const ALL_BLANK = new RegExp(`^(?:\\s|${BLANK.source})*$`, 'u');
const BLANK_NAMES = { '\u115f': ' HANGUL CHOSEONG FILLER', '\u1160': ' HANGUL JUNGSEONG FILLER', '\u200c': ' ZERO WIDTH NON-JOINER', '\u200d': ' ZERO WIDTH JOINER', '\u200e': ' LEFT-TO-RIGHT MARK', '\u200f': ' RIGHT-TO-LEFT MARK', '\u2800': ' BRAILLE PATTERN BLANK', '\u3164': ' HANGUL FILLER', '\ufe0f': ' VARIATION SELECTOR-16', '\uffa0': ' HALFWIDTH HANGUL FILLER' };

/** The first invisible character of a text that has nothing visible, as the server would name it; else ''. */
export function onlyInvisible(text) {
  if (!ALL_BLANK.test(text)) return '';
  const found = BLANK.exec(text);
  if (!found) return '';
  const code = found[0].codePointAt(0).toString(16).toUpperCase();
  return 'U+' + code.padStart(4, '0') + (BLANK_NAMES[found[0]] || '');
}
