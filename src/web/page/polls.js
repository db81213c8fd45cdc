// Polls on the desk of those who lead: what is asked now, with live bars, a new poll, and the earlier ones.

import { actions, empty } from './cards.js';
import { Late } from './late.js';
import { PollCard } from './poll-card.js';
import { bars, choiceWords, counted, doubled, kinds, names, pollRows } from './poll-parts.js';
import { MAX_OPEN } from '../chat/polls.js';
import { box, make, reconcile } from '../base/dom.js';
import { t } from '../base/i18n.js';

// Up to so many names of those who have not answered are shown at once.
const FEW = 12;

/** A list that can be opened. It stays open while its lines change. */
class Unfolding {
  constructor(name) {
    this.node = box('details', name, make('summary'), make('div'));
    this.node.firstChild.addEventListener('click', () => { this.chosen = true; });
  }

  /** Without lines it is hidden. `open`: until a person opens or closes it. */
  render(words, lines, open = false) {
    if (!this.chosen && this.node.open !== open) this.node.open = open;
    const [summary, body] = this.node.children;
    this.node.hidden = !lines.length;
    if (summary.textContent !== words) summary.textContent = words;
    reconcile(body, lines);
  }
}

/** One poll on the desk. Its elements stay, so that no click is lost while votes come in. */
class Card {
  constructor(poll, polls) {
    Object.assign(this, { poll, polls });
    this.node = make('div', 'desk-card poll-desk');
    this.node.dataset.poll = poll.seq;
    this.head = make('div', 'desk-head');
    this.count = make('p', 'small poll-count');
    this.result = make('div', 'poll-bars');
    this.notes = make('div', 'poll-notes');
    this.missing = new Unfolding('poll-missing');
    this.voters = new Unfolding('poll-voters');
    this.acts = make('div');
    this.node.append(this.head, this.count, this.result, this.notes, this.acts, this.missing.node, this.voters.node);
  }

  render() {
    const { poll } = this;
    const question = make('h3', 'poll-question');
    question.append(make('bdi', '', poll.question));
    reconcile(this.head, [question, ...kinds(poll), ...(poll.open ? [] : [make('span', 'badge', t('polls.closed'))])]);
    const count = counted(poll);
    if (this.count.textContent !== count) this.count.textContent = count;
    reconcile(this.result, bars(poll));
    reconcile(this.notes, this.remarks());
    this.people();
    reconcile(this.acts, this.buttons());
  }

  remarks() {
    const { poll } = this;
    const all = [];
    const add = (name, ...words) => all.push(box('p', name, ...words));
    if (poll.anonymous && poll.open && !poll.votes) add('small', t('polls.secret'));
    // The sums of an anonymous poll are hidden until five have answered.
    const few = poll.anonymous && poll.open && !poll.votes;
    if (poll.published) add('small', t(few ? 'polls.few.votes' : 'polls.published'));
    else if (!poll.open) add('small', t('polls.leaders'));
    poll.sameDevice.forEach((group) => add('small poll-flag', t('polls.device'), ' ', names(group)));
    if (poll.repeated && !poll.sameDevice.length) add('small poll-flag', t('polls.repeated', { n: poll.repeated }));
    return all;
  }

  /** Who has not answered, and who chose what. */
  people() {
    const { missing, voters } = this.poll;
    const waiting = missing && missing.length ? [box('p', 'small', names(missing))] : [];
    this.missing.render(t('polls.missing', { n: missing ? missing.length : 0 }), waiting, waiting.length > 0 && missing.length <= FEW);
    const lines = [];
    (voters && voters.length ? this.poll.choices : []).forEach((_, n) => {
      const those = voters.filter(({ choices }) => choices.includes(n));
      if (those.length) lines.push(box('p', 'small', choiceWords(this.poll, n), ': ', names(those)));
    });
    this.voters.render(t('polls.voters'), lines);
  }

