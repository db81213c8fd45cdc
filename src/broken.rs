//! The misbehaving server: at `/broken/NAME` this server breaks one rule of RFC 6455 on purpose, and
//! records what the **client** does about it.
//!
//! A browser is a client that a learner already has, so here the learner sees what their own browser
//! does: the page hears `onopen`, `onmessage` and `onclose`, and `GET /api/broken/ID` tells the other
//! half, the bytes that the browser sent afterwards, annotated by [`crate::lens`].
//!
//! Runs on: `conn-N`, which also writes here; the report is made on a short-lived thread with a larger
//! stack. Blocks on its own socket, for a bounded time. No token is needed: an endpoint sends some
//! hundred bytes and stores nothing of a person. It takes a place among the connections to `/echo`.
//!
//! | file | owns |
//! |---|---|
//! | `defect` | a defect as a value: the rule, the client's duty, the server's behaviour |
//! | `catalogue` | all defects |
//! | `handshakes`, `frames`, `closes`, `right` | the defects of each kind, with the sentences of the RFC; `quotations`: what they share |
//! | `wrong` | the wrong bytes |
//! | `exchange` | one connection: what is sent, what comes back, when it ends |
//! | `verdict` | whether the client did what the RFC demands of it |
//! | `endpoint` | `/broken/NAME`, from the handshake to the report |
//! | [`reports`] | the reports of the last minutes, in memory |
//! | `api` | `GET /api/broken` and `GET /api/broken/ID` |

mod api;
mod catalogue;
mod closes;
mod defect;
mod endpoint;
mod exchange;
mod frames;
mod handshakes;
mod quotations;
pub(crate) mod reports;
mod right;
mod verdict;
mod wrong;

pub(crate) use api::{answer, is_api};
pub(crate) use endpoint::{is_endpoint, open};

/// The names of the endpoints that break a rule, for the test of the links to them.
#[cfg(test)]
pub(crate) fn wrong_ones() -> impl Iterator<Item = &'static str> {
    let wrong = catalogue::all().filter(|defect| defect.group != "right");
    wrong.map(|defect| defect.name)
}
