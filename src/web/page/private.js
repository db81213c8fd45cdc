// Private messages on the desk: the list of conversations, and the one that is open. What is typed stays in
// memory only, because tablets are shared.

import { sends } from './enter.js';
import { cleanText } from '../base/clean.js';
import { box, button, element, grow, make, reconcile } from '../base/dom.js';
import { clock, number, phrase, t, when } from '../base/i18n.js';
import { HOSTS } from '../chat/private.js';
import { current, isPast } from '../chat/thread.js';
import { empty } from './cards.js';
import { badgeOf, nameOf } from './person.js';
import { refusal } from './sentences.js';
import { body, plain } from './text.js';

// In the list a conversation shows the beginning of its newest message.
const BEGINNING = 80;
// A reader this near to the end of a conversation counts as being there.
const NEAR_END_PX = 40;

/** The other side of a conversation: a person, or all who teach. */
const sideOf = (who) => (who.id === HOSTS ? make('span', 'name', t('private.hosts')) : nameOf(who));

export class PrivateView {
  /** `panel` is that of its tab, and `reports` has the rows above the conversations. */
  constructor(views, panel, reports) {
    const { chat, desk, people, composer } = views;
    Object.assign(this, { chat, desk, people, composer, status: views.status, model: chat.private });
    Object.assign(this, { panel, reports });
    this.build();
    // The drawer has been opened.
    new MutationObserver(() => this.look()).observe(document.body, { attributes: true, attributeFilter: ['class'] });
    document.addEventListener('visibilitychange', () => this.look());
    window.addEventListener('pagehide', () => this.model.tellAll());
  }

