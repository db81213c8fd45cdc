// Words, numbers and times in the language of the reader. Every string of the page is in a
// catalogue, one per language, with the same keys.

import { recall, remember } from './session.js';
import { serverNow } from './time.js';

const CATALOGUES = { en: {}, zh: {} };
const TAGS = { en: 'en', zh: 'zh-Hans' };

let language = 'en';

// Where a page that loads only the words that it needs gets them: {from, loaded: the languages that are there}.
const sources = [];

function preferred() {
  // A chapter of the guide is written in one language and keeps it.
  const { language: written } = document.documentElement.dataset;
  if (CATALOGUES[written]) return written;
  const kept = recall('language');
  if (CATALOGUES[kept]) return kept;
  const known = (navigator.languages || [navigator.language || 'en'])
    .map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => CATALOGUES[tag]);
  return known || 'en';
}

function use(code) {
  language = code;
  document.documentElement.lang = TAGS[code];
}

use(preferred());

/** The current language, as in the addresses of the guide. */
export const spoken = () => language;

/** The language that the language button changes to. */
export const other = () => (language === 'en' ? 'zh' : 'en');

/** Loads words in the current language, and in each other one that is chosen. `from(code)` resolves to the module
    of a catalogue. */
export async function load(from) {
  const source = { from, loaded: new Set() };
  sources.push(source);
  await need(source, language);
}

async function need({ from, loaded }, code) {
  if (loaded.has(code)) return;
  addWords({ [code]: (await from(code)).default });
  loaded.add(code);
}

/** Changes the language and remembers it. The caller has to render again, at once where the page has the words of
    all languages, otherwise when this resolves. */
export async function change(code) {
  await Promise.all(sources.map((source) => need(source, code)));
  remember('language', code);
  use(code);
}

/** Adds the words of a part of the site to the catalogues. */
export function addWords(words) {
  Object.keys(CATALOGUES).forEach((code) => Object.assign(CATALOGUES[code], words[code]));
}

export function known(key) {
  return Object.prototype.hasOwnProperty.call(CATALOGUES[language], key);
}

function sentence(key, facts) {
  // One form for the number 1 and one for all others is enough for both languages.
  const form = facts && facts.n === 1 && known(key + '.one') ? key + '.one' : key;
  return known(form) ? CATALOGUES[language][form] : key;
}

const shown = (fact) => (typeof fact === 'number' ? number(fact) : String(fact));

/** A sentence as text. Facts are isolated, so that a name in a right-to-left script does not change the
    order of the sentence. */
export function t(key, facts = {}) {
  return sentence(key, facts).replace(/\{(\w+)\}/g, (all, name) => (
    typeof facts[name] === 'number' ? number(facts[name]) : `\u2068${facts[name]}\u2069`));
}

/** A sentence as nodes, with every fact in its own `<bdi>`. */
export function phrase(key, facts = {}) {
  const nodes = document.createDocumentFragment();
  sentence(key, facts).split(/(\{\w+\})/).forEach((part) => {
    const name = /^\{(\w+)\}$/.exec(part);
    if (!name) {
      nodes.append(part);
      return;
    }
    const bdi = document.createElement('bdi');
    bdi.textContent = shown(facts[name[1]]);
    nodes.append(bdi);
  });
  return nodes;
}

/** Names as a list in one sentence. */
export const list = (names) => names.join(t('list.comma'));

/** Fills in the words of elements that name a key of the catalogue. */
export function fill(root) {
  root.querySelectorAll('[data-t]').forEach((node) => { node.textContent = t(node.dataset.t); });
  root.querySelectorAll('[data-t-label]').forEach((node) => node.setAttribute('aria-label', t(node.dataset.tLabel)));
  root.querySelectorAll('[data-t-hint]').forEach((node) => { node.placeholder = t(node.dataset.tHint); });
}

// Creating a formatter costs more than rendering the rest of a message.
const formatters = new Map();

function date(at, options) {
  const key = language + JSON.stringify(options);
  if (!formatters.has(key)) formatters.set(key, new Intl.DateTimeFormat(TAGS[language], options));
  return formatters.get(key).format(at);
}

export function number(value) {
  const key = language + 'number';
  if (!formatters.has(key)) formatters.set(key, new Intl.NumberFormat(TAGS[language]));
  return formatters.get(key).format(value);
}

/** The time of day: `9:14 PM` where a day has twice twelve hours, `09:14` where it has twenty-four. */
export const clock = (at) => date(at, { hour: twelve() ? 'numeric' : '2-digit', minute: '2-digit' });

/** Whether a day has twice twelve hours. */
function twelve() {
  const key = language + 'twelve';
  if (!formatters.has(key)) formatters.set(key, new Intl.DateTimeFormat(TAGS[language], { hour: 'numeric' }).resolvedOptions().hour12);
  return formatters.get(key);
}

export const moment = (at) => date(at, { dateStyle: 'long', timeStyle: 'medium' });

/** A time in the future, with its day unless that is today. */
export function when(at) {
  const today = new Date(at).toDateString() === new Date(serverNow()).toDateString();
  return today ? clock(at) : date(at, { dateStyle: 'medium', timeStyle: 'short' });
}

/** When something ends, to the second: a time that is cut to minutes would be too early. */
export function ends(at) {
  const today = new Date(at).toDateString() === new Date(serverNow()).toDateString();
  if (!today) return date(at, { dateStyle: 'medium', timeStyle: 'medium' });
  return date(at, { hour: twelve() ? 'numeric' : '2-digit', minute: '2-digit', second: '2-digit' });
}

/** A day, for the dividers in the log. Today and yesterday have words of their own. */
export function day(at) {
  const midnight = new Date(serverNow()).setHours(0, 0, 0, 0);
  const days = Math.round((midnight - new Date(at).setHours(0, 0, 0, 0)) / 86400000);
  if (days === 0) return t('day.today');
  if (days === 1) return t('day.yesterday');
  return date(at, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

/** How long it is until a time of the server, in the largest unit that is not too coarse, rounded up. */
export function left(until) {
  const minutes = Math.max(1, Math.ceil((until - serverNow()) / 60000));
  if (minutes > 48 * 60) return duration(Math.ceil(minutes / 1440) * 86400);
  return duration((minutes > 120 ? Math.ceil(minutes / 60) * 60 : minutes) * 60);
}

/** How long it is until a time of the server, to the second within the hour. */
export function countdown(until) {
  const s = Math.max(0, Math.ceil((until - serverNow()) / 1000));
  return s > 3600 ? left(until) : Math.floor(s / 60) + ':' + String(s % 60).padStart(2, '0');
}

/** A length of time in the largest unit that divides it. */
export function duration(seconds) {
  if (seconds >= 86400 && seconds % 86400 === 0) return t('time.days', { n: seconds / 86400 });
  if (seconds >= 3600 && seconds % 3600 === 0) return t('time.hours', { n: seconds / 3600 });
  if (seconds >= 60 && seconds % 60 === 0) return t('time.minutes', { n: seconds / 60 });
  return t('time.seconds', { n: Math.ceil(seconds) });
}
