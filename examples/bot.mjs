// A bot for a class: it throws dice for whoever writes !dice, and comes back when the connection is lost. Node 22 and
// later have a WebSocket of their own; for an older one: npm install ws
//
//     GLASSROOM_TOKEN=$(glassroom token --name Dice --ttl 8h) node bot.mjs ws://192.168.1.20:8080/ws lobby

import { randomInt, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const WebSocket = globalThis.WebSocket ?? createRequire(import.meta.url)('ws');
// After these Closes the server does not let us in again by itself (docs/chat.v1.md, Close codes).
const FINAL = [1002, 1003, 1007, 1008, 1009, 4409, 4500, 4501, 4503];
const LONGEST_WAIT_MS = 30_000;
const [url, room] = process.argv.slice(2);
const token = process.env.GLASSROOM_TOKEN;
let last; // the epoch and the number of the newest event that we have

/** What the bot says to a message, or nothing. */
function answer(text) {
  if (text.trim() === '!dice') return `You threw a ${randomInt(1, 7)}.`;
  return text.trim() === '!help' ? 'Write !dice.' : undefined;
}

/** Joins the room where we left it, and answers until the connection ends; {code, reason, opened} of its end. */
function talk() {
  // Like a browser, this WebSocket sends no Authorization: the token is a subprotocol.
  const socket = new WebSocket(`${url}?join=`, ['chat.v1', `bearer.${token}`]);
  const send = (message) => socket.send(JSON.stringify(message));
  let me;
  let opened = false;
  let seen;
  socket.onopen = () => { opened = true; send({ type: 'join', room, since: last }); };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === 'welcome') me = message.you.id;
    else if (message.type === 'error') console.error(`${message.code}: ${message.message}`);
    else if (message.type === 'joined') {
      // What we missed comes next or, if we are new or were away too long, a page of what was said before us.
      seen = message.recovered ? message.from : message.seq;
      last = { epoch: message.epoch, seq: seen };
    } else if (message.type === 'message' && message.seq > seen) {
      last.seq = message.seq;
      const said = message.from.id !== me ? answer(message.text) : undefined;
      if (said) send({ type: 'send', room, text: said, ref: randomUUID() });
    }
  };
  socket.onerror = () => {};
  return new Promise((done) => { socket.onclose = ({ code, reason }) => done({ code, reason, opened }); });
}

for (let wait = 1000; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
  const { code, reason, opened } = await talk();
  console.error(`closed with ${code} ${reason}`);
  if (FINAL.includes(code)) process.exit(1);
  if (opened) wait = 1000;
  await sleep(wait * (0.5 + Math.random() / 2));
}
