// The first minutes of a teacher who is alone in the room: how the class comes in, a first message, and the bits.
// Whether it is shown follows from the room, so nothing about it is stored.

import { addressOf, pictureOf, typed } from './join-info.js';
import { box, button, element, icon, make, reconcile } from '../base/dom.js';
import { t } from '../base/i18n.js';

export class FirstRun {
  constructor({ chat, codeBox, wall }) {
    Object.assign(this, { chat, codeBox, wall });
    this.node = element('first-run');
    // Whether the bits have been seen since the page was loaded.
    this.seen = false;
    // They open after their code has come.
    new MutationObserver(() => this.render()).observe(element('glass-open'), { attributes: true });
  }

  /** Alone, and at most the first message was written. */
  get due() {
    const { chat } = this;
    const room = chat.current;
    if (!room || !room.joined || room.filling || !chat.canModerate || !chat.classRules.runs) return false;
    const said = this.said(room);
    return room.count === 1 && said.length <= 1 && said.every(({ own }) => own);
  }

  /** Whether this is the room where people come in. */
  get home() { return this.chat.current.name === this.chat.home; }

  /** What was said in this lesson: the line about the end of the one before is of the room. */
  said({ entries }) { return entries.filter(({ kind }) => kind !== 'lesson'); }

  render() {
    const { due, node } = this;
    node.hidden = !due;
    if (!due) {
      node.textContent = '';
      return;
    }
    element('log-empty').hidden = true;
    const begun = this.said(this.chat.current).length > 0;
    if (begun) node.dataset.begun = '';
    else delete node.dataset.begun;
    const bits = element('glass-open');
    this.seen = this.seen || bits.getAttribute('aria-pressed') === 'true';
    // The code opens the class; who is in it comes to another room by itself.
    const { home } = this;
    const steps = [
      ['code', {}, home],
      ['hello', { done: begun, act: () => element('composer-text').focus() }, true],
      ['bits', { done: this.seen, act: () => bits.click() }, !bits.hidden],
    ].filter(([, , wanted]) => wanted).map(([name, how], at) => this.step(at + 1, name, how));
    const title = make('h2', 'hidden', t(home ? 'first.title' : 'first.title.room'));
    reconcile(node, [title].concat(home ? this.way() : [], box('ol', '', ...steps)));
  }

  /** The code, as large as on the board, and what is done with it. */
  way() {
    const { chat: { joinInfo: info }, codeBox, wall } = this;
    const address = addressOf(info);
    const words = make('div', 'first-words');
    if (address) words.append(make('p', '', t('wall.at')), make('bdi', 'address', typed(address)));
    if (info.class_code) words.append(make('p', '', t('wall.code')), make('bdi', 'code', info.class_code));
    const onWall = button('primary', '', () => wall.open());
    onWall.append(icon('projector'), t('first.wall'));
    onWall.id = 'first-wall';
    const copy = button('', '', () => codeBox.copy());
    copy.append(icon('copy'), t('first.copy'));
    copy.id = 'first-copy';
    words.append(box('p', 'first-acts', onWall, copy));
    const way = box('div', 'first-way', words);
    way.dataset.info = `${address} ${info.class_code}`;
    this.picture(way, info);
    return way;
  }

  /** The picture comes later, and stays as long as the address and the code do. */
  async picture(way, info) {
    const before = this.node.querySelector('.first-way > img');
    if (before && before.parentNode.dataset.info === way.dataset.info) {
      way.prepend(before.cloneNode());
      return;
    }
    const source = await pictureOf(info);
    const now = this.node.querySelector('.first-way');
    if (!source || !now || now.dataset.info !== way.dataset.info || now.querySelector('img')) return;
    const image = make('img');
    image.alt = t('wall.picture', { address: typed(addressOf(info)) });
    image.src = source;
    now.prepend(image);
  }

  /** One step: its number, what to do, and a button that begins it. */
  step(n, name, { done = false, act = null } = {}) {
    const item = make('li');
    item.dataset.step = name;
    if (done) item.dataset.done = '';
    const mark = make('span', 'first-number', done ? undefined : String(n));
    mark.setAttribute('aria-hidden', 'true');
    if (done) mark.append(icon('check'));
    const words = box('div', '', make('strong', '', t(`first.${name}.title`)), make('p', 'small', t('first.' + name)));
    if (done) words.append(make('span', 'hidden', t('first.done')));
    else if (act) words.append(button('link', t(`first.${name}.act`), act));
    item.append(mark, words);
    return item;
  }
}
