// What was recorded, as a capture that Wireshark opens: a TCP segment (RFC 9293) over IPv4 (RFC 791) for
// each frame. The bytes are those that were recorded, and the length of a packet is that of its frame: where
// bytes were not kept, fewer are captured. What a page cannot know about TCP and IP is made up, and the
// comment of the file says what. No DOM.

import { beginning, joined, packet } from './pcapng.js';
import { bytesOf } from './parts.js';
import { t } from '../base/i18n.js';

// Addresses for documentation (RFC 5737).
const ADDRESSES = { client: [192, 0, 2, 1], server: [192, 0, 2, 2] };
// Wireshark looks for HTTP at this port.
const SERVER_PORT = 80;
const FIRST_CLIENT_PORT = 49152;
// In sequence numbers: what may have passed between the handshake and the beginning of the view.
const UNSEEN = 1000000;
const IP_HEADER = 20;
const TCP_HEADER = 20;
// IPv4 counts a packet in 16 bits.
const SEGMENT = 65535 - IP_HEADER - TCP_HEADER;
const WINDOW = 65535;
const HOP_LIMIT = 64;
const PROTOCOL_TCP = 6;

const [FIN, RST, PSH, ACK] = [1, 4, 8, 16];

const BLANK = '…';

const other = (side) => (side === 'client' ? 'server' : 'client');
const u16 = (n) => [(n >>> 8) & 255, n & 255];
const u32 = (n) => [...u16(n >>> 16), ...u16(n)];
const encode = (text) => new TextEncoder().encode(text);
/** A text without the marks around its facts, which are for the page alone. */
const words = (key, facts) => t(key, facts).replace(/[\u2068\u2069]/g, '');

/** The Internet checksum (RFC 1071). */
function checksum(bytes) {
  let sum = 0;
  bytes.forEach((byte, n) => { sum += n % 2 ? byte : byte * 256; });
  while (sum > 65535) sum = (sum & 65535) + Math.floor(sum / 65536);
  return ~sum & 65535;
}

/** One connection as TCP: which port the client has, and the next sequence number of both. */
class Conversation {
  constructor(port) {
    this.ports = { client: port, server: SERVER_PORT };
    this.next = { client: 1, server: 1 };
  }

  /** A packet with a segment of `length` bytes, of which `known` are the first. */
  segment(from, flags, known, length) {
    const to = other(from);
    const addresses = [...ADDRESSES[from], ...ADDRESSES[to]];
    const all = IP_HEADER + TCP_HEADER + length;
    const ip = [0x45, 0, ...u16(all), 0, 0, 0x40, 0, HOP_LIMIT, PROTOCOL_TCP, 0, 0, ...addresses];
    ip.splice(10, 2, ...u16(checksum(ip)));
    const tcp = [...u16(this.ports[from]), ...u16(this.ports[to]), ...u32(this.next[from]), ...u32(this.next[to]),
      (TCP_HEADER / 4) << 4, flags, ...u16(WINDOW), 0, 0, 0, 0];
    // Without all its bytes, the checksum of a segment cannot be computed.
    if (known.length === length) {
      tcp.splice(16, 2, ...u16(checksum(joined(addresses, [0, PROTOCOL_TCP], u16(TCP_HEADER + length), tcp, known))));
    }
    this.next[from] += length + (flags & FIN ? 1 : 0);
    return { bytes: joined(ip, tcp, known), length: all };
  }

  /** The packets that carry these bytes: one, or more if they are too long for one. */
  data(from, known, length, at, comment) {
    const packets = [];
    for (let begin = 0; begin < length; begin += SEGMENT) {
      const end = Math.min(begin + SEGMENT, length);
      const part = this.segment(from, PSH | ACK, known.slice(begin, end), end - begin);
      packets.push(packet({ ...part, at, comment }));
    }
    return packets;
  }
}

/** The bytes of a head, with asterisks for what was blanked: {known, blanked}. If its lines do not account
    for its length, only the first one is known for certain. */
