// "Do it to me": what a learner can have done to the watched connection. There is no confirmation; each
// button says what will happen, and the answer says where to look.

import { choice } from './parts.js';
import { codeWords } from './ladders.js';
import { box, button, make } from '../base/dom.js';
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

/** The form for a Close with a code and a reason. */
function closeForm(said, ask) {
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
  };
  number.addEventListener('input', explain);
  const common = choice(t('glass.do.close.code'), CODES.map((code) => [String(code), String(code)]), '4000', (value) => {
    number.value = value;
    explain();
  });
  common.querySelector('select').id = 'glass-codes';
  const form = make('form', 'act close-form');
  const send = make('button', '', t('glass.do.close'));
  send.id = 'glass-do-close';
  form.noValidate = true;
  form.append(
    box('div', 'fields', send, common,
      box('label', 'choice', make('span', '', t('glass.do.close.number')), ' ', number),
      box('label', 'choice', make('span', '', t('glass.do.close.reason')), ' ', reason)),
    means, make('span', 'small', t('glass.do.close.why')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const code = Number(number.value);
    if (!legal(code)) {
      said.textContent = t('glass.do.close.illegal');
      number.focus();
      return;
    }
    ask('close', 'ladders', { code, reason: shorten(reason.value) });
  });
  explain();
  return form;
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
  const action = (what, view, name = '') => {
    const node = button(name, t('glass.do.' + what), () => ask(what, view));
    node.id = 'glass-do-' + what.replace('_', '-');
    const words = make('span', 'small', t(`glass.do.${what}.why`));
    words.id = node.id + '-why';
    node.setAttribute('aria-describedby', words.id);
    return box('div', 'act', node, words);
  };

  const form = closeForm(said, ask);
  const node = make('details', 'acts');
  node.append(box('summary', '', t('glass.do.title'), make('span', 'small', t('glass.do.list'))),
    box('div', 'acts-of', action('ping', 'ladders'), action('fragment', 'messages'), form, action('hang_up', 'ladders', 'danger')), said);
  node.said = said;
  return node;
}
