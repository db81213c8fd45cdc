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
