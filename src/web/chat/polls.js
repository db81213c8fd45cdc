// Polls: the questions of each room, our own choices, and the results. No DOM and no network.

import { Feature } from './feature.js';

export class Polls extends Feature {
  constructor(chat) {
    super(chat, 'polls');
  }

  reset() {
    // The polls of each room. A room that is joined anew may be another object.
    this.rooms = new Map();
  }
}
