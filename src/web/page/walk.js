// The log is one stop of the Tab key. Inside, the arrow keys go from entry to entry, and Tab goes through the
// buttons of the entry that has the focus. A click or a tap chooses a message; a long press opens its menu.

// A finger that rests this long on a message wants its menu.
const LONG_PRESS_MS = 500;
// A finger that moves further than this scrolls.
const STILL_PX = 10;

const STOPS = 'a[href], button, summary, [tabindex]';

/** Whether an event is meant for something inside an entry, and not for the entry. */
const inner = (target) => target.closest('a, button, summary, input, select, textarea, .bytes');

export class Walk {
  /** `list`: the element of the log; `leave()` moves the focus to the composer; `chosen(item)` is called with
      the entry that is chosen now, or null; `equip(item)` gives an entry its buttons. */
  constructor({ list, leave, chosen, equip }) {
    Object.assign(this, { list, leave, chosen, equip });
    this.item = null;
    this.choice = null;
    list.addEventListener('keydown', (event) => this.key(event));
    list.addEventListener('focusin', ({ target }) => this.enter(target.closest('.entry')));
    list.addEventListener('click', (event) => this.click(event));
    document.addEventListener('mousedown', ({ target }) => { if (!list.contains(target)) this.choose(null); });
    this.press();
  }

  /** Takes the parts of an entry that was just drawn out of the order of the Tab key, unless it is the current one. */
  settle(item) {
    const on = item === this.item;
    if (on || !this.item || !this.item.isConnected) item.tabIndex = 0;
    else item.tabIndex = -1;
    if (item.tabIndex === 0 && !on) this.enter(item);
    item.querySelectorAll(STOPS).forEach((stop) => { stop.tabIndex = on ? 0 : -1; });
  }

  /** Makes an entry the one that Tab reaches. */
  enter(item) {
    if (!item || item === this.item) return;
    const before = this.item;
    this.item = item;
    [before, item].forEach((each) => {
      if (!each) return;
      const on = each === item;
      each.tabIndex = on ? 0 : -1;
      each.querySelectorAll(STOPS).forEach((stop) => { stop.tabIndex = on ? 0 : -1; });
    });
  }

  /** Lets Tab reach the newest entry, as long as nobody walks through the log. */
  newest(item) {
    if (!this.list.contains(document.activeElement)) this.enter(item);
  }

  entries() { return [...this.list.querySelectorAll('.entry:not([hidden])')]; }

  key(event) {
    const item = event.target.closest('.entry');
    if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = this.entries();
    const at = all.indexOf(item);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      if (all[to]) all[to].focus();
      else if (event.key === 'ArrowDown') this.leave();
    } else if (event.key === 'Enter' && event.target === item) {
      event.preventDefault();
      this.menu(item);
    }
  }

  menu(item) {
    this.equip(item);
    const more = item.querySelector('.acts');
    if (more) more.click();
  }

  click({ target }) {
    const item = target.closest('.entry.message');
    if (inner(target) || String(window.getSelection())) return;
    this.choose(item === this.choice ? null : item);
  }

  choose(item) {
    if (item === this.choice) return;
    if (this.choice) this.choice.classList.remove('chosen', 'low');
    this.choice = item;
    if (item) {
      this.equip(item);
      this.mark(item);
    }
    this.chosen(item);
  }

  /** Marks the entry that is chosen. Its toolbar is below it where there is no room above. */
  mark(item) {
    const tools = item.querySelector('.tools');
    const room = item.getBoundingClientRect().top - this.list.parentNode.getBoundingClientRect().top;
    item.classList.add('chosen');
    item.classList.toggle('low', Boolean(tools) && room < tools.offsetHeight);
  }

  press() {
    let timer = 0;
    let from = null;
    const stop = () => { clearTimeout(timer); };
    this.list.addEventListener('touchstart', ({ touches, target }) => {
      stop();
      const item = target.closest('.entry.message');
      if (!item || touches.length > 1 || inner(target)) return;
      from = touches[0];
      timer = setTimeout(() => this.menu(item), LONG_PRESS_MS);
    }, { passive: true });
    this.list.addEventListener('touchmove', ({ touches }) => {
      if (from && Math.hypot(touches[0].clientX - from.clientX, touches[0].clientY - from.clientY) > STILL_PX) stop();
    }, { passive: true });
    ['touchend', 'touchcancel', 'scroll'].forEach((kind) => this.list.addEventListener(kind, stop, { passive: true }));
  }
}
