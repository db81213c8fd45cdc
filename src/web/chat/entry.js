// One message as this page knows it, and what became of it: edits, deletion, reactions. No DOM, no
// network.

/** What nothing has happened to yet. */
export const untouched = () => ({ edited: null, deleted: false, purged: false, reactions: new Map() });

/** A message as the server tells it: as it was said, or in its final state. */
export function entryOf(message, room, me) {
  const entry = Object.assign(untouched(), {
    kind: 'message', room, seq: message.seq, from: message.from, own: message.from.id === me.id,
    text: message.deleted ? '' : message.text, at: message.at, replyTo: message.reply_to, state: 'saved',
  });
  entry.edited = message.edited || null;
  entry.deleted = Boolean(message.deleted);
  entry.purged = Boolean(message.purged);
  // One person, one reaction: from whom to which.
  Object.entries(message.reactions || {}).forEach(([emoji, ids]) => ids.forEach((id) => entry.reactions.set(id, emoji)));
  return entry;
}

function apply(entry, { type, text, at, from, emoji, purged }) {
  // What was deleted is not brought back.
  if (entry.deleted && type !== 'deleted') return;
  if (type === 'edited') {
    entry.text = text || '';
    entry.edited = at;
    entry.reactions.clear();
  } else if (type === 'deleted') {
    entry.text = '';
    entry.reactions.clear();
    entry.deleted = true;
    entry.purged = entry.purged || Boolean(purged);
  } else {
    // Taken out first, so that the order is the order of the last word.
    entry.reactions.delete(from.id);
    if (emoji) entry.reactions.set(from.id, emoji);
  }
}

function state({ text, edited, deleted, purged, reactions }) {
  return { text, edited, deleted, purged, reactions: new Map(reactions) };
}

function replay(entry, changes) {
  Object.assign(entry, state(entry.base), { changes });
  changes.forEach((event) => apply(entry, event));
}

/** An event that changes a message. It may come for a state that has it already: every change sets,
    none adds, so the last one in order wins all the same. What we did ourselves is told by an answer
    that waits for the disk, and may come after what others did later. */
export function change(entry, event) {
  if (!entry.base) Object.assign(entry, { base: state(entry), changes: [] });
  const late = entry.changes.some((each) => each.seq > event.seq);
  entry.changes.push(event);
  if (late) replay(entry, entry.changes.sort((a, b) => a.seq - b.seq));
  else apply(entry, event);
}

/** Takes back what happened after event `seq`: a server that crashed may not know of it. */
export function revert(entry, seq) {
  if (!entry.base || !entry.changes.some((event) => event.seq > seq)) return;
  replay(entry, entry.changes.filter((event) => event.seq <= seq));
  entry.stale = true;
}
