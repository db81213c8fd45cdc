// The square with two glyphs before a name. The pair of glyphs and colour is unique in a class while there are
// colours left: two people whose names begin alike are told apart at a glance.

import { make } from '../base/dom.js';

const COLOURS = 8;
const HAN = /\p{Script=Han}/u;

// Creating one costs more than drawing a message.
const segmenter = window.Intl && Intl.Segmenter ? new Intl.Segmenter() : null;

const graphemes = (text) => (segmenter ? [...segmenter.segment(text)].map(({ segment }) => segment) : [...text]);

// Two glyphs for a name: the last two of a Chinese name, the first letters of two words, or the first two letters.
function glyphsOfName(name) {
  const han = graphemes(name).filter((glyph) => HAN.test(glyph));
  if (han.length) return han.slice(-2).join('');
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  if (words.length === 0) return graphemes(name).slice(0, 1).join('');
  if (words.length === 1) {
    const [first, second = ''] = graphemes(words[0]);
    return first.toLocaleUpperCase() + second;
  }
  return (graphemes(words[0])[0] + graphemes(words[words.length - 1])[0]).toLocaleUpperCase();
}

const glyphs = new Map();

/** The two glyphs for a name. */
export function glyphsOf(name) {
  if (!glyphs.has(name)) glyphs.set(name, glyphsOfName(name));
  return glyphs.get(name);
}

// For each pair of glyphs: the colour of each person who was shown with it.
const taken = new Map();

function colourOf(id, pair) {
  if (!taken.has(pair)) taken.set(pair, new Map());
  const colours = taken.get(pair);
  if (!colours.has(id)) {
    // FNV-1a spreads similar ids over the colours.
    let hash = 2166136261;
    for (const letter of id) hash = Math.imul(hash ^ letter.codePointAt(0), 16777619);
    const wanted = (hash >>> 8) % COLOURS;
    const used = new Set(colours.values());
    let colour = wanted;
    while (used.has(colour) && (colour + 1) % COLOURS !== wanted) colour = (colour + 1) % COLOURS;
    colours.set(id, colour);
  }
  return colours.get(id);
}

/** The avatar of a person. Screen readers have the name beside it. */
export function avatarOf({ id, name }) {
  const pair = glyphsOf(name);
  const avatar = make('span', 'avatar colour-' + colourOf(id || name, pair), pair);
  if (HAN.test(pair)) avatar.classList.add('han');
  avatar.setAttribute('aria-hidden', 'true');
  return avatar;
}
