// How to join, on the wall: the address, the class code, and both as a picture for phones.

import { element } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { session } from '../base/session.js';

// Longer codes, which somebody chose, are written smaller.
const SHORT_CODE = 8;

let shown = null;

/** A loopback address would lead the students to their own machines. */
function addressOf({ join_url: url }) {
  const local = /^(localhost|127\.|\[::1\])/.test(location.hostname);
  return local ? url || null : location.origin + '/';
}

/** Shows the address and the code. They change only when they are others: the picture stays meanwhile. */
export async function announce(pass) {
  const [address, code] = [addressOf(pass), pass.class_code || ''];
  element('wall-join').hidden = !pass.token || !(address || code);
  // People type it without the scheme, if it is the usual one.
  element('wall-address').textContent = address ? address.replace(/^http:\/\//, '').replace(/\/$/, '') : t('wall.local');
  element('wall-code-part').hidden = !code;
  element('wall-code').textContent = code;
  element('wall-code').classList.toggle('long', code.length > SHORT_CODE);
  const picture = element('wall-picture');
  picture.alt = t('wall.picture', { address: address || '' });
  const wanted = pass.token && address ? `${address} ${code}` : '';
  if (wanted === shown) return;
  shown = wanted;
  const source = wanted ? await session.poster(code) : null;
  if (shown !== wanted) return;
  if (source) picture.src = source;
  else if (wanted) shown = null;
  picture.hidden = !source;
}
