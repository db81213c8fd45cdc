// Requests to the server: the list of experiments, and running one. No DOM.

import { ask, recall, remember, session } from '../base/session.js';

let table = null;

/** The experiments of the server: {ok, experiments, limits}. Requested once. */
export async function experiments() {
  if (table && table.ok) return table;
  table = await ask('/api/lab');
  return table;
}

/** Whether this browser has joined the class. */
export const joined = () => Boolean(session.token());

/** Runs `{experiment}` or `{program}` on the server: {ok, result}, or {ok: false, error, status, …}. */
export async function run(body) {
  const answer = await ask('/api/lab', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer ' + session.token() },
    body: JSON.stringify(body),
  });
  if (!answer.ok) return answer;
  // These are facts about the API request; the status that counts is that of the experiment.
  const { ok, error, retryAfter, ...result } = answer;
  return { ok: true, result: Object.assign(result, { status: answer.handshake.status }) };
}

/** The experiments that were run in this browser. */
export const tried = () => (recall('lab.tried') || '').split(' ').filter(Boolean);

export function remembered(slug) {
  const all = tried();
  if (!all.includes(slug)) remember('lab.tried', all.concat(slug).join(' '));
}
