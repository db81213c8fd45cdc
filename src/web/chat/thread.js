// One conversation of private messages: their order, and what the end of a lesson does to it. No DOM and no network.

// The clocks of this page and of the server may differ by this much.
const SAME_MS = 5000;

/** Whether one of our messages is that of the server. An ack has its time, and says no `id`; if the ack was
    lost, the time is about that of the page. */
export function isSame(entry, { at, text }) {
  if (!entry.own || entry.id || entry.text !== text) return false;
  if (entry.state === 'saved') return entry.at === at;
  return entry.state === 'pending' && entry.sent && at > entry.at - SAME_MS;
}

export function sort(thread) {
  const last = ({ state }) => (state === 'saved' ? 0 : 1);
  thread.entries.sort((a, b) => last(a) - last(b) || a.at - b.at || (a.id || 0) - (b.id || 0));
}

/** The messages of the lesson that runs. */
export const current = ({ entries }) => entries.filter(({ ended }) => !ended);

/** Whether all that was said belongs to lessons that have ended. */
export const isPast = ({ entries }) => entries.length > 0 && entries.every(({ ended }) => ended);

/** The lesson has ended in the rooms that `covers` picks. Those who lead go on reading what it had (`keeps`); what
    was not sent by then would reach nobody. */
export function endLesson(thread, covers, keeps) {
  const over = thread.entries.filter(({ room }) => covers(room));
  if (!over.length) return;
  over.forEach((entry) => { entry.ended = true; });
  thread.entries = thread.entries.filter(({ ended, state }) => !ended || (keeps && state === 'saved'));
  if (!current(thread).length) Object.assign(thread, { unread: 0, unheard: false });
}
