// How the page looks: colours, projector mode, drawers, and the height beside an on-screen keyboard.

import { element, make } from '../base/dom.js';
import { recall, remember } from '../base/session.js';
import { other, phrase, spoken, t } from '../base/i18n.js';

const THEMES = ['system', 'light', 'dark'];
const root = document.documentElement;
const dark = matchMedia('(prefers-color-scheme: dark)');

export class Display {
  /** `chooseLanguage(code)` changes the language; `changed()` is called when the size of the log changes;
      `poster()` is a promise of the join address as an image, or of null. */
  constructor({ chooseLanguage, changed, poster }) {
    Object.assign(this, { changed, poster });
    this.theme = THEMES.includes(recall('theme')) ? recall('theme') : 'system';
    document.querySelectorAll('.theme').forEach((button) => button.addEventListener('click', () => {
      this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length];
      remember('theme', this.theme);
      this.render();
    }));
    document.querySelectorAll('.language').forEach((button) => button.addEventListener('click', () => chooseLanguage(other())));
    // Older browsers know only `addListener`.
    dark.addListener(() => this.render());
    ['rooms', 'people'].forEach((side) => {
      element('open-' + side).addEventListener('click', () => this.toggleDrawer(side));
    });
    element('shade').addEventListener('click', () => this.toggleDrawer(null));
    element('open-projector').addEventListener('click', () => this.toggleProjector());
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
    document.querySelector('#pages a').href = '/learn/' + spoken();
    this.showJoinInfo({});
  }

  /** Shows how to join. The server tells the address and the class code only to moderators and hosts. */
  showJoinInfo({ class_code, join_url }) {
    // A loopback address would lead the students to their own machines.
    const local = /^(localhost|127\.|\[::1\])/.test(location.hostname);
    const address = local && join_url ? join_url : location.origin + '/';
    this.reachable = !local || Boolean(join_url);
    const banner = element('banner-words');
    banner.textContent = '';
    element('banner-picture').alt = t('projector.picture', { address });
    banner.append(this.reachable ? phrase('projector.join', { address }) : t('projector.local'));
    if (class_code) banner.append(' · ', phrase('projector.code', { code: class_code }));
    const code = element('tools-code');
    code.textContent = '';
    code.hidden = !class_code;
    if (!class_code) return;
    const way = make('span', 'small');
    if (this.reachable) way.append(phrase('projector.join', { address }));
    code.append(phrase('projector.code', { code: class_code }), way);
  }

  /** Whether the columns are drawers. */
  get narrow() { return element('open-rooms').offsetParent !== null; }

  /** Opens or closes a drawer; `null` closes both. Says whether one was open. */
  toggleDrawer(side) {
    const { classList } = document.body;
    const open = classList.contains('show-rooms') || classList.contains('show-people');
    ['rooms', 'people'].forEach((each) => {
      const on = each === side && !classList.contains('show-' + each);
      if (classList.contains('show-' + each) && !on) element('open-' + each).focus();
      classList.toggle('show-' + each, on);
      element('open-' + each).setAttribute('aria-expanded', String(on));
      if (on) {
        const buttons = [...element(each + '-column').querySelectorAll('button')];
        const first = buttons.find((button) => button.offsetParent && button.tabIndex >= 0);
        if (first) first.focus();
      }
    });
    return open;
  }

  async toggleProjector() {
    this.toggleDrawer(null);
    const on = document.body.classList.toggle('projector');
    this.changed();
    if (!on || !this.reachable) return;
    const source = await this.poster();
    const picture = element('banner-picture');
    if (source) picture.src = source;
    picture.hidden = !source;
    this.changed();
  }
}
