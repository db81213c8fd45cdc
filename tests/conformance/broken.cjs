// Meets every broken endpoint with the library `ws`; prints what a program is told, as JSON.
//
// usage: node broken.cjs http://HOST:PORT
//
// The report of NAME is GET /api/broken/node-ws-NAME.

const http = require('http');
const WebSocket = require('ws');

const base = process.argv[2];
const PATIENCE_MS = 20000;

const list = () => new Promise((resolve, reject) => {
  http.get(`${base}/api/broken`, (response) => {
    let text = '';
    response.on('data', (piece) => { text += piece; });
    response.on('end', () => resolve(JSON.parse(text).endpoints));
  }).on('error', reject);
});

const meet = ({ name, client_closes: closes }) => new Promise((resolve) => {
  const told = { opened: false, messages: 0, code: null, error: null };
  const url = `${base.replace('http', 'ws')}/broken/${name}?report=node-ws-${name}`;
  const socket = new WebSocket(url);
  const late = setTimeout(() => socket.terminate(), PATIENCE_MS);
  socket.on('open', () => { told.opened = true; });
  socket.on('message', () => {
    told.messages += 1;
    if (closes) socket.close(1000, 'bye');
  });
  socket.on('error', (error) => { told.error = error.message; });
  socket.on('close', (code) => {
    clearTimeout(late);
    resolve(Object.assign(told, { code }));
  });
});

(async () => {
  const all = {};
  for (const each of await list()) all[each.name] = await meet(each);
  console.log(JSON.stringify(all));
})();
