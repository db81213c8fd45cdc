// The class as a whole: the door, sanctions, and the lesson. Mutes and removals are in moderation.js. No DOM and no network.

import { Feature } from './feature.js';

export class ClassRules extends Feature {
  constructor(chat) {
    super(chat, 'class');
  }

  reset() {
    // Whether the door is open, once the server has said it.
    this.door = null;
  }
}
