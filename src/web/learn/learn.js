// A chapter of the guide: the frame, and each place of an experiment becomes the experiment itself.

import { guide } from '../guide/guide.js';
import '../lab/words/words.js';
import { named } from '../lab/card.js';

guide();
// What is wider than the screen is moved with the arrow keys.
document.querySelectorAll('.prose pre, .prose table').forEach((node) => {
  if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
});
document.querySelectorAll('.experiment').forEach(async (place) => {
  const node = await named(place.dataset.experiment, { title: 'h3' });
  // The sentence for those without scripts has done its duty.
  place.textContent = '';
  place.append(node);
});