  buttons() {
    const { poll, polls } = this;
    const label = (words) => words + ': ' + poll.question;
    const all = [];
    const add = (words, act, primary) => all.push({ words, primary, label: label(words), act: (event) => { if (!doubled(event)) act(); } });
    if (poll.open) add(t('polls.close'), () => polls.close(poll), true);
    if (!poll.published) add(t('polls.publish'), () => polls.publish(poll));
    return all.length ? [actions(all)] : [];
  }
}

export class PollsView {
  constructor({ chat, desk, log, partMissing }) {
    Object.assign(this, { chat, desk });
    this.card = new PollCard({ chat, desk, log });
    this.drawRows = pollRows({ chat, log });
    this.cards = new Map();
    this.asking = make('div');
    this.form = new Late(async () => {
      const { PollForm } = await import('./poll-form.js');
      const form = new PollForm({ ask: (asked) => this.ask(asked) });
      this.asking.append(form.node);
      return form;
    }, partMissing);
    this.owner = null;
    this.panel = desk.add({
      name: 'polls',
      label: 'polls.title',
      picture: 'chart-bar',
      shown: () => chat.canModerate,
      count: () => chat.polls.open(chat.current).length,
      render: () => this.render(),
      always: () => this.always(),
    });
    this.open = make('div', 'poll-open');
    this.earlier = make('div', 'poll-earlier');
    this.heading = make('h3');
    this.heading.hidden = true;
    this.none = empty('');
    this.full = make('p', 'small');
    this.title = make('h2', 'hidden');
    this.panel.append(this.title, this.open, this.full, this.asking, this.heading, this.earlier, this.none);
  }

  /** Starts a poll, and brings its card into view: the form stands below it. */
  async ask(asked) {
    const room = this.chat.current;
    const why = await this.chat.polls.ask(room, asked);
    if (why || room !== this.chat.current) return why;
    this.desk.render();
    const [card] = [...this.cards.values()].sort((a, b) => b.poll.seq - a.poll.seq);
    if (card) this.desk.reveal(card.node);
    return why;
  }

  always() {
    const { me } = this.chat;
    // What somebody else typed here is not for this person.
    if (this.owner !== me.id) {
      this.owner = me.id;
      const { part } = this.form;
      if (part) {
        part.clear();
        part.close();
      }
    }
    this.card.render();
    this.drawRows();
  }

  /** The form comes first: what stands below it must not move under a finger. */
  render() {
    this.title.textContent = t('polls.title');
    this.form.use((form) => this.draw(form));
  }

  draw(form) {
    const { polls, current } = this.chat;
    // The room may have been left meanwhile.
    if (!current) return;
    const all = polls.list(current);
    const open = all.filter((poll) => poll.open);
    // A poll that was closed stays in its place until its result is shown to all, or the next one is closed.
    const kept = all.filter((poll) => !poll.open && !poll.published).sort((a, b) => b.seq - a.seq).slice(0, 1);
    const above = all.filter((poll) => poll.open || kept.includes(poll));
    this.fill(this.open, above);
    this.fill(this.earlier, all.filter((poll) => !above.includes(poll)));
    this.cards.forEach((_, poll) => { if (!all.includes(poll)) this.cards.delete(poll); });
    const full = open.length >= MAX_OPEN;
    this.full.hidden = !full;
    this.full.textContent = t('polls.full', { n: MAX_OPEN });
    form.render(full);
    this.heading.hidden = all.length === above.length;
    this.heading.textContent = t('polls.earlier');
    this.none.hidden = all.length > 0;
    this.none.textContent = t('polls.none');
  }

  /** Puts the cards of these polls into a part of the panel. */
  fill(part, polls) {
    const wanted = polls.map((poll) => {
      if (!this.cards.has(poll)) this.cards.set(poll, new Card(poll, this.chat.polls));
      const card = this.cards.get(poll);
      card.render();
      return card.node;
    });
    [...part.children].forEach((node) => { if (!wanted.includes(node)) node.remove(); });
    wanted.forEach((node, n) => { if (part.children[n] !== node) part.insertBefore(node, part.children[n] || null); });
  }
}
