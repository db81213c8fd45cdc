// What the key Enter does in a field of several lines. With a keyboard it sends, and Shift+Enter breaks the line. On a
// touch screen it breaks the line, as in the messengers of phones, because there is no Shift+Enter: the button sends.
// Ctrl+Enter (on a Mac ⌘+Enter) always sends.

import { t } from '../base/i18n.js';

const coarse = matchMedia('(pointer: coarse)');

/** Whether Enter breaks lines here. */
export const breaksLines = () => coarse.matches;

/** Whether a key sends what stands in the field. While an input method composes, Enter chooses characters. (Safari
    reports the key code 229 for the Enter that ends the composition.) */
export function sends(event) {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.isComposing || event.keyCode === 229) return false;
  return event.ctrlKey || event.metaKey || !breaksLines();
}

/** Says in a field what its Enter does: on the key of an on-screen keyboard, and in the field while it is empty. */
export function sayEnter(area) {
  const say = () => {
    area.setAttribute('enterkeyhint', breaksLines() ? 'enter' : 'send');
    area.placeholder = t(breaksLines() ? 'text.hint.touch' : 'composer.hint');
    area.dataset.tHint = breaksLines() ? 'text.hint.touch' : 'composer.hint';
  };
  say();
  // A tablet may get a keyboard. Older browsers know only `addListener`.
  coarse.addListener(say);
}