export function headBytes({ lines, bytes, cut }) {
  const pieces = lines.concat(cut ? [] : ['', '']).join('\r\n').split(BLANK);
  const blanks = pieces.length - 1;
  const missing = bytes - encode(pieces.join('')).length;
  if (cut) return { known: encode(pieces[0]), blanked: false };
  if (missing < blanks || (missing && !blanks)) return { known: encode(lines[0].split(BLANK)[0]), blanked: false };
  const first = blanks ? pieces[0] + '*'.repeat(missing - blanks + 1) : '';
  return { known: encode(blanks ? first + pieces.slice(1).join('*') : pieces[0]), blanked: blanks > 0 };
}

/** The bytes of a payload that were recorded, as they were on the wire. A whole message or a control frame
    tells more of them than the excerpt of the frame does. `last` is the frame that ended the message. */
export function payloadBytes({ number, key, wire, payload, control, payload_bytes: all }, last) {
  let more = '';
  if (control && control.payload) more = control.payload;
  else if (last) {
    const { parts, kept } = last.message;
    const at = parts.findIndex(({ frame }) => frame === number);
    const begin = parts.slice(0, Math.max(at, 0)).reduce((sum, { bytes }) => sum + bytes, 0);
    if (at >= 0) more = kept.slice(begin * 2, (begin + parts[at].bytes) * 2);
  }
  if (more.length <= payload.length || more.length > all * 2 || !more.startsWith(payload)) return bytesOf(wire);
  const mask = key === null ? [0, 0, 0, 0] : bytesOf(key);
  return bytesOf(more).map((byte, n) => byte ^ mask[n % 4]);
}

/** The name of a message's sender and number, by which its fragments find each other. */
const messageOf = ({ session, event: { from, position } }) => `${session.clock} ${session.id} ${from} ${position.message}`;

/** The packets of a connection's handshake. When it was is not known. */
function handshake(conversation, { id, name, clock, handshake: note }) {
  if (!note) return [];
  return [['client', note.request], ['server', note.response]].filter(([, head]) => head).flatMap(([from, head]) => {
    const { known, blanked } = headBytes(head);
    const said = [words('glass.pcapng.handshake', { id, name })];
    if (blanked) said.push(words('glass.pcapng.blanked'));
    if (known.length < head.bytes) said.push(words('glass.pcapng.head', { kept: known.length, all: head.bytes }));
    return conversation.data(from, known, head.bytes, clock * 1000, said.join(' '));
  });
}

function frame(conversation, { session, event }, last) {
  const { from, offset, number, header, extent, payload_bytes: all } = event;
  const known = payloadBytes(event, last);
  const said = [words('glass.pcapng.frame.' + from, { number: String(number), id: session.id })];
  if (known.length < all) said.push(words('glass.pcapng.cut', { kept: known.length, all }));
  if (extent !== 'whole') said.push(words('glass.pcapng.over'));
  conversation.next[from] = conversation.base[from] + offset;
  const bytes = bytesOf(header).concat(known);
  return conversation.data(from, bytes, header.length / 2 + all, session.clock * 1000 + event.at, said.join(' '));
}

/** The end of one side of TCP, or a reset. */
function ending(conversation, { session, event: { by, step, at } }) {
  const flags = (step === 'fin' ? FIN : RST) | ACK;
  const comment = words('glass.pcapng.' + step, { id: session.id });
  return [packet({ ...conversation.segment(by, flags, [], 0), at: session.clock * 1000 + at, comment })];
}

/** The recorded events as a pcapng file. */
export function capture(items) {
  const conversations = new Map();
  const ends = new Map();
  items.filter(({ event }) => event.type === 'frame' && event.message).forEach((item) => ends.set(messageOf(item), item.event));
  const blocks = [beginning('Glassroom', words('glass.pcapng.comment', { n: UNSEEN }), words('glass.title'))];
  items.forEach((item) => {
    const { session, event } = item;
    let conversation = conversations.get(session);
    if (!conversation) {
      conversation = new Conversation(FIRST_CLIENT_PORT + conversations.size);
      conversations.set(session, conversation);
      blocks.push(...handshake(conversation, session));
      conversation.base = { client: conversation.next.client + UNSEEN, server: conversation.next.server + UNSEEN };
    }
    if (event.type === 'frame') blocks.push(...frame(conversation, item, event.position ? ends.get(messageOf(item)) : null));
    else if (event.type === 'close' && ['fin', 'reset'].includes(event.step)) blocks.push(...ending(conversation, item));
  });
  return joined(...blocks);
}
