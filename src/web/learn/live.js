// The live pieces of the chapters: each is a card with a button that does something for real, and a place
// for what came of it. `data-live` in a chapter names one of them.

import { backpressure } from './backpressure.js';
import { compression } from './compression.js';
import en from './en.js';
import { large } from './large.js';
import { peers } from './peers.js';
import { resume } from './resume.js';
import { rights } from './rights.js';
import { rooms } from './rooms.js';
import { secure } from './secure.js';
import { ways } from './ways.js';
import zh from './zh.js';
import { box, button, make } from '../base/dom.js';
import { addWords, t } from '../base/i18n.js';

addWords({ en, zh });

const PIECES = { backpressure, resume, large, compression, secure, rights, rooms, ways, peers };

/** The live piece with this name as an element. */
export function live(name) {
  const piece = PIECES[name];
  const words = make('p', 'problem');
  words.setAttribute('role', 'status');
  const place = make('div', 'place');
  const start = button('primary run', t(`live.${name}.run`), async () => {
    start.disabled = true;
    words.textContent = t('live.running');
    const show = (node) => {
      place.textContent = '';
      place.append(node);
    };
    const problem = await piece.run(show, controls);
    start.disabled = false;
    start.textContent = t('live.again');
    words.textContent = problem || '';
  });
  const controls = piece.controls ? piece.controls() : null;
  const unable = piece.unable ? piece.unable() : null;
  const node = box('article', 'card live', make('h3', '', t(`live.${name}.title`)), make('p', '', t(`live.${name}.what`)),
    unable ? null : controls, unable ? make('p', 'note', unable) : box('p', '', start), words, place);
  node.dataset.live = name;
  return node;
}
