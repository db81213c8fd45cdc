// The reactions under a message: for each emoji a button with the count and the names.

import { button, make } from '../base/dom.js';
import { list, number, t } from '../base/i18n.js';

export const EMOJI = ['👍', '❤️', '😂', '🎉', '🤔', '👀'];
// Longer lists end with the number of the other people.
const NAMES = 12;

/** The names of the people with a reaction, our own first. */
function names(ids, { me, nameOf }) {
  const known = ids.filter((id) => id !== me.id).map(nameOf).filter(Boolean);
  const shown = (ids.includes(me.id) ? [t('message.you')] : []).concat(known).slice(0, NAMES);
  const others = ids.length - shown.length;
  return list(others ? shown.concat(t('reaction.others', { n: others })) : shown);
}

/** Fills the row under a message. `facts`: {me, nameOf, react}; without `react` there are no buttons. */
export function reactions(row, entry, facts) {
  const focused = row.contains(document.activeElement) ? document.activeElement.dataset.emoji : null;
  row.textContent = '';
  row.hidden = entry.reactions.size === 0;
  const by = new Map();
  entry.reactions.forEach((emoji, id) => by.set(emoji, (by.get(emoji) || []).concat(id)));
  [...by.keys()].sort((a, b) => EMOJI.indexOf(a) - EMOJI.indexOf(b)).forEach((emoji) => {
    const ids = by.get(emoji);
    const words = `${emoji} ${number(ids.length)}`;
    const chip = facts.react ? button('reaction', words, () => facts.react(entry, emoji)) : make('span', 'reaction', words);
    chip.dataset.emoji = emoji;
    chip.title = names(ids, facts);
    const label = t('reaction.label', { emoji, n: ids.length, names: chip.title });
    if (facts.react) {
      chip.setAttribute('aria-label', label);
      chip.setAttribute('aria-pressed', String(ids.includes(facts.me.id)));
    } else {
      chip.setAttribute('role', 'img');
      chip.setAttribute('aria-label', label);
    }
    row.append(chip);
    if (focused === emoji) chip.focus();
  });
}
