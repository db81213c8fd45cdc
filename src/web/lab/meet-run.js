// A visit to a broken endpoint with the WebSocket of this browser: what the page is told, and the report
// of the server on what the browser sent. No DOM.

import { ask, randomHex } from '../base/session.js';

// The server waits at most five seconds for anything, a few times.
const PATIENCE_MS = 20000;
// How often the page asks for the report.
const AGAIN_MS = 200;

let table = null;

/** The endpoints of the server: {ok, endpoints}. Requested once. */
export async function endpoints() {
  if (table && table.ok) return table;
  table = await ask('/api/broken');
  return table;
}

/** The address of an endpoint, as a client of one's own would write it. */
export const address = (name) => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/broken/${name}`;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function report(id) {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask('/api/broken/' + id);
    if (!answer.ok || answer.state === 'over' || performance.now() > until) return answer;
    await wait(AGAIN_MS);
  }
}

/** What the page is told until the connection is closed: [{kind, at, …}], in order. */
function listen(endpoint, id) {
  return new Promise((resolve) => {
    const told = [];
    const begun = performance.now();
    const note = (kind, more) => told.push(Object.assign({ kind, at: Math.round((performance.now() - begun) * 1000) }, more));
    const socket = new WebSocket(`${address(endpoint.name)}?report=${id}`);
    const late = setTimeout(() => resolve(told), PATIENCE_MS);
    socket.onopen = () => note('open');
    socket.onerror = () => note('error');
    socket.onmessage = ({ data }) => {
      note('message', { text: String(data) });
      // Here it is the client that has to begin.
      if (endpoint.client_closes) socket.close(1000, 'bye');
    };
    socket.onclose = ({ code, reason, wasClean }) => {
      clearTimeout(late);
      note('close', { code, reason, clean: wasClean });
      resolve(told);
    };
  });
}

/** Visits an endpoint: {told, report}. A report that is not `ok` could not be had. */
export async function visit(endpoint) {
  const id = randomHex(16);
  const told = await listen(endpoint, id);
  return { told, report: await report(id) };
}
