// The desk: the right column as a row of tabs, one for each feature. A feature adds itself, says whether its
// tab is for this person and how much waits there, and draws its panel. Only the open panel is drawn.

import { element, icon, make, reveal } from '../base/dom.js';
import { number, t } from '../base/i18n.js';

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class Desk {
  /** `drawer()` opens the drawer of the column on a narrow page. */
  constructor({ chat, drawer }) {
    Object.assign(this, { chat, drawer });
    this.list = element('desk-tabs');
    this.tabs = new Map();
    this.selected = 'people';
    this.stale = true;
    this.due = false;
    this.list.addEventListener('keydown', (event) => this.key(event));
    document.addEventListener('visibilitychange', () => { if (document.hidden) this.leave(); });
  }

  /** Adds a tab at the end of the row, and returns its panel.
      `name`; `label`, a key of the catalogue; `picture`, an icon; `shown()`, whether the tab is for this person now; `count()`, how
      much waits for this person there; `render()` draws the panel, and is called only while it is open;
      `always()`, if given, is called at every change, and `left()` when the panel goes out of sight; `panel`,
      an element of the page, else a new one. */
  add({ name, label, picture, shown, count, render, always, left, panel = make('section') }) {
    panel.id = panel.id || 'desk-' + name;
    panel.classList.add('desk-panel');
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', 'desk-tab-' + name);
    panel.hidden = name !== this.selected;
    if (!panel.parentNode) element('desk-panels').append(panel);
    const tab = make('button', 'desk-tab');
    tab.type = 'button';
    tab.id = 'desk-tab-' + name;
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-controls', panel.id);
    // What is seen is the beginning of the label, which says the count in words.
    tab.append(icon(picture), make('span', 'words'), ' ', make('span', 'count'));
    tab.hidden = true;
    tab.addEventListener('click', () => this.select(name));
    this.list.append(tab);
    this.tabs.set(name, { name, label, shown, count, render, always, left, panel, tab });
    return panel;
  }

  /** A hidden element above the composer, for what everybody in the room is to answer. The feature fills it,
      shows it and hides it, best in `always()`, which is called at every change of room or person too. */
  card(name) {
    const node = make('section', 'desk-card');
    node.id = 'card-' + name;
    node.hidden = true;
    element('cards').append(node);
    return node;
  }

  /** Draws the desk again soon: once, however many changes there are. A change of a tab that is not open
      changes only its count. */
  changed(name) {
    if (!name || name === this.selected) this.stale = true;
    if (this.due) return;
    this.due = true;
    Promise.resolve().then(() => {
      this.due = false;
      this.draw();
    });
  }

  /** Draws everything at once, as after a change of the language. */
  render() {
    this.stale = true;
    this.draw();
  }

  draw() {
    if (!this.chat.me || !this.chat.current) return;
    const shown = this.shown();
    if (!shown.some(({ name }) => name === this.selected)) this.select('people');
    let waiting = 0;
    this.tabs.forEach((each) => {
      const on = shown.includes(each);
      each.tab.hidden = !on;
      if (on) waiting += this.label(each);
      if (each.always) each.always();
    });
    // One tab alone needs no row.
    this.list.hidden = shown.length < 2;
    this.drawButton(waiting);
    if (!this.stale) return;
    this.stale = false;
    this.tabs.get(this.selected).render();
  }

  shown() { return [...this.tabs.values()].filter((each) => each.shown()); }

  /** Writes the words and the count of a tab; returns the count. */
  label({ name, label, count, tab, panel }) {
    const n = count();
    const words = t(label);
    const [, text, badge] = tab.children;
    text.textContent = text.dataset.words = words;
    badge.textContent = n ? number(n) : '';
    badge.hidden = !n;
    // Without the isolates around facts: speech control compares whole words.
    if (n) tab.setAttribute('aria-label', t('desk.waiting', { what: words, n }).replace(/[\u2068\u2069]/g, ''));
    else tab.removeAttribute('aria-label');
    const on = name === this.selected;
    tab.setAttribute('aria-selected', String(on));
    tab.tabIndex = on ? 0 : -1;
    panel.hidden = !on;
    return n;
  }

  /** The button that opens the drawer says what waits in all tabs together. */
  drawButton(n) {
    const open = element('open-people');
    open.dataset.waiting = n ? number(n) : '';
    open.setAttribute('aria-label', n ? t('desk.waiting', { what: open.title, n }) : open.title);
  }

  select(name) {
    if (name === this.selected) return;
    this.leave();
    this.tabs.get(this.selected).panel.hidden = true;
    this.selected = name;
    this.tabs.get(name).panel.hidden = false;
    element('people-column').scrollTop = 0;
    this.render();
  }

  /** Scrolls a part of the open panel into sight, between the tabs and the foot. */
  reveal(node) {
    const column = element('people-column');
    const covered = this.list.getBoundingClientRect().bottom - column.getBoundingClientRect().top;
    reveal(column, node, covered, element('desk-foot').offsetHeight);
  }

  /** The open panel goes out of sight. */
  leave() {
    const { left } = this.tabs.get(this.selected);
    if (left) left();
  }

  /** Opens a tab, with the drawer if the column is one, and moves the focus there. */
  open(name) {
    this.select(name);
    if (getComputedStyle(element('people-column')).visibility === 'hidden') this.drawer();
    this.tabs.get(name).tab.focus();
  }

  key(event) {
    const { key } = event;
    if (!(STEPS[key] || key === 'Home' || key === 'End') || event.altKey || event.ctrlKey || event.metaKey) return;
    const shown = this.shown();
    const at = shown.findIndex(({ name }) => name === this.selected);
    let to = (at + (STEPS[key] || 0) + shown.length) % shown.length;
    if (key === 'Home') to = 0;
    if (key === 'End') to = shown.length - 1;
    event.preventDefault();
    this.select(shown[to].name);
    shown[to].tab.focus();
  }
}
