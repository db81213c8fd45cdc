// Loads the protocol view when somebody opens it for the first time: most of a class never does, and a
// server without it does not serve its files. Until then, every call here does nothing.

import { element } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { session } from '../base/session.js';

export class ProtocolView {
  constructor({ chat, status, log }) {
    Object.assign(this, { chat, status, log });
    this.about = {};
    this.glass = null;
    // The address with which the page was opened counts once, when the person is in the chat.
    this.here = this.visited = false;
    window.addEventListener('hashchange', () => this.visit());
    element('glass-open').addEventListener('click', () => this.toggle());
  }

  /** What the server offers, once it is known. */
  get features() { return this.about; }

  set features(about) {
    this.about = about;
    this.arrive();
  }

  get offered() { return Boolean(this.features.glass); }

  arrive() {
    if (this.visited || !this.here || !this.offered) return;
    this.visited = true;
    this.visit();
  }

  async toggle() {
    if (!this.offered) return;
    try {
      if (!this.glass) await this.load();
    } catch (error) {
      this.status.toast(t('error.unreachable'), { words: t('again'), act: () => this.toggle() }, { about: 'glass' });
      return;
    }
    this.glass.toggle();
  }

  /** Opens the view at the frame that the page's address names, if it names one. */
  async visit() {
    const { hash } = location;
    if (!this.offered || !hash.startsWith('#frame=')) return;
    try {
      if (!this.glass) await this.load();
    } catch (error) {
      this.status.toast(t('error.unreachable'), { words: t('again'), act: () => this.visit() }, { about: 'glass' });
      return;
    }
    if (!this.glass.open) this.glass.toggle();
    this.glass.go(hash);
  }

  /** Opens the view at the frame of a message of the log. */
  async look(entry) {
    try {
      if (!this.glass) await this.load();
    } catch (error) {
      this.status.toast(t('error.unreachable'), { words: t('again'), act: () => this.look(entry) }, { about: 'glass' });
      return;
    }
    if (!this.glass.open) this.glass.toggle();
    this.glass.look(entry);
  }

  async load() {
    const { Glass, styles } = await import('../glass/glass.js');
    await styles();
    if (this.glass) return;
    this.glass = new Glass({
      chat: this.chat,
      features: this.features,
      token: () => session.token(),
      toast: (words) => this.status.toast(words),
      sizeChanged: () => this.log.keepPlace(),
    });
  }

  /** Watches the connection of the chat, which may be a new one. */
  follow() {
    if (this.glass) this.glass.follow();
    this.here = true;
    this.arrive();
  }

  /** Says whether the connection ended as an experiment of this person. */
  connectionChanged(state) {
    return Boolean(this.glass) && this.glass.connectionChanged(state);
  }

  /** Draws everything again, in another language. */
  rebuild() {
    if (this.glass) this.glass.build();
  }

  /** Forgets what was seen, for the next person. */
  reset() {
    if (this.glass) this.glass.reset();
  }
}
