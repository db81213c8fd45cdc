// The frame of the pages /learn, /lab and /task: colours, language, and links that keep the language.

import baseEn from '../base/en.js';
import baseZh from '../base/zh.js';
import en from './en.js';
import zh from './zh.js';
import { addWords, change, fill, other, t } from '../base/i18n.js';
import { recall, remember, session } from '../base/session.js';
import { showOffered } from '../base/features.js';

addWords({ en: baseEn, zh: baseZh });
addWords({ en, zh });

const THEMES = ['system', 'light', 'dark'];
const root = document.documentElement;
const dark = matchMedia('(prefers-color-scheme: dark)');
const all = (selector) => [...document.querySelectorAll(selector)];

let theme = THEMES.includes(recall('theme')) ? recall('theme') : 'system';

function render() {
  root.dataset.theme = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme;
  all('.theme').forEach((button) => {
    button.querySelector('.words').textContent = button.title = t('theme.' + theme);
    button.hidden = false;
  });
  all('button.language').forEach((button) => {
    button.textContent = t('language.other');
    button.lang = t('language.other.tag');
  });
  // The guide has an address for each language.
  const written = root.lang.startsWith('zh') ? 'zh' : 'en';
  all('a[href="/learn"]').forEach((link) => { link.href = '/learn/' + written; });
  all('.pages a[href^="/learn/"]').forEach((link) => { link.href = '/learn/' + written; });
}

/** Starts the frame. `rendered()` is called now, and after each change of language. */
export function guide(rendered = () => {}) {
  const again = () => {
    fill(document);
    render();
    rendered();
  };
  all('.theme').forEach((button) => button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    remember('theme', theme);
    render();
  }));
  all('button.language').forEach((button) => button.addEventListener('click', () => {
    change(other()).then(again);
  }));
  // A chapter is written in one language and has a link to the other instead of the button.
  all('a.language').forEach((link) => link.addEventListener('click', () => remember('language', other())));
  dark.addListener(render);
  again();
  session.room().then((about) => { if (about.ok) showOffered(document.body, about.features); });
}
