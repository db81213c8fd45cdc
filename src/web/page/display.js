// How the page looks: colours, drawers, and the height beside an on-screen keyboard.

import { Drawers } from './drawers.js';
import { element } from '../base/dom.js';
import { recall, remember } from '../base/session.js';
import { other, spoken, t } from '../base/i18n.js';

const THEMES = ['system', 'light', 'dark'];
const root = document.documentElement;
const dark = matchMedia('(prefers-color-scheme: dark)');

export class Display {
  /** `chooseLanguage(code)` changes the language; `changed()` is called when the size of the log changes;
      `closed(side)` is called when a drawer goes out of sight. */
  constructor({ chooseLanguage, changed, closed }) {
    this.changed = changed;
    this.theme = THEMES.includes(recall('theme')) ? recall('theme') : 'system';
    document.querySelectorAll('.theme').forEach((button) => button.addEventListener('click', () => {
      this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length];
      remember('theme', this.theme);
      this.render();
    }));
    document.querySelectorAll('.language').forEach((button) => button.addEventListener('click', () => chooseLanguage(other())));
    // Older browsers know only `addListener`.
    dark.addListener(() => this.render());
    this.drawers = new Drawers({ closed });
    if (window.visualViewport) {
      // Safari lays the keyboard over the page, so the page uses only the visible height.
      const visible = window.visualViewport;
      const fit = () => {
        // Zooming with two fingers also shrinks the viewport; `scale` undoes that.
        root.style.setProperty('--height', visible.height * visible.scale + 'px');
        if (visible.scale === 1) window.scrollTo(0, 0);
        this.changed();
      };
      visible.addEventListener('resize', fit);
      fit();
    }
    this.render();
  }

  render() {
    root.dataset.theme = this.theme === 'system' ? (dark.matches ? 'dark' : 'light') : this.theme;
    document.querySelectorAll('.theme').forEach((button) => {
      button.dataset.t = 'theme.' + this.theme;
      button.textContent = t(button.dataset.t);
    });
    document.querySelectorAll('.language').forEach((button) => {
      button.textContent = t('language.other');
      button.lang = t('language.other.tag');
    });
    // The guide has an address for each language.
    document.querySelector('#pages [data-needs=learn]').href = '/learn/' + spoken();
  }

  /** Whether the columns are drawers. */
  get narrow() { return this.drawers.narrow; }

  /** Opens or closes a drawer; `null` closes both. Says whether one was open. */
  toggleDrawer(side) { return this.drawers.toggle(side); }
}
