// A chapter of the guide: starts the frame, and puts the experiments into their places.

import { guide } from '../guide/guide.js';
import '../lab/words/words.js';
import { named } from '../lab/card.js';
import { live } from './live.js';

guide();
// With the focus, the arrow keys scroll what is wider than the screen.
document.querySelectorAll('.prose pre, .prose table').forEach((node) => {
  if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
});
document.querySelectorAll('.experiment').forEach(async (place) => {
  const { experiment, live: name } = place.dataset;
  const node = name ? live(name) : await named(experiment, { title: 'h3' });
  // The sentence for browsers without scripts is replaced.
  place.textContent = '';
  place.append(node);
});
