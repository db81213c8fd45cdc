// A card above the composer, for those who lead the class: who waits at the closed door, each with a button.

import { actions } from './cards.js';
import { box, make, reconcile } from '../base/dom.js';
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
    reconcile(this.card, this.card.hidden ? [] : [make('h2', '', t('lobby.title'))].concat(waiting.map((caller) => this.caller(caller)), this.door()));
  }

  caller({ id, of, name }) {
    const row = actions([{ words: t('lobby.admit'), label: t('lobby.admit.who', { name }), primary: true, act: () => this.chat.classRules.admit(of, id) }]);
    const node = box('div', 'desk-line', make('bdi', '', name), row);
    node.dataset.caller = id;
    return node;
  }

  /** For more than a few, the door is opened. It says of itself that it can be undone. */
  door() {
    const rules = this.chat.classRules;
    if (rules.door !== false || !rules.runs) return [];
    const row = actions([{ words: t('lobby.open'), act: () => rules.moveDoor(true) }]);
    row.dataset.action = 'door';
    return [row];
  }
}
