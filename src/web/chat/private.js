// Private messages with one person, and reports to those who lead. No DOM and no network.

import { Feature } from './feature.js';

export class Private extends Feature {
  constructor(chat) {
    super(chat, 'private');
  }

  reset() {
    // The messages with each person, by their id.
    this.threads = new Map();
  }
}
