// The time of the server. It dates every message, mute and removal, so the page counts by it: the clock
// of a tablet may be wrong by an hour or a day, or jump in the middle of a lesson. Between two words from
// the server, time passes as performance.now() says, which never jumps.

// A header Date is cut to whole seconds.
const HEADER_MS = 1000;
// Two readings of two clocks are not taken at the same instant.
const SLACK_MS = 1000;
// performance.now() may stop while a device sleeps. Then the device's own clock gains on it.
const SLEPT_MS = 2000;

/** How far the device's clock is ahead of performance.now(). */
const ahead = () => Date.now() - performance.now();

// Until the server has said a time, the device's clock has to do.
let offset = ahead();
let aheadWhenHeard = offset;

/** The server's time now, in milliseconds since 1970. */
export const serverNow = () => offset + performance.now();

/** Takes the server's time, which it said just now. */
export function hearTime(time) {
  offset = time - performance.now();
  aheadWhenHeard = ahead();
}

/** Takes the header Date of an answer, which was asked for when performance.now() was `asked`. It changes
    nothing if the known time may be right, because a `welcome` is more exact. */
export function hearDate(header, asked) {
  const earliest = Date.parse(header);
  if (Number.isNaN(earliest)) return;
  const latest = earliest + HEADER_MS + performance.now() - asked;
  if (serverNow() < earliest - SLACK_MS || serverNow() > latest + SLACK_MS) hearTime((earliest + latest) / 2);
  else aheadWhenHeard = ahead();
}

/** Whether the device slept, or its clock was set, since the server last said a time: ask again. */
export const mayBeOff = () => Math.abs(ahead() - aheadWhenHeard) > SLEPT_MS;
