// The open polls above the composer, for those who answer. One is shown whole; the others, and every one
// while a keyboard covers half of the screen, are a line each.

import { box, button, element, make, reveal } from '../base/dom.js';
import { list, t } from '../base/i18n.js';
import { choiceWords, kinds, share } from './poll-parts.js';

// A page that is lower than this while somebody writes has an on-screen keyboard, or no room in any case.
const LOW_PX = 520;
// Choices up to this width stand in two columns. A Han character is as wide as two letters.
const SHORT = 16;

const width = (text) => [...text].reduce((sum, c) => sum + (c > '\u2e80' ? 2 : 1), 0);
const same = (a, b) => a.length === b.length && a.every((n) => b.includes(n));

/** One poll. Its elements stay while it is open, so that no click and no focus is lost. */
class Item {
  constructor(poll, { vote, open, fold }) {
    Object.assign(this, { poll, vote });
    // What is chosen and not sent yet.
    this.draft = [];
    this.node = make('div', 'poll');
    this.node.dataset.poll = poll.seq;
    this.opener = button('link', '', open);
    this.line = box('p', 'poll-line', make('b', 'poll-mark'), make('bdi', 'poll-title', poll.question), this.opener);
    this.title = make('h2');
    this.title.id = 'poll-title-' + poll.seq;
    this.title.tabIndex = -1;
    this.title.append(make('bdi', '', poll.question));
    this.kinds = make('span', 'poll-kinds');
    this.folder = button('link', '', fold);
    this.choices = make('div', 'poll-choices' + (poll.choices.some((words) => width(words) > SHORT) ? ' long' : ''));
    this.choices.setAttribute('role', 'group');
    this.choices.setAttribute('aria-labelledby', this.title.id);
    this.buttons = poll.choices.map((_, n) => this.choice(n));
    this.choices.append(...this.buttons);
    this.note = make('p', 'small poll-note');
    this.note.setAttribute('role', 'status');
    this.send = button('primary', '', () => this.submit());
    const foot = box('p', 'desk-acts', this.send);
    const body = box('div', 'poll-body', box('div', 'poll-head', this.title, this.kinds, this.folder), this.note, this.choices);
    this.full = box('div', 'poll-full', body, foot);
    this.node.append(this.line, this.full);
  }

  choice(n) {
    const node = button('poll-choice', undefined, () => this.press(n));
    node.dataset.choice = n;
    const check = make('span', 'poll-check', '✓');
    check.setAttribute('aria-hidden', 'true');
    node.append(make('span', 'poll-share'), choiceWords(this.poll, n), make('span', 'poll-sum'), check);
    return node;
  }

  /** Whether a single touch answers: one choice, which can be changed. */
  get direct() { return !this.poll.multiple && !this.poll.anonymous; }

  /** Whether nothing can be changed any more. */
  get final() { return this.observer || (this.poll.anonymous && (this.poll.voted || Boolean(this.poll.sending || this.poll.unsent))); }

  /** What the server has, or what is on its way there. */
  get answer() { return this.poll.sending || this.poll.unsent || this.poll.chosen; }

  press(n) {
    if (this.final) return;
    const { draft } = this;
    if (this.direct) {
      if (!this.answer || !same(this.answer, [n])) this.vote(this.poll, [n]);
      return;
    }
    if (!this.poll.multiple) this.draft = [n];
    else this.draft = draft.includes(n) ? draft.filter((each) => each !== n) : draft.concat(n).sort();
    this.touched = true;
    this.render();
  }

  submit() {
    if (!this.draft.length) return;
    this.touched = false;
    this.vote(this.poll, this.draft);
    // The button goes away.
    this.title.focus();
  }

  /** `whole`: not only a line. `fold`: whether it can be made a line. */
  render({ whole = this.whole, fold = this.fold, observer = this.observer } = {}) {
    Object.assign(this, { whole, fold, observer });
    const { poll } = this;
    if (!this.touched || this.final) this.draft = (this.answer || []).slice();
    this.line.hidden = whole;
    this.full.hidden = !whole;
    this.line.firstChild.textContent = t('polls.badge');
    this.opener.textContent = t(this.observer ? 'polls.show' : this.answer || poll.voted ? 'polls.answer.show' : 'polls.answer');
    this.opener.setAttribute('aria-label', this.opener.textContent + ': ' + poll.question);
    this.folder.textContent = t('polls.fold');
    this.folder.hidden = !fold;
    this.kinds.textContent = '';
    this.kinds.append(...kinds(poll));
    this.choices.classList.toggle('summed', Boolean(poll.published && poll.votes));
    this.buttons.forEach((node, n) => this.drawChoice(node, n));
    this.write(this.note, this.words());
    const changed = !this.answer || !same(this.answer, this.draft);
    this.send.textContent = t(poll.voted ? 'polls.vote.change' : 'polls.vote');
    this.send.parentNode.hidden = this.direct || this.final || (poll.voted && !changed);
    this.send.disabled = !this.draft.length || !changed;
    this.full.classList.toggle('to-send', !this.send.parentNode.hidden);
  }

