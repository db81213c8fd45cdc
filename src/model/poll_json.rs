//! The events of polls as JSON.

use crate::model::event::{Event, EventKind};
use crate::model::poll::{Outcome, Question};
use crate::model::role::Role;
use crate::model::time::Millis;
use serde::Serialize;

/// An event of a poll as the JSON object that everybody in the room gets. `all`: with sums that are not
/// published, as a transcript has them.
pub(crate) fn json(event: &Event, all: bool) -> Vec<u8> {
    let (kind, of, asked, outcome) = match &event.what {
        EventKind::Poll(asked) => ("poll", None, asked.as_deref(), None),
        EventKind::PollOutcome {
            of,
            closing,
            outcome,
        } => {
            let kind = match closing {
                true => "poll_closed",
                false => "poll_published",
            };
            let outcome = outcome.as_deref();
            (kind, Some(*of), outcome.map(|o| &o.asked), outcome)
        }
        _ => return Vec::new(),
    };
    let by = &*event.by;
    let shape = Shape {
        r#type: kind,
        room: &event.room,
        seq: event.seq,
        of,
        asked: asked.map(Asked::of),
        result: outcome.map(|outcome| Sums::of(outcome, all)),
        by: By {
            id: &by.id,
            name: &by.name,
            role: Some(by.role).filter(|&role| role != Role::Member),
        },
        at: event.at,
        deleted: asked.is_none(),
    };
    // Strings and numbers: nothing here can fail to be JSON.
    serde_json::to_vec(&shape).unwrap_or_default()
}

/// Every field that an event of a poll can have, in the order of the wire.
#[derive(Serialize)]
struct Shape<'a> {
    r#type: &'static str,
    room: &'a str,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<u64>,
    #[serde(flatten)]
    asked: Option<Asked<'a>>,
    #[serde(flatten)]
    result: Option<Sums<'a>>,
    by: By<'a>,
    at: Millis,
    /// The person who asked was forgotten, and the words with them.
    #[serde(skip_serializing_if = "is_false")]
    deleted: bool,
}

#[derive(Serialize)]
struct Asked<'a> {
    question: &'a str,
    choices: &'a [Box<str>],
    #[serde(skip_serializing_if = "is_false")]
    multiple: bool,
    #[serde(skip_serializing_if = "is_false")]
    anonymous: bool,
}

impl<'a> Asked<'a> {
    fn of(asked: &'a Question) -> Asked<'a> {
        Asked {
            question: &asked.question,
            choices: &asked.choices,
            multiple: asked.multiple,
            anonymous: asked.anonymous,
        }
    }
}

#[derive(Serialize)]
struct Sums<'a> {
    count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    votes: Option<&'a [u32]>,
    #[serde(skip_serializing_if = "is_false")]
    closed: bool,
    #[serde(skip_serializing_if = "is_false")]
    published: bool,
}

impl<'a> Sums<'a> {
    fn of(outcome: &'a Outcome, all: bool) -> Sums<'a> {
        let shown = outcome.closed && (outcome.published || all);
        Sums {
            count: outcome.count,
            votes: shown.then_some(&outcome.votes[..]),
            closed: outcome.closed,
            published: outcome.published,
        }
    }
}

#[derive(Serialize)]
struct By<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::*;
    use std::sync::Arc;

    fn asked() -> Question {
        Question {
            question: "Did you \"follow\"?".into(),
            choices: vec!["yes".into(), "no".into()],
            multiple: false,
            anonymous: true,
        }
    }

    fn outcome(closing: bool, closed: bool, published: bool) -> EventKind {
        EventKind::PollOutcome {
            of: 2,
            closing,
            outcome: Some(Arc::new(Outcome {
                asked_by: "id-Lin".into(),
                asked: asked(),
                closed,
                published,
                count: 6,
                votes: vec![5, 1],
            })),
        }
    }

    #[test]
    fn every_event_of_a_poll_has_its_json() {
        const ASKED: &str =
            r#""question":"Did you \"follow\"?","choices":["yes","no"],"anonymous":true"#;
        for (what, all, kind, rest) in [
            (
                EventKind::Poll(Some(Arc::new(asked()))),
                false,
                "poll",
                "ASKED,BY",
            ),
            (EventKind::Poll(None), false, "poll", r#"BY,"deleted":true"#),
            (
                outcome(true, true, false),
                false,
                "poll_closed",
                r#""of":2,ASKED,"count":6,"closed":true,BY"#,
            ),
            (
                outcome(true, true, false),
                true,
                "poll_closed",
                r#""of":2,ASKED,"count":6,"votes":[5,1],"closed":true,BY"#,
            ),
            (
                outcome(false, true, true),
                false,
                "poll_published",
                r#""of":2,ASKED,"count":6,"votes":[5,1],"closed":true,"published":true,BY"#,
            ),
            (
                outcome(false, false, true),
                true,
                "poll_published",
                r#""of":2,ASKED,"count":6,"published":true,BY"#,
            ),
        ] {
            let by = r#""by":{"id":"id-Lin","name":"Lin","role":"host"},"at":7000"#;
            let rest = rest.replace("ASKED", ASKED).replace("BY", by);
            let expected = format!(r#"{{"type":"{kind}","room":"lobby","seq":7,{rest}}}"#);
            let event = event(7, "Lin", what);
            assert_eq!(String::from_utf8_lossy(&json(&event, all)), expected);
            if !all {
                assert_eq!(event.json(), json(&event, false));
            }
        }
    }
}
