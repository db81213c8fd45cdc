// Messages with their fragments, and the control frames that came between these (RFC 6455 §5.4).

import { empty, moment, opcode, rfc, side, table, why } from './parts.js';
import { box, make } from '../base/dom.js';
import { t } from '../base/i18n.js';

const SHOWN = 60;

/** Completed messages, newest first, with their frames and the control frames between these. */
function assembled(recording) {
  const frames = recording.frames;
  const done = frames.filter(({ event }) => event.message).slice(-SHOWN).reverse();
  return done.map((item) => {
    const { message, from } = item.event;
    const first = message.parts.length ? message.parts[0].frame : item.event.number;
    const inside = ({ session, event }) => session === item.session && event.from === from
      && event.number >= first && event.number <= item.event.number;
    return { item, message, pieces: message.fragments === 1 ? [item] : frames.filter(inside) };
  });
}

function pieceOf({ event }) {
  const control = event.opcode >= 8;
  const piece = make('li', control ? 'piece control' : 'piece');
  piece.append(make('strong', '', opcode(event.opcode)), ' ',
    make('span', '', control ? t('glass.messages.between') : t('glass.messages.piece', { fin: Number(event.fin), bytes: event.payload_bytes })));
  return piece;
}

function words(message, item, glass) {
  if (message.text === null) return t('glass.messages.binary', { n: message.bytes });
  return message.text + (message.bytes > message.kept.length / 2 ? ' …' : '');
}

function row({ item, message, pieces }, glass) {
  const line = make('li', message.fragments > 1 ? 'assembly many' : 'assembly');
  const facts = { number: message.number, n: message.fragments, bytes: message.bytes, from: side(message.from) };
  line.append(make('p', 'small', `${moment(item.event.at)} · ${t('glass.messages.line', facts)}`));
  const chain = box('ol', 'pieces', ...pieces.map(pieceOf));
  chain.setAttribute('aria-label', t('glass.messages.pieces'));
  line.append(box('div', 'chain', chain, make('span', 'becomes', '⇒'), box('bdi', 'whole', words(message, item, glass))));
  if (!message.utf8) line.append(box('p', 'faults', t('glass.messages.not-utf8'), ' ', rfc('8.1')));
  return line;
}

export function messages(glass) {
  const node = make('div', 'messages');
  const render = () => {
    const all = assembled(glass.recording);
    node.textContent = '';
    node.append(why('fragments'));
    if (!all.length) node.append(empty('glass.messages.none'));
    else if (glass.tables) {
      const heads = ['n', 'from', 'kind', 'bytes', 'fragments', 'between', 'text'].map((key) => t('glass.messages.' + key));
      node.append(table(t('glass.tab.messages'), heads, all.map(({ item, message }) => [
        String(message.number), t('glass.side.' + message.from), t('glass.messages.kind.' + message.kind), message.bytes, message.fragments,
        message.between, box('bdi', '', words(message, item, glass))])));
    } else {
      node.append(box('ol', 'assemblies', ...all.map((each) => row(each, glass))));
    }
  };
  render();
  return {
    node,
    update(fresh) {
      if (fresh.some(({ event }) => event.message || event.type === 'opened')) render();
    },
    slow: true,
  };
}