  /** What keeps its focus, its text and its place while messages come. */
  build() {
    this.log = make('ol', 'private-log');
    this.log.setAttribute('role', 'log');
    this.log.tabIndex = 0;
    this.log.addEventListener('scroll', () => this.look(), { passive: true });
    this.text = make('textarea');
    this.text.id = 'private-text';
    this.text.rows = 2;
    this.text.dir = 'auto';
    this.label = make('label');
    this.label.htmlFor = this.text.id;
    this.problem = make('p', 'problem');
    this.problem.setAttribute('role', 'alert');
    this.send = make('button', 'primary');
    this.send.id = 'private-send';
    this.form = box('form', 'desk-form', this.label, this.text, this.problem, this.send);
    this.form.id = 'private-form';
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.say();
    });
    this.text.addEventListener('input', () => {
      this.model.drafts.set(this.model.shown, this.text.value);
      this.problem.textContent = '';
    });
    // A scrollbar in two lines hides most of what was written.
    ['input', 'focus'].forEach((kind) => this.text.addEventListener(kind, () => grow(this.text)));
    this.text.addEventListener('keydown', (event) => {
      if (!sends(event)) return;
      event.preventDefault();
      this.say();
    });
  }

  /** Opens a conversation, ready to write, or the list. */
  start(who) {
    this.show(who);
    this.away = false;
    this.desk.open('private');
    if (who) this.text.focus();
  }

  show(who) {
    this.model.show(who);
    this.text.value = (who && this.model.drafts.get(who.id)) || '';
    this.problem.textContent = '';
    this.scroll = true;
    this.desk.render();
  }

  /** What follows each change, whichever tab is open. */
  always() {
    if (!this.inSight) this.away = true;
    this.look();
    this.quieten();
  }

  /** Tells the model whether the end of the open conversation is really in sight. */
  look() {
    const seen = this.inSight && Boolean(this.model.shown) && !document.hidden && this.atEnd;
    if (seen !== this.model.looking) this.model.look(seen);
  }

  get inSight() { return !this.panel.hidden && getComputedStyle(element('people-column')).visibility !== 'hidden'; }

  get atEnd() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END_PX; }

  /** Something new came: one line outside the desk, without the words. */
  came(thread) {
    const words = make('span');
    if (!thread) words.append(t('report.came'));
    else words.append(phrase('private.came', { name: thread.who.id === HOSTS ? t('private.hosts') : thread.who.name }));
    const act = () => {
      // Somebody else may use the page by now.
      if (thread && this.model.threads.get(thread.who.id) !== thread) return;
      this.start(thread && thread.who);
    };
    this.status.toast(words, { words: t('private.open'), act }, { about: thread ? 'private:' + thread.who.id : 'report' });
  }

  /** Takes the toasts away that speak of what has been read or done. */
  quieten() {
    this.model.threads.forEach(({ unread, who }) => { if (!unread) this.status.end('private:' + who.id); });
    if (!this.model.reports.size) this.status.end('report');
  }

  render() {
    const { model } = this;
    const thread = model.threads.get(model.shown);
    // Somebody comes back to the tab while another conversation waits: the list leads to all of them.
    const back = this.away && thread && model.unread > thread.unread;
    this.away = false;
    if (back) {
      this.show(null);
      return;
    }
    const focused = this.panel.contains(document.activeElement) ? document.activeElement : null;
    if (thread) this.renderThread(thread);
    else reconcile(this.panel, this.overview());
    // The focus was on something that is not here any more.
    if (focused && !this.panel.contains(focused)) {
      const next = (thread ? this.first(thread) : this.panel.querySelector('button')) || element('desk-tab-private');
      next.focus();
    }
    this.look();
  }

  // ---- the list ----------------------------------------------------------------------------------

  overview() {
    const { model } = this;
    const rows = this.reports.rows();
    const threads = model.list();
    if (rows.length) rows.push(make('h2', '', t('private.threads')));
    if (model.asks) {
      const ask = button('primary', t('private.ask'), () => this.start({ id: HOSTS, name: HOSTS, role: 'host' }));
      ask.id = 'private-ask';
      rows.push(ask, make('p', 'small', t('private.ask.who')));
    }
    threads.forEach((thread) => rows.push(this.row(thread)));
    if (!threads.length) rows.push(empty(t(model.asks ? 'private.none' : 'private.none.leads')));
    return rows;
  }

  row(thread) {
    const { who, entries, unread } = thread;
    const newest = entries[entries.length - 1];
    const id = who.id;
    const open = button('private-row', undefined, () => {
      const opened = this.model.threads.get(id);
      this.show(opened.who);
      this.first(opened).focus();
    });
    open.dataset.thread = id;
    const head = box('span', 'desk-head', sideOf(who), id === HOSTS ? null : badgeOf(this.chat.person(who)));
    if (unread) {
      const count = make('span', 'unread', number(unread));
      count.setAttribute('aria-hidden', 'true');
      head.append(count, make('span', 'hidden', t('private.unread', { n: unread })));
    }
    if (isPast(thread)) head.append(' ', make('span', 'badge', t('private.past')));
    head.append(this.time(newest.at));
    const words = make('span', 'private-beginning');
    if (newest.own) words.append(t('private.you'), ' ');
    words.append(make('bdi', '', [...plain(newest.text)].slice(0, BEGINNING).join('')));
    open.append(head, words);
    return open;
  }

  time(at) {
    const node = make('time', '', clock(at));
    node.dateTime = new Date(at).toISOString();
    node.title = when(at);
    return node;
  }

  /** Where somebody goes on in a conversation: where they write, or where they read one that is over. */
  first(thread) { return this.model.isOver(thread) ? this.log : this.text; }

  // ---- a conversation ----------------------------------------------------------------------------

  renderThread(thread) {
    const { log } = this;
    const { atEnd } = this;
    const below = log.scrollHeight - log.scrollTop;
    const first = log.firstElementChild;
    const hosts = thread.who.id === HOSTS;
    const { name } = thread.who;
    const title = box('h2', 'private-title', sideOf(thread.who), ' ', hosts ? null : badgeOf(this.chat.person(thread.who)));
    const back = button('link', t('private.back'), () => this.show(null));
    back.id = 'private-back';
    const rows = [box('p', 'private-back', back), title, make('p', 'small', this.readers(thread))];
    const older = button('quiet', t('log.older'), () => this.model.older(this.model.threads.get(this.model.shown)));
    older.id = 'private-older';
    if (thread.more && thread.loaded) rows.push(older);
    log.setAttribute('aria-label', hosts ? t('private.log.hosts') : t('private.log', { name }));
    reconcile(log, this.messages(thread));
    this.label.textContent = hosts ? t('private.to.hosts') : t('private.to', { name });
    this.send.textContent = t('composer.send');
    rows.push(log);
    if (!thread.entries.length) rows.push(empty(t('private.begin')));
    reconcile(this.panel, rows.concat(this.model.isOver(thread) ? [] : this.form));
    if (this.scroll || atEnd) log.scrollTop = log.scrollHeight;
    // Older messages came above: the reader stays where they were.
    else if (log.firstElementChild !== first) log.scrollTop = log.scrollHeight - below;
    if (this.scroll && !this.panel.hidden) this.form.scrollIntoView({ block: 'nearest' });
    this.scroll = false;
  }

  /** Who reads this conversation, and whether it is kept. */
  readers(thread) {
    const { model, chat } = this;
    if (model.isOver(thread)) return t('private.over');
    if (thread.who.id === HOSTS) return t(model.attended ? 'private.readers.hosts' : 'private.readers.nobody');
    const newest = current(thread).pop();
    if (chat.isHost && newest && newest.shared) return t('private.readers.shared');
    return t(model.isKept(thread) ? 'private.readers.kept' : 'private.readers.passing');
  }

  /** The messages, with a line between those of earlier lessons and those of this one. */
  messages(thread) {
    const rows = thread.entries.map((entry) => this.message(thread, entry));
    const at = thread.entries.filter(({ ended }) => ended).length;
    if (at && !this.model.isOver(thread)) rows.splice(at, 0, make('li', 'small private-lesson', t('private.lesson')));
    return rows;
  }

  message(thread, entry) {
    const item = make('li', 'private-message' + (entry.own ? ' own' : ''));
    item.setAttribute('role', 'article');
    item.dataset.state = entry.state;
    const who = entry.own ? make('span', 'name', t('message.you')) : nameOf(entry.from);
    const text = make('div', 'desk-text');
    text.append(body(entry.text, entry.from));
    item.append(box('p', 'desk-head', who, entry.own ? null : badgeOf(entry.from), this.time(entry.at)), text);
    if (entry.own) item.append(this.state(thread, entry));
    return item;
  }

  state(thread, entry) {
    const line = make('p', 'small state');
    if (entry.state === 'pending') line.append(t('message.pending'));
    else if (entry.state === 'saved') line.append(t(entry.waits ? 'private.waits' : this.model.isKept(thread) ? 'message.saved' : 'message.delivered'));
    else {
      const { id } = thread.who;
      const of = () => this.model.threads.get(id);
      line.append(make('strong', '', t('message.failed')), ' ', refusal(entry.why), ' ',
        button('again link', t('message.again'), () => this.model.again(of(), entry)), ' ',
        button('discard link', t('message.discard'), () => this.model.discard(of(), entry)));
    }
    return line;
  }

  say() {
    const { model } = this;
    const thread = model.threads.get(model.shown);
    const text = cleanText(this.text.value).trim();
    if (!thread || !text) return;
    const wrong = this.composer.wrong(text);
    this.problem.textContent = wrong;
    if (wrong) return;
    this.text.value = '';
    model.drafts.delete(model.shown);
    this.scroll = true;
    model.say(thread, text);
    this.text.focus();
    grow(this.text);
  }
}
