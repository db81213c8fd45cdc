// A card above the composer, for those who lead the class: who waits at the closed door, each with a button.

import { box, button, make, reconcile } from '../base/dom.js';
import { t } from '../base/i18n.js';

export class Lobby {
  constructor({ chat, desk }) {
    this.chat = chat;
    this.card = desk.card('lobby');
    this.card.setAttribute('aria-live', 'polite');
  }

  render() {
    const { waiting, leadsAll } = this.chat.classRules;
    this.card.hidden = !leadsAll || !waiting.length;
    reconcile(this.card, this.card.hidden ? [] : [this.head()].concat(waiting.map((caller) => this.caller(caller))));
  }

  /** The title; for more than a few, the door is opened. It says of itself that it can be undone. */
  head() {
    const rules = this.chat.classRules;
    const line = box('div', 'desk-line', make('h2', '', t('lobby.title')));
    if (rules.door === false && rules.runs) line.append(button('link', t('lobby.open'), () => rules.moveDoor(true)));
    return line;
  }

  caller({ id, of, name }) {
    const admit = button('primary', t('lobby.admit'), () => this.chat.classRules.admit(of, id));
    admit.setAttribute('aria-label', t('lobby.admit.who', { name }));
    const line = box('div', 'desk-line', make('bdi', '', name), admit);
    line.dataset.caller = id;
    return line;
  }
}
