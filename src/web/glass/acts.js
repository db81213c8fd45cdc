// "Do it to me": what a learner can have done to the watched connection. There is no confirmation; each
// button says what will happen, and the answer says where to look.

import { choice } from './parts.js';
import { codeWords } from './ladders.js';
import { box, button, icon, make } from '../base/dom.js';
import { t } from '../base/i18n.js';

const CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 3000, 4000];
// RFC 6455 §7.4: the codes that a Close may have. 1005, 1006 and 1015 are never sent.
const legal = (code) => (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
// A control frame has at most 125 bytes, two of which are the code.
const REASON_BYTES = 123;
// After these codes the page would normally not reconnect.
const FAREWELLS = [1000, 4409, 4500, 4501, 4503];

const shorten = (text) => {
  const letters = [...text];
  while (new TextEncoder().encode(letters.join('')).length > REASON_BYTES) letters.pop();
  return letters.join('');
};

/** A Close with a code and a reason: the button, the one that unfolds the form, and the form. */
function closeForm(said, ask) {
  const send = make('button');
  Object.assign(send, { id: 'glass-do-close', type: 'submit' });
  send.setAttribute('form', 'glass-close-form');
  const other = button('quiet', '', () => {
    form.hidden = !form.hidden;
    other.setAttribute('aria-expanded', String(!form.hidden));
    if (!form.hidden) number.focus();
  });
  other.id = 'glass-close-other';
  other.append(icon('chevron-down'));
  other.title = t('glass.do.close.other');
  other.setAttribute('aria-label', t('glass.do.close.other'));
  other.setAttribute('aria-controls', 'glass-close-form');
  other.setAttribute('aria-expanded', 'false');
  const number = make('input');
  Object.assign(number, { type: 'number', min: 1000, max: 4999, value: 4000, id: 'glass-code', required: true });
  const means = make('span', 'small');
  means.id = 'glass-code-means';
  number.setAttribute('aria-describedby', means.id);
  const reason = make('input');
  Object.assign(reason, { type: 'text', maxLength: REASON_BYTES, id: 'glass-reason' });
  const explain = () => {
    const code = Number(number.value);
    const words = [legal(code) ? codeWords(code) : t('glass.do.close.illegal')];
    if (FAREWELLS.includes(code)) words.push(t('glass.do.close.farewell'));
    means.textContent = words.join(t('sentence.gap'));
    send.textContent = t('glass.do.close.with', { code: number.value || '–' });
  };
  number.addEventListener('input', explain);
  const common = choice(t('glass.do.close.code'), CODES.map((code) => [String(code), String(code)]), '4000', (value) => {
    number.value = value;
    explain();
  });
  common.querySelector('select').id = 'glass-codes';
  const form = make('form', 'close-form');
  form.id = 'glass-close-form';
  form.noValidate = true;
  form.hidden = true;
  form.append(
    box('div', 'fields', common,
      box('label', 'choice', make('span', '', t('glass.do.close.number')), ' ', number),
      box('label', 'choice', make('span', '', t('glass.do.close.reason')), ' ', reason)),
    means);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const code = Number(number.value);
    if (!legal(code)) {
      said.textContent = t('glass.do.close.illegal');
      form.hidden = false;
      other.setAttribute('aria-expanded', 'true');
      number.focus();
      return;
    }
    ask('close', 'ladders', { code, reason: shorten(reason.value) });
  });
  explain();
  return { send, other, form };
}

/** `act(what, more, view)` sends a request to the server, and shows a view. */
export function acts(act) {
  const said = make('p', 'small acts-said');
  said.id = 'glass-said';
  said.setAttribute('role', 'status');
  const ask = (what, view, more) => {
    const sent = act(what, more, view);
    said.textContent = t(sent ? `glass.do.${what}.done` : 'glass.do.shut');
  };
  const hint = make('p', 'small acts-hint');
  hint.setAttribute('aria-hidden', 'true');
  const node = make('section', 'acts');
  // What a button will do is read aloud with it, and shown while it has the pointer or the focus.
  const explained = (button, why) => {
    const words = make('span', 'hidden', why);
    words.id = button.id + '-why';
    button.setAttribute('aria-describedby', words.id);
    ['pointerenter', 'focus'].forEach((kind) => button.addEventListener(kind, () => {
      hint.textContent = why;
      node.classList.add('hinting');
    }));
    ['pointerleave', 'blur', 'click'].forEach((kind) => button.addEventListener(kind, () => node.classList.remove('hinting')));
    return box('span', 'act', button, words);
  };
  const action = (what, view, name = '') => {
    const act = button(name, t('glass.do.' + what), () => ask(what, view));
    act.id = 'glass-do-' + what.replace('_', '-');
    return explained(act, t(`glass.do.${what}.why`));
  };

  const close = closeForm(said, ask);
  const title = make('h3', '', t('glass.do.title'));
  title.id = 'glass-acts-title';
  node.setAttribute('aria-labelledby', title.id);
  const row = box('div', 'acts-row', title, action('ping', 'ladders'), action('fragment', 'messages'),
    box('span', 'act-close', explained(close.send, t('glass.do.close.why')), close.other), action('hang_up', 'ladders', 'danger'));
  // The row is last: whatever appears above it, the buttons stay under the pointer.
  node.append(hint, said, close.form, row);
  node.said = said;
  return node;
}
