// The size of the protocol view: a handle for the pointer and for the arrow keys.

import { recall, remember } from '../base/session.js';

const LEAST = 25;
const MOST = 80;
const STEP = 5;
const root = document.documentElement;
const wide = matchMedia('(min-width: 900px)');

export class Size {
  /** `changed()` is called when the size of the panel changes. */
  constructor({ handle, panel, changed }) {
    Object.assign(this, { handle, panel, changed });
    handle.addEventListener('pointerdown', (event) => {
      handle.setPointerCapture(event.pointerId);
      event.preventDefault();
      handle.focus();
    });
    handle.addEventListener('pointermove', (event) => { if (handle.hasPointerCapture(event.pointerId)) this.drag(event); });
    handle.addEventListener('keydown', (event) => this.key(event));
    wide.addListener(() => this.render());
    window.addEventListener('resize', () => this.changed());
    this.render();
  }

  get name() { return wide.matches ? 'glass.beside' : 'glass.under'; }

  get value() { return Math.max(LEAST, Math.min(MOST, Number(recall(this.name)) || (wide.matches ? 60 : 55))); }

  set(value) {
    remember(this.name, String(Math.round(Math.max(LEAST, Math.min(MOST, value)))));
    this.render();
  }

  drag({ clientX, clientY }) {
    const box = document.getElementById('chat').getBoundingClientRect();
    this.set(100 * (wide.matches ? (box.right - clientX) / box.width : (box.bottom - clientY) / box.height));
  }

  key(event) {
    const more = { ArrowLeft: wide.matches ? STEP : 0, ArrowRight: wide.matches ? -STEP : 0, ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    const end = { Home: LEAST, End: MOST }[event.key];
    if (!more && !end) return;
    event.preventDefault();
    event.stopPropagation();
    this.set(end || this.value + more);
  }

  render() {
    root.style.setProperty('--glass', this.value + '%');
    const { handle } = this;
    handle.setAttribute('aria-orientation', wide.matches ? 'vertical' : 'horizontal');
    handle.setAttribute('aria-valuenow', String(this.value));
    this.changed();
  }
}
