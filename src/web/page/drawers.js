// On a narrow page the rooms and the desk are drawers. An open drawer has an entry of its own in the history of
// the browser, so that Back closes the drawer and does not leave the page.

import { element } from '../base/dom.js';

const SIDES = ['rooms', 'people'];

/** The drawer of the current entry of the history, or null. */
const entered = () => (history.state && history.state.drawer) || null;

export class Drawers {
  /** `closed(side)` is called when a drawer goes out of sight. */
  constructor({ closed }) {
    this.closed = closed;
    this.side = null;
    // Whether a step back was asked for and has not happened yet.
    this.leaving = false;
    SIDES.forEach((side) => {
      element('open-' + side).addEventListener('click', () => this.toggle(side));
      element(side + '-column').querySelector('.drawer-close').addEventListener('click', () => this.toggle(null));
    });
    element('shade').addEventListener('click', () => this.toggle(null));
    window.addEventListener('popstate', () => this.went());
    // A page that gets wide has columns again.
    window.addEventListener('resize', () => { if (this.side && !this.narrow) this.toggle(null); });
    // The page was loaded anew while a drawer was open: its entry is there, and the drawer is not.
    this.keep();
  }

  /** Whether the columns are drawers. */
  get narrow() { return element('open-rooms').offsetParent !== null; }

  /** Opens or closes a drawer; `null` closes both. Says whether one was open. */
  toggle(side) {
    const open = Boolean(this.side);
    this.show(side === this.side ? null : side);
    this.keep();
    return open;
  }

  show(side) {
    const before = this.side;
    if (side === before) return;
    this.side = side;
    SIDES.forEach((each) => {
      document.body.classList.toggle('show-' + each, each === side);
      element('open-' + each).setAttribute('aria-expanded', String(each === side));
    });
    // Nothing takes the focus from where an act has just put it.
    const column = before && element(before + '-column');
    if (before && (column.contains(document.activeElement) || document.activeElement === document.body)) element('open-' + before).focus();
    if (before) this.closed(before);
    if (side) element(side + '-column').querySelector('.drawer-close').focus();
  }

  /** Makes the history agree with what is shown. */
  keep() {
    if (this.leaving) return;
    if (this.side) {
      if (entered() === this.side) return;
      const go = entered() ? 'replaceState' : 'pushState';
      history[go]({ drawer: this.side }, '');
    } else if (entered()) {
      this.leaving = true;
      history.back();
    }
  }

  /** The history went a step, by our own wish or by that of the person. */
  went() {
    if (this.leaving) this.leaving = false;
    else this.show(this.narrow ? entered() : null);
    this.keep();
  }
}
