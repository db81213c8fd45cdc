// The join form: a name and the class code, or a link for one person. It says who can read messages and how
// long they are stored, before anybody types.

import { cleanName } from '../base/clean.js';
import { element } from '../base/dom.js';
import { session, recall } from '../base/session.js';
import { duration, known, phrase, t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';
import { banned, heard, removed } from '../chat/removal.js';

// The title of a server that has none of its own.
const PRODUCT = 'Glassroom';
// How often the time that is left in a sentence is renewed.
const RENEWED_MS = 5000;
// Whoever waits at a closed door asks again after this time.
const ASKED_MS = 5000;

/** An HTTP refusal, received at time `at` of the server, as a sentence. Without one in the catalogue, the server's own
    message is shown. */
export function sentence(answer, at = serverNow()) {
  const key = 'error.' + answer.error;
  if (answer.error === 'removed') {
    const out = heard(answer.message, at);
    return out.banned ? banned(out) : removed(out);
  }
  if (answer.rule && known(key + '.' + answer.rule)) return t(key + '.' + answer.rule, { character: answer.character });
  const n = Math.ceil(answer.retryAfter - (serverNow() - at) / 1000);
  if (n > 0 && known(key + '.wait')) return t(key + '.wait', { n });
  if (known(key)) return t(key);
  return answer.message ? t('error.other', { message: answer.message }) : t('error.strange');
}

/** What is stored, and for how long. */
function kept({ stored, keep_seconds: seconds }) {
  if (stored === undefined) return '';
  if (!stored) return t('join.keep.memory');
  if (seconds === undefined || seconds === null) return t('join.keep.always');
  return seconds === 0 ? t('join.keep.lesson') : t('join.keep.time', { time: duration(seconds) });
}

export class Join {
  /** `entered()` opens the chat; `learned(about)` takes the answer of /api/room. */
  constructor({ entered, learned }) {
    Object.assign(this, { entered, learned });
    this.link = null;
    this.about = null;
    this.problem = null;
    this.busy = false;
    // The next question at a closed door.
    this.next = 0;
    element('join-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    ['join-name', 'join-code'].forEach((id) => element(id).addEventListener('input', () => this.explain(null)));
    element('goodbye-next').addEventListener('click', () => {
      this.part(false);
      this.focus();
    });
    setInterval(() => this.keepCurrent(), RENEWED_MS);
  }

  /** Shows the form, or, when the lesson is `over`, the last page, which leads to the form. */
  part(over) {
    element('goodbye').hidden = !over;
    element('join-form').hidden = over;
    if (over) element('goodbye').focus();
  }

  focus() {
    const inputs = [element('join-code'), element('join-name')].filter((input) => !input.parentNode.hidden);
    (inputs.find((input) => !input.value) || element('join-submit')).focus();
  }

  /** Shows the form. `problem` is a function, so that it can be repeated in the other language. */
  async show({ link = null, code = null, problem = null, over = false }) {
    this.part(over);
    this.link = link;
    element('join-name').value = recall('name') || '';
    if (code !== null) element('join-code').value = code;
    this.explain(problem);
    this.render();
    if (!over) this.focus();
    const about = await session.room();
    if (!about.ok) return;
    this.about = about;
    this.learned(about);
    this.render();
  }

  /** Whether the link says the name. A pupil's always does, though only the server can read it. */
  get named() { return Boolean(this.link && (this.link.kind === 'link' || this.link.name)); }

  render() {
    const { about, link, named } = this;
    const closed = Boolean(about && about.join && !about.join.enabled && !link);
    const words = 'join.' + (link ? link.kind : '');
    element('join-title').textContent = link ? t(words + '.title') : (about && about.title !== PRODUCT && about.title) || t('join.title');
    if (closed) element('join-lead').textContent = t('join.closed');
    else if (!link) element('join-lead').textContent = t('join.lead');
    else if (link.name && link.kind !== 'link') element('join-lead').replaceChildren(phrase(words + '.named', { name: link.name }));
    else element('join-lead').textContent = t(words + '.lead');
    element('join-code-field').hidden = closed || Boolean(link);
    element('join-name').parentNode.hidden = closed || named;
    element('join-submit').hidden = closed;
    element('join-submit').disabled = this.busy;
    element('join-submit').textContent = t(this.busy ? 'join.busy' : 'join.submit');
    element('join-keep').textContent = about && about.join ? kept(about.join) : '';
    element('join-error').textContent = this.problem ? this.problem() : '';
  }

  /** Keeps the time that is left right. It changes each minute at most: screen readers read it aloud. */
  keepCurrent() {
    const words = this.problem ? this.problem() : '';
    if (element('join-error').textContent !== words) element('join-error').textContent = words;
  }

  explain(problem, input) {
    clearTimeout(this.next);
    this.problem = problem;
    this.keepCurrent();
    ['join-name', 'join-code'].forEach((id) => {
      const node = element(id);
      if (node === input) node.setAttribute('aria-invalid', 'true');
      else node.removeAttribute('aria-invalid');
    });
    if (input) input.focus();
  }

  /** `again`: somebody who waits at a closed door asks again, and may be reading something else. */
  async submit(again = false) {
    const name = cleanName(element('join-name').value);
    // People write the code in groups of letters; the spaces are not part of it.
    const code = element('join-code').value.replace(/\s/g, '');
    if (this.busy) return;
    const { link, named } = this;
    if (!name && !link) return this.explain(() => t('join.name.missing'), element('join-name'));
    if (!code && !link) return this.explain(() => t('join.code.missing'), element('join-code'));
    this.busy = !again;
    this.render();
    const answer = link ? await session.follow(link, named ? '' : name) : await session.join(name, code);
    this.busy = false;
    if (answer.ok) {
      element('join-code').value = '';
      this.link = null;
      this.explain(null);
      return this.entered();
    }
    // A ticket works once; joining with a name and the class code is still possible.
    if (['bad_ticket', 'bad_link'].includes(answer.error)) this.link = null;
    this.render();
    const input = { wrong_code: 'join-code', bad_name: 'join-name', reserved_name: 'join-name' }[answer.error];
    const at = serverNow();
    this.explain(() => sentence(answer, at), input ? element(input) : null);
    if (answer.error === 'door_closed' || again && !answer.status) this.next = setTimeout(() => this.submit(true), ASKED_MS);
    return undefined;
  }
}

/** A token was found in this browser. Tablets are shared, so before anything shows the page asks whether the
    person goes on under its name. */
export class Again {
  /** `goOn()` opens the chat; `other(code)` forgets the person, and shows the join form with the class code of a
      link, if there was one. */
  constructor({ goOn, other }) {
    this.name = '';
    this.code = null;
    element('again-yes').addEventListener('click', () => {
      this.close();
      goOn();
    });
    element('again-no').addEventListener('click', () => {
      this.close();
      other(this.code);
    });
  }

  get open() { return !element('again').hidden; }

  ask({ name, code }) {
    Object.assign(this, { name, code });
    element('again').hidden = false;
    element('join-form').hidden = true;
    this.render();
    element('again-yes').focus();
  }

  render() {
    const { name } = this;
    element('again-yes').textContent = name ? t('again.yes', { name }) : t('again.yes.nameless');
  }

  close() {
    element('again').hidden = true;
    element('join-form').hidden = false;
  }
}
