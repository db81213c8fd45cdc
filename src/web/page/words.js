// The words of the chat's page and of the wall, of which each browser loads one language. The build makes these files
// of base/en.js and words/en-*.js, and of the Chinese ones (build.rs).

const WORDS = { en: () => import('./words/all-en.js'), zh: () => import('./words/all-zh.js') };
const REST = { en: () => import('./words/rest-en.js'), zh: () => import('./words/rest-zh.js') };

/** The words that are there before anything is shown. */
export const words = (code) => WORDS[code]();

/** Those of the features in rest.js. */
export const restOfWords = (code) => REST[code]();
