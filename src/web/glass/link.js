// Links to one frame: `#frame=` and the connection, the direction, the number of the frame, and the moment
// at which the view was opened, because each view counts frames from 1. No DOM.

const WAYS = { in: 'client', out: 'server' };
const FORM = /^#frame=([0-9]+)-(in|out)-([0-9]+)-([0-9a-z]+)$/;

/** Whether a fragment of an address is meant as such a link. */
export const isLink = (hash) => hash.startsWith('#frame=');

/** The link to a recorded frame. */
export function linkTo({ session, event }) {
  return `#frame=${session.id}-${event.from === 'client' ? 'in' : 'out'}-${event.number}-${session.clock.toString(36)}`;
}

// What every message of this person begins with on the wire.
const SENT = '{"type":"send","text":"';

/** The recorded frame in which a message of the log was sent or came; undefined if it was before the view was
    opened. Of several with the same beginning, it is the one that is nearest in time. */
export function frameOf(recording, { room, seq, at, base, text }) {
  const came = `{"type":"message","room":${JSON.stringify(room.name)},"seq":${seq},`;
  const sent = SENT + JSON.stringify((base || { text }).text).slice(1);
  const fits = ({ event: { from, text: words } }) => {
    if (from === 'server') return Boolean(words) && words.startsWith(came);
    return Boolean(words) && words.length > SENT.length && (sent.startsWith(words) || words.startsWith(sent));
  };
  const away = ({ session, event }) => Math.abs(session.clock + event.at / 1000 - at);
  return recording.frames.filter(fits).sort((a, b) => away(a) - away(b))[0];
}

/** What a link leads to: {item}, or {why: bad|gone|other, id, from, number}. */
export function follow(hash, recording) {
  const [, id, way, digits, clock] = FORM.exec(hash) || [];
  if (!id) return { why: 'bad' };
  const [from, number] = [WAYS[way], Number(digits)];
  const ofThat = (session) => String(session.id) === id && session.clock.toString(36) === clock;
  const item = recording.frames.find(({ session, event }) => ofThat(session) && event.from === from && event.number === number);
  if (item) return { item };
  return { why: recording.sessions.some((session) => String(session.id) === id) ? 'gone' : 'other', id, from, number };
}
