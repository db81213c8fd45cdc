// How two ends of one page tell each other something over this server, before they have a connection of their own.
// Network only, no DOM.

import { session } from '../base/session.js';

const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';

function opened(url, protocols) {
  return new Promise((done, failed) => {
    const ws = new WebSocket(scheme + location.host + url, protocols);
    ws.onopen = () => done(ws);
    ws.onclose = () => failed(new Error('closed'));
  });
}

/** The `welcome` of a chat connection. */
const welcomed = (ws) => new Promise((done, failed) => {
  ws.onmessage = ({ data }) => done(JSON.parse(data));
  ws.onclose = () => failed(new Error('closed'));
});

/** Whether this person may write private messages to themselves: what the server allows, and to whom. */
const mayWhisper = ({ whisper, you }) => whisper === 'all' || (whisper === 'hosts' && ['host', 'moderator'].includes(you.role));

/** Two connections to the chat, of which each gets what the other one whispers; null if that is not allowed. */
async function overChat(deliver, failed) {
  const protocols = () => ['chat.v1', 'bearer.' + session.token()];
  const ends = [];
  const close = () => ends.forEach((ws) => {
    ws.onclose = null;
    ws.close(1000);
  });
  let you = null;
  for (const end of ['A', 'B']) {
    const ws = await opened('/ws?join=', protocols());
    ends.push(ws);
    const welcome = await welcomed(ws);
    if (!mayWhisper(welcome)) {
      close();
      return null;
    }
    you = welcome.you.id;
    ws.onclose = failed;
    ws.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'error') failed();
      if (message.type !== 'whisper') return;
      const signal = JSON.parse(message.text);
      if (signal.to === end) deliver(signal);
    };
  }
  const send = (signal) => {
    const text = JSON.stringify({ type: 'whisper', to: you, text: JSON.stringify(signal) });
    ends[signal.to === 'A' ? 1 : 0].send(text);
    return text;
  };
  return { way: 'chat', send, close };
}

/** One connection to /echo, which both ends share: whatever is said there comes back. */
async function overEcho(deliver, failed) {
  const ws = await opened('/echo');
  ws.onclose = failed;
  ws.onmessage = ({ data }) => deliver(JSON.parse(data));
  const send = (signal) => {
    const text = JSON.stringify(signal);
    ws.send(text);
    return text;
  };
  const close = () => {
    ws.onclose = null;
    ws.close(1000);
  };
  return { way: 'echo', send, close };
}

/** What carries signals `{to, …}`. `send` returns the text of the message that it sent. */
export async function signalling(deliver, failed) {
  const chat = session.token() ? await overChat(deliver, failed) : null;
  return chat || overEcho(deliver, failed);
}
