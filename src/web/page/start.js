// The first module of the chat's page and of the wall: the words come before everything that shows some.

import { restOfWords, words } from './words.js';
import { load } from '../base/i18n.js';

const onWall = location.pathname === '/wall';

Promise.all([load(words), onWall && load(restOfWords)]).then(() => (onWall ? import('./wall.js') : import('./app.js'))).catch((error) => {
  // No catalogue may be there, so the page itself has this sentence.
  document.getElementById('broken').hidden = false;
  throw error;
});
