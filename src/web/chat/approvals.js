// Messages that wait for approval, and the clearing of messages. No DOM and no network.

import { Feature } from './feature.js';

export class Approvals extends Feature {
  constructor(chat) {
    super(chat, 'approvals');
  }

  reset() {
    // The messages that wait, by their `id`.
    this.waiting = new Map();
  }
}
