// The protocol view: a panel beside the chat that shows the bits of the chat's connection. It connects
// the lens (network), the recording (data) and the views (DOM), and is loaded when it is first opened.
// Views are drawn at most once for each animation frame, however fast the frames of the wire come.

import { acts } from './acts.js';
import { chart } from './chart.js';
import { Demo } from './demo.js';
import { Recording, said } from './recording.js';
import { frames } from './frames.js';
import { handshake, token } from './handshake.js';
import { ladders } from './ladders.js';
import { fanOut, ledger } from './ledger.js';
import { Lens } from './lens.js';
import { follow, frameOf } from './link.js';
import { messages } from './messages.js';
import { Size } from './size.js';
import { tools } from './tools.js';
import './words.js';
import { box, button, element, iconButton, make } from '../base/dom.js';
import { known, t } from '../base/i18n.js';

const VIEWS = { frames, messages, handshake, ladders, token, fan: fanOut, ledger, chart };
const STYLES = ['/assets/glass/glass.css', '/assets/glass/views.css', '/assets/glass/bits.css'];
// In a narrower panel the ruler has two bytes a row instead of four.
const WIDE_RULER_PX = 600;
// How often views are drawn that have to be rebuilt as a whole.
const SLOW_MS = 250;
// With more events than this at once, views are drawn less often, to spare old phones.
const FLOOD = 5;
const FLOODED_MS = 100;
const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';

/** Loads the stylesheets of the view; without them the panel would show unstyled for a moment. */
export function styles() {
  return Promise.all(STYLES.map((address) => new Promise((resolve, reject) => {
    const link = Object.assign(make('link'), { rel: 'stylesheet', href: address, onload: resolve });
    link.onerror = () => {
      link.remove();
      reject(new Error(address));
    };
    document.head.append(link);
  })));
}

export class Glass {
  /** `features` is what the server offers; `toast(words)` shows a toast; `sizeChanged()` lets the log
      keep its place. */
  constructor({ chat, features, token: key, toast, sizeChanged }) {
    Object.assign(this, { chat, features, toast, sizeChanged });
    this.panel = element('glass');
    this.recording = new Recording(() => this.chat.me && this.chat.me.id);
    this.memory = { tab: 'frames' };
    this.tables = this.paused = this.large = this.open = this.scheduled = this.flooded = false;
    this.following = true;
    this.view = this.asked = this.watched = null;
    this.fresh = [];
    this.lens = new Lens({
      url: `${scheme}//${location.host}/lens`,
      token: key,
      heard: (event) => this.take(this.recording.add(event)),
      changed: () => this.state(),
    });
    this.demo = new Demo({
      url: `${scheme}//${location.host}/ws?join=`,
      token: key,
      room: () => this.chat.current.name,
      changed: (connection) => {
        this.watch(connection === null ? this.own() : connection);
        this.build();
      },
      told: (id, code) => this.told(id, code),
      problem: ({ error }) => this.toast(known('error.' + error) ? t('error.' + error) : t('glass.demo.problem')),
    });
    this.size = new Size({ handle: element('glass-handle'), panel: this.panel, changed: () => this.resized() });
  }

  // ---- open and close ---------------------------------------------------------------------------

  toggle() {
    this.open = !this.open;
    this.panel.hidden = element('glass-handle').hidden = element('glass-side').hidden = !this.open;
    element('glass-open').setAttribute('aria-pressed', String(this.open));
    document.body.classList.toggle('glass-open', this.open);
    if (this.open) {
      this.build();
      this.follow();
      this.panel.focus();
    } else {
      if (this.demo.on) this.demo.stop();
      this.clear();
      this.lens.close();
      this.watched = null;
      element('glass-open').focus();
    }
    this.sizeChanged();
  }

  /** Forgets what was recorded, for the next person. */
  reset() {
    if (this.open) this.toggle();
    this.recording = new Recording(() => this.chat.me && this.chat.me.id);
    this.memory = { tab: 'frames' };
  }

  own() { return this.chat.joinInfo ? this.chat.joinInfo.connection : null; }

