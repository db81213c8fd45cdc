//! Slow mode over a restart: when people last spoke, as the log of a room tells.
//!
//! Pure. What waits for approval is no event; a message that was published counts from then. Times are
//! those of the wall clock: if it was set back meanwhile, people wait for a whole pause at most.

use crate::model::event::EventKind;
use crate::model::time::Millis;
use crate::store::opened::OpenedRoom;
use std::collections::HashMap;

/// How long ago each person, by `sub`, spoke in a room, as far as its slow mode counts that at `now`.
pub(crate) fn spoke_ago(room: &OpenedRoom, now: Millis) -> HashMap<&str, Millis> {
    let pause = room.state.slow * 1000;
    let begins = room.newest.first().is_none_or(|event| event.seq == 1);
    // Where the log in memory does not say when it was set, it was long ago.
    let mut slow = begins.then_some(0);
    let mut ago = HashMap::new();
    for event in &room.newest {
        let spoke = match &event.what {
            EventKind::State(state) => {
                if slow.is_some_and(|slow| slow != state.slow) {
                    ago.clear();
                }
                slow = Some(state.slow);
                false
            }
            EventKind::Message { .. } => true,
            EventKind::Hand(hand) => hand.up && hand.question.is_some(),
            _ => false,
        };
        if spoke {
            ago.insert(&*event.by.sub, now.saturating_sub(event.at));
        }
    }
    ago.retain(|_, ago| *ago < pause);
    ago
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::*;
    use crate::model::event::{Event, State};
    use crate::model::hand::Hand;
    use crate::model::json::Json;

    fn slow(slow: u64, locked: bool) -> EventKind {
        EventKind::State(State {
            slow,
            locked,
            ..State::default()
        })
    }

    fn hand(question: Option<&str>) -> EventKind {
        EventKind::Hand(Box::new(Hand {
            up: true,
            question: question.map(Json::quote),
            ..Hand::default()
        }))
    }

    /// The people who have to wait at 12 s, and how long ago each spoke. Event n happens at n seconds.
    fn waits(pause: u64, newest: Vec<Event>) -> Vec<(String, u64)> {
        let room = OpenedRoom {
            name: "lobby".into(),
            head: 20,
            state: State {
                slow: pause,
                ..State::default()
            },
            pin: None,
            lesson_end: 0,
            newest,
        };
        let ago = spoke_ago(&room, 12_000).into_iter();
        let mut ago: Vec<_> = ago.map(|(sub, ago)| (sub.to_owned(), ago)).collect();
        ago.sort();
        ago
    }

    #[test]
    fn what_was_said_since_slow_mode_was_set_counts_on() {
        let events = || {
            vec![
                event(1, "Ann", said("before")),
                event(2, "Lin", slow(60, false)),
                event(3, "Bo", said("one")),
                event(4, "Lin", slow(60, true)),
                event(5, "Cy", hand(Some("Why?"))),
                event(6, "Di", hand(None)),
                event(7, "Bo", said("two")),
            ]
        };
        let expected = [("sub-Bo".to_owned(), 5000), ("sub-Cy".to_owned(), 7000)];
        assert_eq!(waits(60, events()), expected);
        assert_eq!(waits(0, events()), []);
        let mut later = events();
        later.push(event(8, "Lin", slow(6, true)));
        later.push(event(9, "Cy", said("three")));
        assert_eq!(waits(6, later), [("sub-Cy".to_owned(), 3000)]);
        // A pause of 6 s is over for those who spoke 7 s ago. When it was set is not known.
        let cut = events().split_off(2);
        assert_eq!(waits(6, cut), [("sub-Bo".to_owned(), 5000)]);
        // The wall clock was set back meanwhile.
        let ahead = vec![event(20, "Ann", said("later"))];
        assert_eq!(waits(6, ahead), [("sub-Ann".to_owned(), 0)]);
    }
}
