// One experiment: first the question, then the run, then the answer. Used in the lab and in the guide.

import { box, button, icon, make } from '../base/dom.js';
import { authority } from './authority.js';
import { experiments, joined, remembered, run } from './api.js';
import { fold } from './parts.js';
import { report } from './result.js';
import { section } from './rfc.js';
import { preview } from './preview.js';
import right from './right.js';
import { known, t } from '../base/i18n.js';

let cards = 0;

// What was run on this page: {result, picked}, by name. It survives a change of language, and a look at another one.
const runs = new Map();

/** Why an experiment did not run, as a sentence. */
export function problem(answer) {
  if (answer.status === 401) return t('lab.error.401');
  if (answer.error === 'too_many_experiments') return t(answer.retryAfter ? 'lab.error.429.wait' : 'lab.error.429', { n: answer.retryAfter });
  if (answer.error === 'lab_busy') return t('lab.error.503');
  // The words in braces are the placeholders of the builder.
  if (known('lab.error.' + answer.error)) return t('lab.error.' + answer.error, { token: '{token}', target: '{target}' });
  if (answer.status === 0) return t('error.unreachable');
  return t('error.other', { message: answer.message || answer.error });
}

/** "Join the class first", with a link. */
export function joinFirst() {
  const link = make('a', '', t('lab.join.link'));
  link.href = '/';
  return box('p', 'note', t('lab.join'), ' ', link);
}

/** A button that runs an experiment, and a place for the result, with one that is there already. `shown(result)` is
    called with a new one. */
export function runner(body, { shown = () => {}, result = null } = {}) {
  const words = make('p', 'problem');
  words.setAttribute('role', 'status');
  const place = make('div', 'place');
  const start = button('primary run', t('lab.run'), async () => {
    const sent = body();
    if (!sent) return;
    start.disabled = true;
    words.textContent = t('lab.running');
    const answer = await run(sent);
    start.disabled = false;
    words.textContent = answer.ok ? '' : problem(answer);
    if (!answer.ok && answer.status === 401) words.append(' ', joinFirst());
    if (!answer.ok) return;
    start.textContent = t('lab.again');
    place.textContent = '';
    const node = report(answer.result);
    place.append(node);
    shown(answer.result);
    node.focus({ preventScroll: true });
    // Scroll only until the exchange is visible.
    node.querySelector('.exchange').scrollIntoView({ block: 'nearest' });
  });
  if (result) {
    start.textContent = t('lab.again');
    place.append(report(result));
  }
  return { start: joined() ? box('p', 'start', start) : joinFirst(), words, place };
}

/** The choices below the question. `mark(picked)` shows which was right, and which was picked. */
function choices(slug) {
  const letters = ['a', 'b', 'c'].filter((letter) => known(`x.${slug}.${letter}`));
  if (!letters.length) return { node: null, mark: () => {}, picked: () => undefined };
  cards += 1;
  const group = `guess-${cards}`;
  const field = box('fieldset', 'guess', make('legend', '', t(`x.${slug}.ask`)));
  const options = letters.map((letter) => {
    const radio = make('input');
    Object.assign(radio, { type: 'radio', name: group, value: letter });
    const label = box('label', '', radio, box('span', '', t(`x.${slug}.${letter}`)));
    field.append(label);
    return { label, radio };
  });
  const mark = (picked) => {
    if (field.disabled) return;
    field.disabled = true;
    options.forEach(({ label, radio }) => {
      radio.checked = radio.value === picked;
      const good = radio.value === right[slug];
      if (!good && !radio.checked) return;
      label.classList.add(good ? 'right' : 'wrong');
      label.append(box('span', 'mark-of small', t(radio.checked ? 'guess.yours' : 'guess.right'), icon(good ? 'check' : 'x')));
    });
  };
  const picked = () => (options.find(({ radio }) => radio.checked) || { radio: {} }).radio.value;
  return { node: field, mark, picked };
}

/** The experiment as an element. `change(experiment)`, if given, opens it in the builder. */
export function card(experiment, { title = 'h2', change, done = () => {} } = {}) {
  const { slug } = experiment;
  const guess = choices(slug);
  const answer = fold(t('lab.answer'), make('p', '', t(`x.${slug}.answer`)), authority(experiment.authority));
  answer.className = 'answer';
  const before = runs.get(slug) || {};
  const shown = (result) => {
    const { picked = guess.picked() } = runs.get(slug) || {};
    runs.set(slug, { result, picked });
    remembered(slug);
    guess.mark(picked);
    done(slug);
  };
  const { start, words, place } = runner(() => ({ experiment: slug }), { shown, result: before.result });
  if (before.result) guess.mark(before.picked);
  const heading = make(title, '', known(`x.${slug}.title`) ? t(`x.${slug}.title`) : slug);
  heading.tabIndex = -1;
  const node = box('article', 'card', heading,
    box('p', 'small', t('group.' + experiment.group), ' · ', section(experiment.section), ' · ', make('code', '', experiment.target)),
    guess.node || make('p', 'ask', t(`x.${slug}.ask`)),
    preview(experiment.program),
    start, words, place, answer);
  if (change) {
    const open = button('change', undefined, () => change(experiment));
    open.append(icon('binary'), t('lab.change'));
    node.append(box('p', 'noprint', open));
  }
  node.dataset.slug = slug;
  return node;
}

/** The experiment with this name, or a sentence that says why it cannot be shown. */
export async function named(slug, how) {
  const answer = await experiments();
  if (!answer.ok) return make('p', 'problem', problem(answer));
  const found = answer.experiments.find((each) => each.slug === slug);
  return found ? card(found, how) : make('p', 'problem', t('lab.unknown', { slug }));
}