  /** Watches the connection of the chat, which may be a new one. */
  follow() {
    if (this.open && !this.demo.on) this.watch(this.own());
  }

  watch(connection) {
    if (connection === null || connection === this.watched) return;
    this.watched = connection;
    this.lens.watch(connection);
  }

  /** Records the end of the chat's connection; says whether this person caused it as an experiment. */
  connectionChanged({ name, code }) {
    if (name === 'waiting' && this.view && this.view.again) this.view.again();
    if (!['waiting', 'ended'].includes(name) || this.demo.on) return false;
    const meant = this.asked === code;
    this.asked = null;
    if (this.watched) this.told(this.watched, code);
    // After a restart of the server the next connection may have the same number.
    this.watched = null;
    return meant;
  }

  told(id, code) {
    this.take(this.recording.told(id, code));
  }

  // ---- events -----------------------------------------------------------------------------------

  take(item) {
    if (!item) return;
    const { event } = item;
    if (this.open && !this.paused && this.following && event.type === 'frame' && (said(event) || !this.memory.selected)) {
      Object.assign(this.memory, { selected: item, missing: null });
    }
    if (event.type === 'error') this.say(t('glass.do.refused', { why: event.message }));
    this.fresh.push(item);
    // A hidden tab gets no animation frames, so the list would grow without a limit.
    if (this.fresh.length > 4000) this.fresh.splice(0, 2000);
    this.schedule();
  }

  /** Draws at the next animation frame, and a little later if that costs more. */
  schedule() {
    if (!this.open || this.scheduled) return;
    this.scheduled = true;
    const soon = () => requestAnimationFrame(() => this.draw());
    const slow = this.view && (this.view.slow || this.tables);
    if (slow || this.flooded) setTimeout(soon, slow ? SLOW_MS : FLOODED_MS);
    else soon();
  }

  draw() {
    this.scheduled = false;
    if (this.paused) {
      this.note();
      return;
    }
    const { fresh } = this;
    this.flooded = fresh.length > FLOOD;
    this.fresh = [];
    if (this.view) this.view.update(fresh);
    if (fresh.some(({ event }) => ['opened', 'lost', 'ended'].includes(event.type))) this.note();
  }

  /** Shows the frame that a link names, or says why it cannot. */
  go(hash) {
    const { item, ...missing } = follow(hash, this.recording);
    this.point(item, missing);
  }

  /** Shows the frame of a message of the log, or says why it is not here. */
  look(entry) {
    this.point(frameOf(this.recording, entry), { why: entry.own ? 'sent' : 'came' });
  }

  point(item, missing) {
    Object.assign(this.memory, item ? { selected: item, missing: null } : { missing });
    this.unfollow();
    this.show('frames');
    const line = item && element('frame-' + item.n);
    if (line) line.scrollIntoView({ block: 'nearest' });
    (line ? element('glass-frames') : this.panel).focus();
  }

  unfollow() {
    this.following = false;
    this.note();
  }

  // ---- the panel --------------------------------------------------------------------------------

  width() { return this.panel.clientWidth < WIDE_RULER_PX ? 16 : 32; }

  resized() {
    if (!this.open) return;
    if (this.view && this.view.resized && this.width() + this.panel.clientWidth !== this.before) this.view.resized();
    this.before = this.width() + this.panel.clientWidth;
    this.sizeChanged();
  }

  clear() {
    if (this.view && this.view.gone) this.view.gone();
    this.view = null;
    this.panel.textContent = '';
  }

