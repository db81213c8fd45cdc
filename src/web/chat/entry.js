// One message and the changes to it: edits, deletion, reactions. No DOM and no network.

/** The fields of a message without any changes. */
export const unchanged = () => ({ edited: null, deleted: false, purged: false, cleared: 0, reactions: new Map() });

/** An entry from a message of the server, which may include later changes. */
export function entryOf(message, room, me) {
  const entry = Object.assign(unchanged(), {
    kind: 'message', room, seq: message.seq, from: message.from, own: message.from.id === me.id,
    text: message.deleted ? '' : message.text, at: message.at, replyTo: message.reply_to, state: 'saved',
  });
  entry.edited = message.edited || null;
  entry.frame = message.bytes ? { payload: message.bytes, masked: false } : null;
  entry.deleted = Boolean(message.deleted);
  entry.purged = Boolean(message.purged);
  // Each person has at most one reaction: a map from person to emoji.
  Object.entries(message.reactions || {}).forEach(([emoji, ids]) => ids.forEach((id) => entry.reactions.set(id, emoji)));
  return entry;
}

function apply(entry, { type, text, at, from, emoji, purged, cleared }) {
  if (type === 'restored') return;
  // A deleted message stays deleted.
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
    entry.cleared = cleared || entry.cleared;
  } else {
    // Deleted first, so that the newest reaction comes last in the map.
    entry.reactions.delete(from.id);
    if (emoji) entry.reactions.set(from.id, emoji);
  }
}

function state({ text, edited, deleted, purged, cleared, reactions }) {
  return { text, edited, deleted, purged, cleared, reactions: new Map(reactions) };
}

function replay(entry, changes) {
  Object.assign(entry, state(entry.base), { changes });
  // What was cleared and brought back is as if it had not been cleared.
  const undone = changes.filter(({ type }) => type === 'restored').map(({ cleared }) => cleared);
  changes.forEach((event) => { if (!undone.includes(event.seq)) apply(entry, event); });
}

/** Applies an event to a message that may include it already. That does no harm: every change sets a
    value, so the newest in order wins. Our own change comes with an ack, which waits for the disk and
    may arrive after newer changes of others; then the changes are replayed in order. */
export function change(entry, event) {
  if (!entry.base) Object.assign(entry, { base: state(entry), changes: [] });
  const late = entry.changes.some((each) => each.seq > event.seq);
  entry.changes.push(event);
  if (late || event.type === 'restored') replay(entry, entry.changes.sort((a, b) => a.seq - b.seq));
  else apply(entry, event);
}

/** Undoes all changes after event `seq`: a server that crashed may have lost them. */
export function revert(entry, seq) {
  if (!entry.base || !entry.changes.some((event) => event.seq > seq)) return;
  replay(entry, entry.changes.filter((event) => event.seq <= seq));
  entry.stale = true;
}
