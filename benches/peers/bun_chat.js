// The peer of `cargo bench -- fanout`: a chat room on Bun's own WebSocket server (uWebSockets).
//
// It is fair because it does what the product does for a message, and its clients cannot tell the two
// apart: it checks an HS256 token that comes as a subprotocol, parses and checks the JSON, gives each
// message a number, encodes one envelope of the same length for everybody but the sender, and answers
// the sender with an ack. It keeps no history, as the product with its store off. It has less to do than
// the product where that does not concern a message: one room, no permissions, no metrics.
//
// The bench starts it with the key of the tokens in SECRET, and reads its address from the first line.
import { createHmac, timingSafeEqual } from 'node:crypto';

const BEARER = 'bearer.';
const MOST_CHARACTERS = 4000;
// A connection that lags by more is closed: a message that was left out would end the bench anyway.
const MOST_BACKLOG = 32 * 1024 * 1024;

const hmac = text => createHmac('sha256', process.env.SECRET).update(text).digest();

// What the token says about its owner; undefined if it is not valid.
function readToken(token) {
  const [header, body, signature] = token.split('.');
  const expected = hmac(`${header}.${body}`);
  const given = Buffer.from(signature ?? '', 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  return claims.exp * 1000 > Date.now() ? claims : undefined;
}

function readMessage(text) {
  try {
    const message = JSON.parse(text);
    const { type, ref, room, text: said } = message;
    const isRight = type === 'send' && room === 'lobby' && typeof ref === 'string'
      && typeof said === 'string' && said.length > 0 && said.length <= MOST_CHARACTERS;
    return isRight ? message : undefined;
  } catch {
    return undefined;
  }
}

let seq = 0;
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, server) {
    const offered = (request.headers.get('sec-websocket-protocol') ?? '').split(/, */);
    const bearer = offered.find(protocol => protocol.startsWith(BEARER));
    const claims = bearer && readToken(bearer.slice(BEARER.length));
    if (!claims) return new Response('The token is not valid.', { status: 401 });
    // The id is public, and as long as the product's.
    const from = { id: hmac(claims.sub).toString('base64url').slice(0, 10), name: claims.name };
    const headers = { 'Sec-WebSocket-Protocol': 'chat.v1' };
    if (server.upgrade(request, { data: from, headers })) return undefined;
    return new Response('This is a WebSocket endpoint.', { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    backpressureLimit: MOST_BACKLOG,
    closeOnBackpressureLimit: true,
    open(socket) {
      socket.subscribe('lobby');
      socket.send('{"type":"joined","room":"lobby"}');
    },
    message(socket, bytes) {
      const message = readMessage(bytes);
      if (!message) {
        socket.send('{"type":"error","code":"bad_message"}');
        return;
      }
      seq += 1;
      const { ref, room, text } = message;
      const at = Date.now();
      socket.publish(room, JSON.stringify({ type: 'message', room, seq, from: socket.data, text, at }));
      socket.send(JSON.stringify({ type: 'ack', ref, room, seq, at }));
    },
  },
});
console.log(`${server.hostname}:${server.port}`);
