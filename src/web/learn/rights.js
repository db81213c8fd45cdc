// Chapter 19, live: what one's own token says, and five requests of which the server judges each. All of
// them change nothing, whoever asks.

import { box, make } from '../base/dom.js';
import { session } from '../base/session.js';
import { moment, t } from '../base/i18n.js';
import { table } from '../lab/parts.js';

// A server that has not answered by then does not answer.
const PATIENCE_MS = 10000;
// Looks like a token, and no server has signed it.
const FORGED = 'e30.e30.x';

/** The claims of a token. The signature is not looked at: only the server can check it. */
function claims(token) {
  const part = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
  const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** The requests, each with what it is about. `you` is the asker's own id: nobody may mute themselves. */
const requests = (room, you) => [
  ['outside', { type: 'send', room, text: 'Hello' }],
  ['sanctions', { type: 'sanctions' }],
  ['mute', { type: 'moderate', action: 'mute', user: you, seconds: 60 }],
  ['remove', { type: 'moderate', action: 'remove_room', room: 'no-such-room' }],
  ['auth', { type: 'auth', token: FORGED }],
];

/** Asks everything over one connection that is in no room. Resolves to the answers, or to null. */
function judge() {
  return new Promise((done) => {
    const url = (location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/ws?join=';
    const ws = new WebSocket(url, ['chat.v1', 'bearer.' + session.token()]);
    const answers = [];
    let asked = [];
    const end = (result) => {
      clearTimeout(late);
      ws.onmessage = null;
      ws.onclose = null;
      ws.close(1000);
      done(result);
    };
    const late = setTimeout(() => end(null), PATIENCE_MS);
    ws.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'welcome') {
        asked = requests(message.default_room, message.you.id);
        asked.forEach(([name, request]) => ws.send(JSON.stringify(Object.assign({ ref: name }, request))));
      }
      const found = ['ack', 'error'].includes(message.type) && asked.find(([name]) => name === message.ref);
      if (found) answers.push({ name: found[0], request: found[1], answer: message });
      if (found && answers.length === asked.length) end(answers);
    };
    ws.onclose = () => end(null);
  });
}

export const rights = {
  unable: () => (session.token() ? null : t('live.rights.join')),

  async run(show) {
    const { name, role, exp, rooms } = claims(session.token());
    const answers = await judge();
    if (!answers) return t('live.rights.lost');
    const rows = answers.map(({ name: about, request, answer }) => [t('live.rights.' + about), make('code', '', JSON.stringify(request)),
      make('code', 'word', answer.type === 'ack' ? 'ack' : answer.code), answer.message || '–']);
    const heads = ['wish', 'request', 'answer', 'words'].map((head) => t('live.rights.' + head));
    const token = t('live.rights.token', {
      name, role: role || 'member', rooms: rooms ? rooms.join(t('list.comma')) : t('live.rights.everywhere'), until: moment(exp * 1000),
    });
    const node = box('div', 'measured', make('p', '', token), table(t('live.rights.caption'), [heads, ...rows]));
    node.dataset.done = 'true';
    show(node);
    return null;
  },
};
