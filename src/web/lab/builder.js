// The builder: a handshake, right or wrong, and steps that follow it. The server sends them for real.

import { box, button, make } from '../base/dom.js';
import { beginning, copyOf, isHex, rightLines, steps, toSend, wrong } from './draft.js';
import { frameForm, input, labelled, select } from './fields.js';
import { runner } from './card.js';
import { t } from '../base/i18n.js';

const MOST_STEPS = 32;
const MOST_LINES = 100;
// The placeholders that the server fills in are shown as they are.
const PLACEHOLDERS = { target: '{target}', host: '{host}', key: '{key}', token: '{token}' };

export class Builder {
  constructor() {
    this.program = beginning();
    this.from = null;
    this.result = null;
    this.node = make('article', 'card builder');
    this.render();
  }

  /** Opens an existing program to change it. */
  open(program, from = null) {
    this.program = copyOf(program);
    this.from = from;
    this.result = null;
    this.render();
  }

  render() {
    const heading = make('h2', '', t('build.title'));
    heading.tabIndex = -1;
    this.head = make('div', 'part');
    this.list = make('ol', 'build-steps');
    this.renderHandshake();
    this.renderSteps();
    const run = runner(() => {
      const problem = wrong(this.program);
      run.words.textContent = problem ? t(problem) : '';
      return problem ? null : { program: toSend(this.program) };
    }, { shown: (result) => { this.result = result; }, result: this.result });
    const add = ['frame', 'raw', 'pause', 'end'].map((kind) => button('quiet', t('build.add.' + kind), () => this.add(kind)));
    this.node.textContent = '';
    this.node.append(heading, make('p', '', t('build.lead')));
    if (this.from) this.node.append(make('p', 'small', t('build.from', { title: this.from })));
    this.node.append(this.head, make('h3', '', t('build.steps')), this.list,
      box('p', 'choices', ...add), run.start, run.words, run.place,
      box('p', 'noprint', button('quiet', t('build.reset'), () => { this.open(beginning()); this.focus(); })));
  }

  focus() {
    this.node.querySelector('h2').focus();
  }

  // ---- the handshake ----

  renderHandshake() {
    const { program } = this;
    const kind = !program.handshake ? 'right' : program.handshake.lines ? 'lines' : 'raw';
    const target = select([['/echo', '/echo'], ['/ws', '/ws']], program.target, (value) => {
      // The correct lines depend on the target.
      const untouched = program.handshake && program.handshake.lines
        && program.handshake.lines.join() === rightLines(program.target).join();
      program.target = value;
      if (untouched) program.handshake = { lines: rightLines(value) };
      this.renderHandshake();
    });
    const how = select(['right', 'lines', 'raw'].map((each) => [each, t('build.handshake.' + each)]), kind, (value) => {
      program.handshake = { right: null, lines: { lines: rightLines(program.target) }, raw: { raw: '' } }[value];
      this.renderHandshake();
      this.head.querySelectorAll('select')[1].focus();
    });
    this.head.textContent = '';
    this.head.append(box('div', 'fields', labelled(t('build.target'), target), labelled(t('handshake.title'), how)));
    if (kind === 'lines') this.head.append(this.lines());
    if (kind === 'raw') this.head.append(this.rawHandshake());
  }

  lines() {
    const { handshake, target } = this.program;
    const list = make('ol', 'header-lines');
    handshake.lines.forEach((line, n) => {
      const field = input('text', line, (value) => { handshake.lines[n] = value; }, { maxLength: 2000 });
      field.setAttribute('aria-label', t('build.line', { n: n + 1 }));
      const remove = button('quiet', '×', () => {
        handshake.lines.splice(n, 1);
        this.renderHandshake();
        const fields = this.head.querySelectorAll('.header-lines input');
        if (fields.length) fields[Math.min(n, fields.length - 1)].focus();
      });
      remove.setAttribute('aria-label', t('build.line.remove', { n: n + 1 }));
      list.append(box('li', '', field, remove));
    });
    const more = button('quiet', t('build.line.add'), () => {
      handshake.lines.push('');
      this.renderHandshake();
      list.ownerDocument.querySelector('.header-lines li:last-child input').focus();
    });
    more.disabled = handshake.lines.length >= MOST_LINES;
    const reset = button('quiet', t('build.line.reset'), () => {
      handshake.lines = rightLines(target);
      this.renderHandshake();
    });
    return box('div', '', list, box('p', 'choices', more, reset), make('p', 'small', t('build.line.hint', PLACEHOLDERS)));
  }