  /** Builds the panel again: when it opens, in another language, or as tables. */
  build() {
    if (!this.open) return;
    const focused = this.panel.contains(document.activeElement) && document.activeElement.id;
    const heard = this.acts ? this.acts.said.textContent : '';
    this.clear();
    this.panel.classList.toggle('large', this.large);
    this.line = make('p', 'small lens-state');
    this.line.id = 'glass-state';
    this.line.setAttribute('role', 'status');
    const close = iconButton('quiet', 'x', t('glass.close'), () => this.toggle());
    close.id = 'glass-close';
    const title = make('h2', 'hidden', t('glass.title'));
    title.id = 'glass-title';
    this.body = make('div', 'glass-body');
    Object.assign(this.body, { id: 'glass-view', tabIndex: 0 });
    this.body.setAttribute('role', 'tabpanel');
    this.acts = acts((what, more, view) => this.act(what, more, view));
    this.acts.said.textContent = heard;
    const bar = tools(this);
    this.follower = bar.follower;
    this.panel.append(box('div', 'glass-head', title, this.tabs(), close), box('div', 'glass-bar', bar.node, this.line));
    if (this.demo.on) this.panel.append(this.demo.line());
    this.panel.append(this.body, this.acts);
    this.show(this.memory.tab);
    this.state();
    const again = focused && element(focused);
    if (again) again.focus();
  }

  tabs() {
    const list = make('div', 'tabs');
    list.setAttribute('role', 'tablist');
    list.setAttribute('aria-label', t('glass.title'));
    Object.keys(VIEWS).forEach((name) => {
      const tab = button('tab', t('glass.tab.' + name), () => this.show(name));
      tab.id = 'glass-tab-' + name;
      tab.dataset.words = tab.textContent;
      tab.setAttribute('role', 'tab');
      tab.setAttribute('aria-controls', 'glass-view');
      list.append(tab);
    });
    list.addEventListener('keydown', (event) => {
      const names = Object.keys(VIEWS);
      const at = names.indexOf(this.memory.tab);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const name = names[(to + names.length) % names.length];
      this.show(name);
      element('glass-tab-' + name).focus();
    });
    return list;
  }

  show(name) {
    this.memory.tab = name;
    this.panel.querySelectorAll('[role=tab]').forEach((tab) => {
      const on = tab.id === 'glass-tab-' + name;
      tab.setAttribute('aria-selected', String(on));
      tab.tabIndex = on ? 0 : -1;
      if (on && tab.scrollIntoView) tab.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    });
    if (this.view && this.view.gone) this.view.gone();
    this.body.setAttribute('aria-labelledby', 'glass-tab-' + name);
    this.body.dataset.view = name;
    this.body.textContent = '';
    this.body.scrollTop = 0;
    this.view = VIEWS[name](this);
    this.body.append(this.view.node);
    if (this.view.shown) this.view.shown();
  }

  resume() {
    if (!this.paused) {
      this.fresh = [];
      this.show(this.memory.tab);
    }
    this.note();
  }

  state() {
    this.panel.dataset.lens = this.lens.state.name;
    this.note();
  }

  /** Shows the state of the lens in words, or why there is none. */
  note() {
    if (!this.line) return;
    const { lens, recording } = this;
    const { name, why } = lens.state;
    const facts = { id: (recording.now && recording.now.id) || '', name: (recording.now && recording.now.name) || '' };
    let words = name === 'refused' ? t('glass.lens.refused.' + why) : t(`glass.lens.${recording.now && recording.now.demo && name === 'open' ? 'demo' : name}`, facts);
    const lost = recording.now ? recording.now.lost : 0;
    if (lost) words += ' ' + t('glass.lens.lost', { n: lost });
    if (this.paused) words += ' ' + t('glass.paused', { n: this.fresh.length });
    if (this.line.textContent !== words) this.line.textContent = words;
    this.line.classList.toggle('problem', name === 'refused');
    if (this.follower) this.follower.setAttribute('aria-pressed', String(this.following));
    const again = this.panel.querySelector('#glass-again');
    if (again) again.remove();
    if (name === 'refused' && why !== 'off') {
      const retry = button('link', t('glass.lens.again'), () => this.lens.watch(this.lens.connection));
      retry.id = 'glass-again';
      this.line.after(retry);
    }
  }

  // ---- actions ----------------------------------------------------------------------------------

  act(what, more, view) {
    const sent = this.lens.ask(what, more);
    if (!sent) return false;
    // The page reconnects after this code even if it normally would not.
    if (what === 'close') this.asked = more.code;
    if (this.paused) element('glass-pause').click();
    this.show(view);
    return true;
  }

  quietPing() { this.lens.ask('ping'); }

  say(words) {
    if (this.acts) this.acts.said.textContent = words;
  }
}
