//! `GET /api/refused`: the handshakes with this very token that were refused lately, annotated.
//!
//! Pure but for the store that it reads. The token need not be valid, or nobody would learn why it was
//! not: it shows what was sent with itself, and nothing else.

use crate::authenticate::bearer;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::lens::annotate::{Annotator, Observation};
use crate::lens::handshake::{HandshakeNote, annotate};
use crate::lens::note::FrameNote;
use crate::model::direction::Direction;
use crate::model::time::Millis;
use crate::net::refused::Attempt;
use crate::shared::Shared;
use serde::Serialize;

#[derive(Serialize)]
struct Answer {
    refused: Vec<Note>,
}

/// A refused handshake. `body`: of an HTTP refusal; `close`: the Close behind a 101.
#[derive(Serialize)]
struct Note {
    at: Millis,
    handshake: HandshakeNote,
    body: Option<String>,
    close: Option<Box<FrameNote>>,
}

/// Answers the request.
///
/// # Errors
///
/// 401 without a token, 404 where the protocol view is switched off.
pub(crate) fn answer(head: &Head, shared: &Shared) -> Result<Response, Refusal> {
    if !shared.config.lens.enabled {
        return Err(Refusal::not_found());
    }
    let Some(token) = bearer(head)? else {
        let message = "Send the token with which the handshake was refused.";
        return Err(Refusal::new(401, "token_missing", message).with("WWW-Authenticate", "Bearer"));
    };
    let refused = shared.refused.of(token).iter().map(note).collect();
    Ok(Response::json(200, &Answer { refused }))
}

fn note(attempt: &Attempt) -> Note {
    let end = attempt.answer.windows(4).position(|at| at == b"\r\n\r\n");
    let (response, rest) = attempt
        .answer
        .split_at(end.map_or(attempt.answer.len(), |at| at + 4));
    let handshake = annotate(&attempt.request, Some(response));
    let open = handshake.status == Some(101);
    Note {
        at: attempt.at,
        body: (!open).then(|| String::from_utf8_lossy(rest).into_owned()),
        close: open.then(|| first_frame(rest)).flatten(),
        handshake,
    }
}

fn first_frame(bytes: &[u8]) -> Option<Box<FrameNote>> {
    let seen = Annotator::default().feed(Direction::FromServer, bytes, 0);
    seen.into_iter().find_map(|each| match each {
        Observation::Frame(frame) => Some(frame),
        _ => None,
    })
}
