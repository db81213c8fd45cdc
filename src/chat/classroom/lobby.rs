//! The lobby of a class: who asks to come in while the door is closed, and whom somebody who leads lets in.
//!
//! Pure. Nothing is kept over a restart: whoever waits asks again every few seconds, and is here again with
//! the next request.

use crate::model::time::{Millis, Ticks};
use serde::Serialize;

/// People in one lobby. More than that are not a few who come late: then the door is to be opened.
const MOST: usize = 20;

/// Whoever has not asked for so long, in milliseconds, does not wait any more. (Browsers let a page in the
/// background ask once a minute.)
const PATIENCE: u64 = 75_000;

/// Who is let in has this long to come in, in milliseconds: a page that sleeps asks when it is looked at again.
const INVITATION: u64 = 600_000;

/// Somebody who waits, as those who lead see it.
#[derive(Debug, Serialize)]
pub(crate) struct Caller {
    /// Names the caller to those who lead.
    pub id: u64,
    /// The `sub` of the token that they ask for.
    #[serde(skip)]
    pub sub: Box<str>,
    /// Their device, or their `sub`: one waits once, under the last name typed there.
    #[serde(skip)]
    place: Box<str>,
    /// The name that they chose.
    pub name: Box<str>,
    /// When they asked first.
    pub since: Millis,
    /// When they asked last.
    #[serde(skip)]
    asked: Ticks,
}

/// Who waits, and who was let in and is not here yet.
#[derive(Debug, Default)]
pub(crate) struct Lobby {
    callers: Vec<Caller>,
    invited: Vec<(Box<str>, Ticks)>,
    last_id: u64,
}

impl Lobby {
    /// Those who wait, the first one first.
    pub(crate) fn callers(&self) -> &[Caller] {
        &self.callers
    }

    /// Whether somebody was let in.
    pub(crate) fn is_invited(&self, sub: &str, clock: Ticks) -> bool {
        let mut invited = self.invited.iter();
        invited.any(|(who, until)| **who == *sub && *until > clock)
    }

    /// Somebody asks to come in. Returns whether those who lead see something new.
    pub(crate) fn ask(
        &mut self,
        (sub, place, name): (&str, &str, &str),
        clock: Ticks,
        now: Millis,
    ) -> bool {
        let left = self.sweep(clock);
        if let Some(caller) = { self.callers.iter_mut() }.find(|caller| *caller.sub == *sub) {
            caller.asked = clock;
            return left;
        }
        self.callers.retain(|caller| *caller.place != *place);
        if self.callers.len() < MOST {
            self.last_id += 1;
            self.callers.push(Caller {
                id: self.last_id,
                sub: sub.into(),
                place: place.into(),
                name: name.into(),
                since: now,
                asked: clock,
            });
            return true;
        }
        left
    }

    /// Somebody who leads lets one in, who comes in with the next request. `None`: nobody of that number waits.
    pub(crate) fn admit(&mut self, id: u64, clock: Ticks) -> Option<Caller> {
        let at = self.callers.iter().position(|caller| caller.id == id)?;
        let caller = self.callers.remove(at);
        let until = clock.after(INVITATION);
        self.invited.push((caller.sub.clone(), until));
        Some(caller)
    }

    /// The door was moved, so nobody waits at it. Returns whether somebody did.
    pub(crate) fn clear(&mut self) -> bool {
        self.invited.clear();
        !std::mem::take(&mut self.callers).is_empty()
    }

    /// Drops those who ask no more. Returns whether somebody has left.
    pub(crate) fn sweep(&mut self, clock: Ticks) -> bool {
        self.invited.retain(|(_, until)| *until > clock);
        let waited = self.callers.len();
        self.callers
            .retain(|caller| clock.since(caller.asked) < PATIENCE);
        self.callers.len() < waited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(lobby: &Lobby) -> Vec<(u64, &str)> {
        let callers = lobby.callers().iter();
        callers.map(|caller| (caller.id, &*caller.name)).collect()
    }

    #[test]
    fn one_waits_once_until_let_in_or_gone() {
        let start = Ticks::default();
        let at = |ms| start.after(ms);
        let mut lobby = Lobby::default();
        assert!(lobby.ask(("bo-1", "tablet", "Bo"), start, 7));
        assert!(!lobby.ask(("bo-1", "tablet", "Bo"), at(5_000), 8));
        assert_eq!(lobby.callers()[0].since, 7);
        // Another name on the same device takes the place of the first, and another device has its own.
        assert!(lobby.ask(("bob-1", "tablet", "Bob"), at(6_000), 9));
        assert!(lobby.ask(("bob-2", "phone", "Bob"), at(7_000), 9));
        assert_eq!(names(&lobby), [(2, "Bob"), (3, "Bob")]);
        assert!(lobby.admit(1, at(7_000)).is_none());
        assert_eq!(lobby.admit(2, at(7_000)).map(|caller| caller.id), Some(2));
        assert!(lobby.is_invited("bob-1", at(7_001)));
        assert!(!lobby.is_invited("bob-2", at(7_001)) && !lobby.is_invited("bo-1", at(7_001)));
        assert!(!lobby.sweep(at(7_000 + PATIENCE - 1)));
        assert!(lobby.sweep(at(7_000 + PATIENCE)));
        assert!(names(&lobby).is_empty());
        assert!(!lobby.is_invited("bob-1", at(7_000 + INVITATION)));
    }

    #[test]
    fn a_lobby_is_bounded_and_the_door_clears_it() {
        let clock = Ticks::default();
        let mut lobby = Lobby::default();
        for n in 0..MOST {
            let who = n.to_string();
            assert!(lobby.ask((&who, &who, &who), clock, 0));
        }
        assert!(!lobby.ask(("late", "late", "late"), clock, 0));
        assert_eq!(lobby.callers().len(), MOST);
        lobby.admit(1, clock);
        assert!(lobby.ask(("late", "late", "late"), clock, 0));
        assert!(lobby.clear());
        assert!(!lobby.clear() && !lobby.is_invited("0", clock));
    }
}
