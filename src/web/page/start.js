// The first module of the chat's page: the words come before everything that shows some.

import { load } from '../base/i18n.js';

const WORDS = { en: () => import('./words/all-en.js'), zh: () => import('./words/all-zh.js') };

load((code) => WORDS[code]()).then(() => import('./app.js')).catch((error) => {
  // No catalogue may be there, so the page itself has this sentence.
  document.getElementById('broken').hidden = false;
  throw error;
});