  rawHandshake() {
    return this.hexArea(t('build.handshake.raw'), this.program.handshake.raw, (value) => { this.program.handshake.raw = value; });
  }

  hexArea(label, value, changed) {
    const area = make('textarea');
    Object.assign(area, { rows: 3, spellcheck: false, value });
    area.addEventListener('input', () => {
      if (isHex(area.value)) area.removeAttribute('aria-invalid');
      else area.setAttribute('aria-invalid', 'true');
      changed(area.value);
    });
    return labelled(label, area, t('build.hex.hint'));
  }

  // ---- the steps ----

  add(kind) {
    if (this.program.steps.length >= MOST_STEPS) return;
    this.program.steps.push(steps[kind]());
    this.renderSteps();
    this.list.lastChild.querySelector('input, select, textarea').focus();
  }

  move(from, to) {
    const all = this.program.steps;
    all.splice(to, 0, ...all.splice(from, 1));
    this.renderSteps();
    const buttons = this.list.children[to].querySelectorAll('.order button');
    const button = buttons[to > from ? 1 : 0];
    (button.disabled ? buttons[to > from ? 0 : 1] : button).focus();
  }

  remove(n) {
    this.program.steps.splice(n, 1);
    this.renderSteps();
    const next = this.list.children[Math.min(n, this.list.children.length - 1)];
    if (next) next.querySelector('.order button:last-child').focus();
  }

  renderSteps() {
    this.list.textContent = '';
    this.program.steps.forEach((step, n) => this.list.append(this.step(step, n)));
    if (!this.program.steps.length) this.list.append(make('li', 'small', t('preview.no-steps')));
  }

  step(step, n) {
    const last = this.program.steps.length - 1;
    const named = (sign, words, act) => {
      const node = button('quiet', sign, act);
      node.setAttribute('aria-label', t(words, { n: n + 1 }));
      node.title = t(words, { n: n + 1 });
      return node;
    };
    const up = named('↑', 'build.up', () => this.move(n, n - 1));
    const down = named('↓', 'build.down', () => this.move(n, n + 1));
    up.disabled = n === 0;
    down.disabled = n === last;
    const kind = ['frame', 'raw', 'pause', 'end'].find((each) => step[each] !== undefined);
    const order = box('span', 'order', up, down, named('×', 'build.remove', () => this.remove(n)));
    const head = box('div', 'build-head', make('strong', '', `${n + 1}. ${t('build.step.' + kind)}`), this.early(step, kind), order);
    return box('li', 'build-step', head, this.form(step, kind));
  }

  /** Bytes may be sent with the handshake, before the answer to it. */
  early(step, kind) {
    if (kind !== 'frame' && kind !== 'raw') return null;
    const check = make('input');
    check.type = 'checkbox';
    check.checked = Boolean(step.early);
    check.addEventListener('change', () => {
      if (check.checked) step.early = true;
      else delete step.early;
    });
    return box('label', 'check small', check, make('span', '', t('step.early')));
  }

  form(step, kind) {
    if (kind === 'frame') return frameForm(step.frame);
    if (kind === 'raw') return this.hexArea(t('build.step.raw'), step.raw, (value) => { step.raw = value; });
    if (kind === 'pause') {
      return labelled(t('build.pause'), input('number', step.pause, (value) => {
        step.pause = Math.max(0, Math.min(500, Math.floor(Number(value)) || 0));
      }, { min: 0, max: 500 }));
    }
    return labelled(t('build.step.end'), select(['fin', 'reset'].map((each) => [each, t('step.end.' + each)]), step.end,
      (value) => { step.end = value; }));
  }
}
