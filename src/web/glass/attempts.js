// The handshakes of this person that the server refused. A browser hides from its page why a handshake
// failed, so the page asks with plain HTTP, and the server shows what came with this very token.

import { code, part } from './parts.js';
import { box, make } from '../base/dom.js';
import { moment as dated, t } from '../base/i18n.js';
import { ask } from '../base/session.js';

function one({ at, handshake, body, close }, head) {
  const closed = close && close.control;
  const outcome = closed ? t('glass.refused.closed', { code: String(closed.code) }) : t('glass.refused.status', { status: String(handshake.status) });
  const node = box('details', 'attempt', make('summary', '', `${dated(at)} · ${outcome}`),
    box('div', 'two', head(t('glass.handshake.request'), handshake.request), handshake.response ? head(t('glass.handshake.response'), handshake.response) : null));
  if (body) node.append(part(t('glass.refused.body'), code(body)));
  if (closed) node.append(make('p', '', t('glass.refused.close', { code: String(closed.code), reason: closed.reason })));
  return node;
}

/** The refused handshakes, newest first: {node, again()} asks once more. `head(title, note)` draws the head
    of a request or response. */
export function attempts(glass, head) {
  const node = make('div', 'attempts');
  const again = async () => {
    const answer = await ask('/api/refused', { headers: { Authorization: 'Bearer ' + glass.lens.token() } });
    if (!answer.ok || !Array.isArray(answer.refused)) return;
    node.textContent = '';
    if (!answer.refused.length) {
      node.append(make('p', 'small', t('glass.refused.none')));
      return;
    }
    const list = answer.refused.reverse().map((each) => one(each, head));
    list[0].open = true;
    node.append(part(t('glass.refused.title'), make('p', 'small', t('glass.refused.words')), ...list));
  };
  again();
  return { node, again };
}
