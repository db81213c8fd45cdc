// How to join, on the wall: the address, the class code, and both as a picture for phones.

import { addressOf, pictureOf, typed } from './join-info.js';
import { element } from '../base/dom.js';
import { t } from '../base/i18n.js';

// Longer codes, which somebody chose, are written smaller.
const SHORT_CODE = 8;

let shown = null;

/** Shows the address and the code, while somebody who has them can join. They change only when they are others: the
    picture stays meanwhile. */
export async function announce(pass, { door, runs }) {
  const shut = !runs ? 'wall.between' : door === false ? 'wall.shut' : '';
  const [address, code] = [addressOf(pass), shut ? '' : pass.class_code || ''];
  element('wall-join').hidden = !pass.token || !(address || code);
  element('wall-address').textContent = address ? typed(address) : t('wall.local');
  element('wall-shut').textContent = shut && t(shut);
  element('wall-shut').hidden = !shut;
  element('wall-code-part').hidden = !code;
  element('wall-code').textContent = code;
  element('wall-code').classList.toggle('long', code.length > SHORT_CODE);
  const picture = element('wall-picture');
  picture.alt = t('wall.picture', { address: address || '' });
  const wanted = pass.token && address && !shut ? `${address} ${code}` : '';
  if (wanted === shown) return;
  shown = wanted;
  const source = wanted ? await pictureOf(pass) : null;
  if (shown !== wanted) return;
  if (source) picture.src = source;
  else if (wanted) shown = null;
  picture.hidden = !source;
}
