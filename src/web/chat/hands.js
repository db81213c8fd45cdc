// Raised hands: the queue of each room. No DOM and no network.

import { Feature } from './feature.js';

export class Hands extends Feature {
  constructor(chat) {
    super(chat, 'hands');
  }

  reset() {
    // The queue of each room. A room that is joined anew may be another object.
    this.rooms = new Map();
  }
}
