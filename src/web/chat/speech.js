// Whether a person may write in a room now, and if not, why and until when. Values in, values out: the rules of
// the room, our mute, our role and the time. The server decides; this only says beforehand what it would say.

const SECOND_MS = 1000;
const LEADS = ['moderator', 'host'];

/** Whether a mute `{until?}`, or null, still holds. */
export const holds = (muted, now) => Boolean(muted) && !(muted.until && muted.until <= now);

/** Says `{maySend, reason, until}` of somebody with this `role`, whose mute in the room is `muted`, if any, and
    whose last message there was counted at `spoke`. Without `maySend`, `reason` is `observer`, `muted`, `locked`
    or `slow`, and `until` the time at which that ends, or null if nobody knows it. With it, `reason` is
    `approve` or `slow` where something is to be said before, else null. */
export function speech({ role, muted, state, spoke }, now) {
  const no = (reason, until) => ({ maySend: false, reason, until: until || null });
  const yes = (reason) => ({ maySend: true, reason, until: null });
  if (role === 'observer') return no('observer');
  if (holds(muted, now)) return no('muted', muted.until);
  // Those who lead talk in a room that they have quieted.
  if (LEADS.includes(role)) return yes(null);
  if (state.locked) return no('locked');
  const free = state.slow && spoke ? spoke + state.slow * SECOND_MS : 0;
  if (free > now) return no('slow', free);
  if (state.approve) return yes('approve');
  return yes(state.slow ? 'slow' : null);
}