  drawChoice(node, n) {
    const { poll } = this;
    const on = (this.direct ? this.answer || [] : this.draft).includes(n);
    node.setAttribute('aria-pressed', String(on));
    if (this.final) node.setAttribute('aria-disabled', 'true');
    else node.removeAttribute('aria-disabled');
    const [fill, , sum] = node.children;
    const shown = poll.published && poll.votes;
    fill.style.width = (shown ? share(poll, n) : 0) + '%';
    sum.textContent = shown ? t('polls.sum', { n: poll.votes[n], share: share(poll, n) }) : '';
  }

  /** What has become of our answer, and who learns of it. */
  words() {
    const { poll } = this;
    const chosen = this.answer && list(this.answer.map((n) => poll.choices[n]));
    const kind = poll.anonymous ? '.anonymous' : '';
    if (this.observer) return t('polls.note.observer');
    if (poll.unsent) return t('polls.note.unsent');
    if (poll.sending) return t('polls.note.sending');
    if (poll.voted) return chosen ? t('polls.note.saved' + kind, { chosen }) : t('polls.note.voted');
    return (poll.multiple ? t('polls.note.several') + ' ' : '') + t('polls.note' + (kind || '.named'));
  }

  /** Words that are read aloud when they change, and only then. */
  write(node, words) {
    if (node.textContent !== words) node.textContent = words;
  }
}

export class PollCard {
  constructor({ chat, desk, log }) {
    Object.assign(this, { chat, log });
    this.node = desk.card('polls');
    this.items = new Map();
    // A poll that has just come and is not in sight yet.
    this.fresh = null;
    this.chosen = null;
    this.folded = new WeakSet();
    this.writing = false;
    const area = element('composer-text');
    area.addEventListener('focus', () => this.look(true));
    area.addEventListener('blur', (event) => {
      // The card must not move under the finger that touches it.
      if (!this.node.contains(event.relatedTarget)) this.look(false);
    });
    this.node.addEventListener('focusout', ({ relatedTarget: to }) => {
      if (to && to !== area && !this.node.contains(to)) this.look(false);
    });
    window.addEventListener('resize', () => this.look());
    if (window.visualViewport) window.visualViewport.addEventListener('resize', () => this.look());
  }

  /** Looks whether there is room for a whole poll. */
  look(focused = document.activeElement === element('composer-text')) {
    const height = window.visualViewport ? window.visualViewport.height * window.visualViewport.scale : window.innerHeight;
    const writing = focused && height < LOW_PX;
    if (writing === this.writing) return;
    this.writing = writing;
    this.render();
  }

  /** The poll that is shown whole: the one that was opened, else the oldest without an answer, else one with
      an answer that is not folded away. */
  whole(open) {
    if (this.writing) return null;
    const free = open.filter((poll) => !this.folded.has(poll));
    const next = free.find((poll) => !poll.voted && !poll.sending);
    return open.includes(this.chosen) ? this.chosen : next || free[free.length - 1] || null;
  }

  render() {
    const { chat } = this;
    if (!chat.me || !chat.current) return;
    const open = chat.canModerate ? [] : chat.polls.open(chat.current).reverse();
    this.items.forEach((item, poll) => {
      if (open.includes(poll)) return;
      item.node.remove();
      this.items.delete(poll);
    });
    open.forEach((poll) => this.item(poll));
    const whole = this.whole(open);
    // While somebody writes there is room for one line.
    const first = open.find((poll) => !poll.voted) || open[0];
    const height = this.node.offsetHeight;
    open.forEach((poll, n) => {
      const item = this.item(poll);
      if (this.node.children[n] !== item.node) this.node.insertBefore(item.node, this.node.children[n] || null);
      item.node.hidden = this.writing && poll !== first;
      item.render({ whole: poll === whole, fold: !this.writing, observer: chat.me.role === 'observer' });
    });
    this.node.hidden = !open.length;
    this.node.classList.toggle('writing', this.writing);
    this.node.setAttribute('aria-label', t('polls.title'));
    if (this.node.offsetHeight !== height) this.log.keepPlace();
    if (!this.fresh) return;
    // A hand or another poll may stand in the same place.
    reveal(element('cards'), this.item(this.fresh).node);
    this.fresh = null;
  }

  item(poll) {
    if (!this.items.has(poll)) {
      // A new question comes before one that is answered.
      if (this.chosen && this.chosen.voted) this.chosen = null;
      this.fresh = poll;
      this.items.set(poll, new Item(poll, {
        vote: (which, choices) => {
          this.chosen = which;
          this.chat.polls.vote(which, choices);
        },
        open: () => this.unfold(poll),
        fold: () => this.foldAway(poll),
      }));
    }
    return this.items.get(poll);
  }

  unfold(poll) {
    this.chosen = poll;
    this.folded.delete(poll);
    // The keyboard goes away, and with it the reason for a line alone.
    element('composer-text').blur();
    this.writing = false;
    this.render();
    const { title } = this.item(poll);
    title.focus();
  }

  foldAway(poll) {
    if (this.chosen === poll) this.chosen = null;
    this.folded.add(poll);
    this.render();
    this.item(poll).opener.focus();
  }
}
