// The hand beside the text, and the card above it: raising a hand, with a question or without, and lowering it. Its
// field is not the composer's, so nobody learns that a question is being written.

import { sends } from './enter.js';
import { cleanLine, refusedCharacter } from '../base/clean.js';
import { box, button, element, iconButton, make, reveal } from '../base/dom.js';
import { number, t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';
import { LONGEST_QUESTION } from '../chat/hands.js';
import { refusal } from './sentences.js';

// A timer of a browser with a longer time ends at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class HandForm {
  constructor({ chat, desk, composer, status }) {
    Object.assign(this, { chat, desk, composer, status });
    this.open = false;
    this.busy = false;
    this.problem = null;
    this.button = iconButton('', 'hand', '', () => this.show(!this.open));
    this.place = make('span', 'place');
    this.button.append(this.place);
    this.button.id = 'hand-button';
    this.button.setAttribute('aria-controls', 'card-hands');
    element('composer-tools').append(this.button);
    this.card = desk.card('hands');
    this.build();
  }

  build() {
    this.title = make('strong');
    this.title.id = 'hand-title';
    this.card.setAttribute('aria-labelledby', 'hand-title');
    this.note = make('p', 'small');
    this.note.id = 'hand-note';
    this.own = make('bdi');
    this.form = make('form', 'desk-form');
    this.form.id = 'hand-form';
    this.form.noValidate = true;
    this.queue = this.act('hand-queue', 'link', () => this.desk.open('hands'));
    this.card.append(box('p', 'desk-head', this.title, this.queue), box('p', 'desk-text', this.own), this.note, this.form);
    this.buildFields();
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.chat.hands.mine(this.chat.current)) this.lower();
      else this.send();
    });
    this.card.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.show(false);
    });
  }

  buildFields() {
    this.field = make('textarea');
    this.field.id = 'hand-question';
    this.field.rows = 2;
    this.field.dir = 'auto';
    this.field.autocomplete = 'off';
    this.field.setAttribute('aria-describedby', 'hand-note');
    this.field.addEventListener('input', () => {
      this.problem = null;
      this.render();
    });
    this.field.addEventListener('keydown', (event) => {
      if (!sends(event)) return;
      event.preventDefault();
      this.send();
    });
    this.label = make('label');
    this.label.htmlFor = 'hand-question';
    this.anonymous = make('input');
    this.anonymous.type = 'checkbox';
    this.anonymous.id = 'hand-anonymous';
    this.anonymous.setAttribute('aria-describedby', 'hand-note');
    this.anonymous.addEventListener('change', () => {
      this.problem = null;
      this.render();
    });
    this.words = make('span');
    this.check = box('label', 'check', this.anonymous, this.words);
    this.refused = make('p', 'problem');
    this.refused.id = 'hand-problem';
    this.refused.setAttribute('role', 'alert');
    this.submit = make('button', 'primary');
    this.submit.id = 'hand-raise';
    this.close = this.act('hand-close', 'quiet', () => this.show(false));
    this.fields = box('div', '', this.label, this.field, this.check);
    this.form.append(this.fields, this.refused, box('p', 'desk-acts', this.submit, this.close));
  }

  act(id, name, act) {
    const node = button(name, '', act);
    node.id = id;
    return node;
  }

  show(open) {
    this.open = open;
    this.problem = null;
    this.render();
    if (!open) this.button.focus();
    // A question has votes, which a careless Enter must not throw away.
    else if (!this.own.parentNode.hidden) this.close.focus();
    // A field with the focus opens the keyboard of a touch screen, which covers the log.
    else if (this.fields.hidden || !matchMedia('(hover: hover)').matches) this.submit.focus();
    else this.field.focus();
  }

  /** Forgets what was written: it belongs to another person or another room. */
  clear() {
    this.field.value = '';
    this.anonymous.checked = false;
    this.open = this.busy = this.raised = false;
    this.problem = null;
  }

  /** What is asked, in one line. */
  get question() { return cleanLine(this.field.value); }

  render() {
    const { chat, button: hand } = this;
    const { hands, current: room } = chat;
    if (this.person !== hands.rooms || this.room !== room.name) this.clear();
    [this.person, this.room] = [hands.rooms, room.name];
    const mine = hands.mine(room);
    // Somebody else took the hand down: an empty form is not what this person opened.
    if (this.raised && !mine && this.open) {
      this.open = false;
      if (this.card.contains(document.activeElement)) this.button.focus();
    }
    this.raised = Boolean(mine);
    const place = hands.queue(room).indexOf(mine) + 1;
    hand.hidden = !hands.raises;
    this.place.textContent = mine ? number(place) : '';
    this.place.hidden = !mine;
    const label = mine ? t('hands.up', { n: place }) : t('hands.raise');
    hand.setAttribute('aria-label', label);
    hand.title = label;
    hand.setAttribute('aria-pressed', String(Boolean(mine)));
    hand.setAttribute('aria-expanded', String(this.open && hands.raises));
    const changed = this.card.hidden === (this.open && hands.raises);
    this.card.hidden = !(this.open && hands.raises);
    if (!this.card.hidden) this.fill(mine, place, room);
    if (changed || this.open) this.composer.resized();
  }

  fill(mine, place, room) {
    const { hands } = this.chat;
    const others = hands.queue(room).length - (mine ? 1 : 0);
    this.title.textContent = mine ? t('hands.up', { n: place }) : t('hands.raise');
    this.own.textContent = (mine && mine.question) || '';
    this.own.parentNode.hidden = !this.own.textContent;
    this.note.textContent = mine ? this.ofMine(mine) : this.whoSees(room);
    this.fields.hidden = Boolean(mine) || (Boolean(hands.silent(room)) && !this.question);
    this.label.textContent = t('hands.question');
    this.words.textContent = t('hands.anonymously');
    const words = this.wrong() || (this.problem ? refusal(this.problem) : '');
    const appears = words && !this.refused.textContent;
    if (this.refused.textContent !== words) this.refused.textContent = words;
    // The card may be higher than its place: what is wrong and the button below it are seen together. While somebody
    // goes on typing, the field stays where it is.
    if (appears) reveal(element('cards'), this.submit.parentNode);
    this.submit.textContent = t(mine ? this.takeBack(mine) : this.question ? 'hands.ask' : 'hands.raise');
    this.submit.className = mine ? '' : 'primary';
    this.submit.disabled = this.busy;
    this.close.textContent = t(mine ? 'close' : 'cancel');
    this.queue.hidden = !others;
    this.queue.textContent = t('hands.look', { n: others });
    clearTimeout(this.timer);
    const left = ((room.muted || {}).until || 0) - serverNow();
    // At the end of a mute, a question can be written.
    if (left > 0) this.timer = setTimeout(() => this.render(), Math.min(left + 500, LONGEST_TIMER_MS));
  }

  takeBack({ question }) { return question ? 'hands.back' : 'hands.lower'; }

  ofMine({ question, anonymous, votes }) {
    const all = [];
    if (votes) all.push(t('hands.votes', { n: votes }));
    if (anonymous) all.push(t('hands.sees.teacher'));
    else if (!question) all.push(t('hands.sees.plain'));
    return all.join(' ');
  }

  /** Who will see what, and why there may be no question now. */
  whoSees(room) {
    const silent = this.chat.hands.silent(room);
    if (silent) return t('hands.silent.' + silent);
    if (this.anonymous.checked) return t('hands.sees.teacher');
    return t(this.question ? 'hands.sees.all' : 'hands.sees.plain');
  }

  /** What the server would refuse in the question, or ''. */
  wrong() {
    const { question } = this;
    const refused = refusedCharacter(question);
    if (refused) return t('composer.refused', refused);
    const most = Math.min(LONGEST_QUESTION, this.chat.limits.text);
    const n = [...question].length;
    return n > most ? t('composer.long', { n, most }) : '';
  }

  send() {
    const { chat, question } = this;
    const room = chat.current;
    if (this.busy || this.wrong()) return;
    // Neither a name nor a hand is shown that was not meant to be.
    if (!this.fields.hidden && this.anonymous.checked && !question) this.problem = { code: 'nothing_asked' };
    else if (question && chat.hands.silent(room)) this.problem = { code: 'not_asked' };
    else {
      this.busy = true;
      this.problem = null;
      chat.hands.raise(room, { question, anonymous: this.anonymous.checked }, (why) => this.answered(room, why));
    }
    this.render();
  }

  answered(room, why) {
    if (this.room !== room.name) return;
    this.busy = false;
    if (!why) {
      this.clear();
      this.show(false);
      return;
    }
    // Approval was switched on a moment ago.
    if (why.code === 'awaiting_approval') this.problem = { code: 'not_asked' };
    // Whoever may raise a hand at all is refused only where the queue is full.
    else this.problem = why.code === 'forbidden' ? { code: 'hands_full' } : why;
    this.render();
  }

  lower() {
    this.chat.hands.lower(this.chat.current);
    this.show(false);
  }
}
