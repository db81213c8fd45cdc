// How people join: the address, the class code, the link that has both, and its picture for phones.

import { session } from '../base/session.js';

/** The address for the class, or null. A loopback address would lead the students to their own machines. */
export function addressOf({ join_url: url }) {
  const local = /^(localhost|127\.|\[::1\])/.test(location.hostname);
  return local ? url || null : location.origin + '/';
}

/** The address as people type it: without the scheme, if it is the usual one. */
export const typed = (address) => address.replace(/^http:\/\//, '').replace(/\/$/, '');

/** What is copied for the class: the link with the code, or the code alone where no address is known. */
export function linkOf(info) {
  const address = addressOf(info);
  const code = info.class_code || '';
  return address ? address + (code && '#code=' + encodeURIComponent(code)) : code;
}

let drawn = { wanted: '', source: null };

/** The QR code of the link as the `src` of an image, or null. It is asked for once for each link. */
export async function pictureOf(info) {
  const wanted = addressOf(info) ? linkOf(info) : '';
  if (drawn.wanted !== wanted) drawn = { wanted, source: wanted ? session.poster(info.class_code || '') : null };
  const mine = drawn;
  const source = await mine.source;
  if (!source && drawn === mine) drawn = { wanted: '', source: null };
  return source;
}
