// Dialogs, one at a time. (Old tablets do not support `<dialog>`.)

import { cleanLine } from '../base/clean.js';
import { make } from '../base/dom.js';
import { t } from '../base/i18n.js';

const REASON_LENGTH = 200;

export class Dialog {
  constructor() {
    this.shade = document.getElementById('dialog');
    this.answer = null;
    this.shade.addEventListener('mousedown', (event) => { if (event.target === this.shade) this.close(null); });
    this.shade.addEventListener('keydown', (event) => this.key(event));
  }

  get open() { return this.answer !== null; }

  /** Offers actions; resolves to the chosen one or null. With `anchor`, an element, they stand beside it on a
      wide page. */
  choose({ title, body, buttons, faces = [], anchor = null }) {
    const box = this.box(title, body);
    const row = make('div', 'stack');
    if (faces.length) box.append(this.faces(faces));
    buttons.forEach(({ action, words, danger }) => {
      const button = this.button(words, danger ? 'danger' : '', () => this.close(action));
      button.dataset.action = action;
      row.append(button);
    });
    const cancel = this.button(t('close'), 'quiet', () => this.close(null));
    cancel.id = 'dialog-cancel';
    row.append(cancel);
    box.append(row);
    const chosen = this.show(box);
    this.place(box, anchor);
    return chosen;
  }

  /** Puts a menu beside its anchor, above or below it; on a narrow page it stands at the bottom. */
  place(box, anchor) {
    this.shade.classList.toggle('menu', Boolean(anchor));
    if (!anchor || matchMedia('(max-width: 719px)').matches) return;
    const at = anchor.getBoundingClientRect();
    const { width, height } = box.getBoundingClientRect();
    const below = at.bottom + 4;
    const top = below + height < window.innerHeight - 8 ? below : Math.max(8, at.top - 4 - height);
    const left = Math.max(8, Math.min(at.right - width, window.innerWidth - 8 - width));
    Object.assign(box.style, { position: 'fixed', top: `${top}px`, left: `${left}px`, margin: '0' });
  }

  /** A row of small toggle buttons. */
  faces(faces) {
    const row = make('div', 'faces');
    faces.forEach(({ action, words, label, pressed }) => {
      const button = this.button(words, '', () => this.close(action));
      button.dataset.action = action;
      button.title = label;
      button.setAttribute('aria-label', label);
      button.setAttribute('aria-pressed', String(pressed));
      row.append(button);
    });
    return row;
  }

  /** Asks for confirmation, with fields {name: {label, options?, usual?, most?}}; resolves to {name: text} or
      null. If `send(answer)` is given, the dialog stays open until that resolves to null. When it
      resolves to a problem in words, the dialog shows it, and nothing that was typed is lost. */
  confirm({ title, body, fields = {}, yes, danger, send }) {
    const box = this.box(title, body);
    const form = make('form');
    const inputs = {};
    Object.keys(fields).forEach((name) => {
      const { label, options, usual, most } = fields[name];
      const input = make(options ? 'select' : 'input');
      if (!options) {
        input.maxLength = most || REASON_LENGTH;
        input.autocomplete = 'off';
      }
      (options || []).forEach(({ value, words }) => {
        const option = make('option', '', words);
        option.value = value;
        option.selected = value === usual;
        input.append(option);
      });
      form.append(this.field('dialog-' + name, label, input));
      inputs[name] = input;
    });
    const row = make('div', 'choices');
    const ok = make('button', danger ? 'danger' : 'primary', yes);
    ok.id = 'dialog-ok';
    const cancel = this.button(t('cancel'), 'quiet', () => this.close(null));
    cancel.id = 'dialog-cancel';
    row.append(ok, cancel);
    const problem = make('p', 'problem');
    problem.setAttribute('role', 'alert');
    form.append(problem, row);
    let busy = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (busy) return;
      const answer = {};
      Object.keys(inputs).forEach((name) => { answer[name] = cleanLine(inputs[name].value); });
      busy = true;
      problem.textContent = '';
      const words = send ? await send(answer) : null;
      busy = false;
      problem.textContent = words || '';
      if (!words && this.shade.contains(form)) this.close(answer);
    });
    box.append(form);
    return this.show(box);
  }

  /** Shows a list of terms and descriptions. */
  list(title, pairs) {
    const box = this.box([title]);
    const list = make('dl', 'keys');
    pairs.forEach(([keys, words]) => {
      const term = make('dt');
      keys.forEach((key) => term.append(make('kbd', '', key), ' '));
      list.append(term, make('dd', '', words));
    });
    box.append(list, this.button(t('close'), 'quiet', () => this.close(null)));
    return this.show(box);
  }

  box(title, body) {
    const box = make('div', 'box');
    box.setAttribute('role', 'dialog');
    box.setAttribute('aria-modal', 'true');
    // A click beside the buttons must not move the focus to the page below the dialog.
    box.tabIndex = -1;
    box.setAttribute('aria-labelledby', 'dialog-title');
    const heading = make('h2');
    heading.id = 'dialog-title';
    heading.append(...title);
    box.append(heading);
    if (body) {
      const text = make('p');
      text.append(body);
      box.append(text);
    }
    return box;
  }

  field(id, label, input) {
    const field = make('div', 'field');
    const words = make('label', '', label);
    input.id = id;
    words.htmlFor = id;
    field.append(words, input);
    return field;
  }

  button(words, name, act) {
    const button = make('button', name, words);
    button.type = 'button';
    button.addEventListener('click', act);
    return button;
  }

  show(box) {
    if (this.open) this.close(null);
    this.back = document.activeElement;
    this.shade.textContent = '';
    this.shade.append(box);
    this.shade.hidden = false;
    const first = box.querySelector('button, select, input');
    first.focus();
    return new Promise((resolve) => { this.answer = resolve; });
  }

  close(answer) {
    const { answer: resolve } = this;
    if (!resolve) return;
    this.answer = null;
    this.shade.hidden = true;
    this.shade.classList.remove('menu');
    this.shade.textContent = '';
    if (this.back && document.contains(this.back)) this.back.focus();
    resolve(answer);
  }

  /** Escape cancels, and Tab stays inside the dialog. */
  key(event) {
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.close(null);
    }
    if (event.key !== 'Tab') return;
    const stops = this.shade.querySelectorAll('button, select, input');
    const last = stops[stops.length - 1];
    if (event.shiftKey && document.activeElement === stops[0]) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && document.activeElement === last) {
      event.preventDefault();
      stops[0].focus();
    }
  }
}
