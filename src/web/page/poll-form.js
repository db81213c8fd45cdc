// Asking: the polls that start at a touch, and a question of one's own.

import { cleanLine, refusedCharacter } from '../base/clean.js';
import { box, button, make } from '../base/dom.js';
import { fill, t } from '../base/i18n.js';
import { doubled } from './poll-parts.js';
import { refusal } from './sentences.js';

// What the server takes, in characters (src/chat/message/polls.rs), and how many choices.
const MAX_QUESTION = 300;
const MAX_CHOICE = 100;
const MIN_CHOICES = 2;
const MAX_CHOICES = 8;

/** The polls that start at a touch. Their words are in the language of whoever asks. */
const TEMPLATES = [
  { name: 'letters', choices: () => ['A', 'B', 'C', 'D'] },
  { name: 'yes', choices: () => [t('polls.yes'), t('polls.no')] },
  { name: 'follow', choices: () => [t('polls.follow.yes'), t('polls.follow.partly'), t('polls.follow.no')] },
];

/** An element whose words are filled in, and again in another language. */
function worded(node, key) {
  node.dataset.t = key;
  return node;
}

export class PollForm {
  /** `ask(asked)` resolves to null, or to the reason of a refusal. */
  constructor({ ask }) {
    this.ask = ask;
    this.busy = false;
    this.node = box('div', 'poll-new desk-form', worded(make('h3'), 'polls.new'), this.templates());
    this.anonymous = this.check('poll-anonymous', 'polls.anonymous.check');
    this.problem = make('p', 'problem');
    this.problem.setAttribute('role', 'alert');
    this.opener = worded(button('primary', undefined, () => this.open()), 'polls.own');
    this.opener.id = 'poll-own';
    this.build();
    this.node.append(this.anonymous.parentNode, this.problem, this.opener, this.form);
    this.clear();
    this.close();
  }

  templates() {
    const row = make('p', 'desk-acts');
    TEMPLATES.forEach(({ name, choices }) => {
      const node = worded(button('', undefined, (event) => {
        if (!doubled(event)) this.start({ question: t('polls.template.' + name + '.question'), choices: choices() });
      }), 'polls.template.' + name);
      node.dataset.template = name;
      row.append(node);
    });
    return row;
  }

  check(id, key) {
    const input = make('input');
    input.type = 'checkbox';
    input.id = id;
    box('label', 'check', input, worded(make('span'), key));
    return input;
  }

  build() {
    this.form = make('form');
    this.form.noValidate = true;
    this.form.autocomplete = 'off';
    this.question = make('input');
    this.question.id = 'poll-question';
    this.question.maxLength = MAX_QUESTION;
    const label = worded(make('label'), 'polls.question');
    label.htmlFor = this.question.id;
    this.list = box('fieldset', 'poll-fields', worded(make('legend'), 'polls.choices'));
    this.more = worded(button('', undefined, () => this.addChoice().focus()), 'polls.choice.add');
    this.more.id = 'poll-more';
    this.multiple = this.check('poll-multiple', 'polls.multiple.check');
    const start = worded(make('button', 'primary'), 'polls.start');
    start.id = 'poll-start';
    const cancel = worded(button('quiet', undefined, () => { this.close(); this.opener.focus(); }), 'cancel');
    this.form.append(label, this.question, this.list, this.more, this.multiple.parentNode, box('p', 'desk-acts', start, cancel));
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    this.form.addEventListener('keydown', (event) => this.key(event));
  }

  /** The fields of the choices. */
  get fields() { return [...this.list.querySelectorAll('input')]; }

  addChoice() {
    const input = make('input');
    input.maxLength = MAX_CHOICE;
    const remove = button('quiet', '×', () => {
      const at = this.fields.indexOf(input);
      input.parentNode.remove();
      this.number();
      this.fields[Math.min(at, this.fields.length - 1)].focus();
    });
    this.list.append(box('div', 'poll-field', input, remove));
    this.number();
    return input;
  }

  /** Writes which choice each field is. */
  number() {
    const rows = [...this.list.querySelectorAll('.poll-field')];
    rows.forEach((row, n) => {
      row.firstChild.setAttribute('aria-label', t('polls.choice', { n: n + 1 }));
      row.lastChild.setAttribute('aria-label', t('polls.choice.remove', { n: n + 1 }));
      row.lastChild.hidden = rows.length <= MIN_CHOICES;
    });
    this.more.hidden = rows.length >= MAX_CHOICES;
  }

  /** Enter goes from field to field. After the last one, and in the last one if it is empty, it starts the poll. */
  key(event) {
    if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return;
    const all = [this.question, ...this.fields];
    const at = all.indexOf(event.target);
    if (at < 0) return;
    const last = at === all.length - 1;
    if (last && (!event.target.value.trim() || at === MAX_CHOICES)) return;
    event.preventDefault();
    (last ? this.addChoice() : all[at + 1]).focus();
  }

  open() {
    this.form.hidden = false;
    this.opener.hidden = true;
    this.question.focus();
  }

  close() {
    this.form.hidden = true;
    this.opener.hidden = false;
    this.problem.textContent = '';
  }

  /** Forgets what was typed. */
  clear() {
    this.question.value = '';
    this.list.querySelectorAll('.poll-field').forEach((row) => row.remove());
    for (let n = 0; n < MIN_CHOICES; n += 1) this.addChoice();
    this.multiple.checked = false;
  }

  async submit() {
    const question = cleanLine(this.question.value);
    const choices = this.fields.map((input) => cleanLine(input.value)).filter((words) => words);
    const [wrong, words] = this.wrong(question, choices);
    if (wrong) {
      this.problem.textContent = words;
      wrong.focus();
      return;
    }
    if (!await this.start({ question, choices, multiple: this.multiple.checked })) return;
    const inside = this.form.contains(document.activeElement);
    this.clear();
    this.close();
    if (inside) this.opener.focus();
  }

  /** What the server would refuse: the field and the words, or nothing. */
  wrong(question, choices) {
    const { fields } = this;
    if (!question) return [this.question, t('polls.empty')];
    if (choices.length < MIN_CHOICES) return [fields.find((input) => !cleanLine(input.value)), t('polls.few')];
    const twice = fields.find((input, n) => {
      const words = cleanLine(input.value);
      return words && fields.findIndex((other) => cleanLine(other.value) === words) < n;
    });
    if (twice) return [twice, t('polls.same')];
    const hidden = [this.question, ...fields].find((input) => refusedCharacter(cleanLine(input.value)));
    return hidden ? [hidden, t('composer.refused', refusedCharacter(cleanLine(hidden.value)))] : [];
  }

  /** Says whether the poll was started. A second touch before the answer starts no second one. */
  async start(asked) {
    if (this.busy) return false;
    this.busy = true;
    this.problem.textContent = '';
    const why = await this.ask(Object.assign({ anonymous: this.anonymous.checked }, asked));
    this.busy = false;
    if (why) this.problem.textContent = refusal(why);
    // The choice is for one poll.
    else this.anonymous.checked = false;
    return !why;
  }

  /** Writes the words. `full`: no more polls can be open. */
  render(full) {
    fill(this.node);
    this.number();
    this.node.querySelectorAll('[data-template], #poll-start').forEach((node) => { node.disabled = full; });
  }
}
