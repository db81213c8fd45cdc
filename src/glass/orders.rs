//! What a page may ask for through its glass: "do it to me", on the watched connection and no
//! other.
//!
//! Runs on: the glass's `conn-N`. Blocks on: reading its socket. Never writes: what the page is
//! owed goes to its watcher.

use crate::chat::hub::{Command, HubQuery, LensAction};
use crate::glass::telling::Telling;
use crate::model::ids::ClientId;
use crate::model::time::unix_millis;
use crate::net::reader::{Ending, Heard, Input, Reader};
use crate::net::tap::{TapEvent, TapSender};
use crate::shared::Shared;
use crate::support::token_bucket::{RateLimit, RateVerdict, TokenBucket};
use crate::websocket::close::{self, Violation};
use crate::websocket::frame;
use crate::websocket::rules::judge_close_code;
use bytes::Bytes;
use serde::Deserialize;
use std::sync::atomic::Ordering::Relaxed;

/// How many orders a page may give.
const ORDERS: RateLimit = RateLimit {
    burst: 5.0,
    per_second: 5.0,
};
/// Silent intervals before a glass is shut; the first is answered with a Ping.
const PATIENCE: u32 = 2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    r#type: Kind,
    what: What,
    #[serde(default = "normal")]
    code: u16,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Do,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Ping,
    Fragment,
    Close,
    HangUp,
}

const fn normal() -> u16 {
    1000
}

/// An order that was refused: a slug, and a sentence.
type Refused = (&'static str, String);

/// Reads orders until the page leaves or its watcher is done.
pub fn read(mut reader: Reader, watched: ClientId, line: &TapSender, shared: &Shared) {
    let mut allowance = TokenBucket::new(ORDERS, unix_millis());
    let mut silent = 0;
    let leave = |close: Bytes| line.send(TapEvent::PageLeft(Some(close)));
    loop {
        let mut there = true;
        let heard = reader.read(|input| {
            let owed = match input {
                Input::Text(text) => told(carry_out(&text, watched, &mut allowance, shared)),
                Input::Binary(_) => told(Err(bad("lens.v1 is text"))),
                Input::Ping(payload) => frame::pong(&payload),
                Input::Pong(_) => return,
            };
            there &= line.reply(owed);
        });
        let last = match heard {
            _ if !there => return,
            Ok(Heard::Something) => {
                silent = 0;
                continue;
            }
            Ok(Heard::Nothing) if silent + 1 < PATIENCE => {
                silent += 1;
                if !line.reply(frame::ping(b"still there?")) {
                    return;
                }
                continue;
            }
            Ok(Heard::Nothing) => {
                frame::close(close::Code::SILENT.into(), "silent: nothing was heard")
            }
            Err(Ending::Closed(answer)) => answer,
            Err(Ending::Broke(Violation { code, reason })) => frame::close(code.into(), reason),
            Err(Ending::Gone) if shared.stopping.load(Relaxed) => close::going_away(),
            Err(Ending::Gone) => {
                line.send(TapEvent::PageLeft(None));
                return;
            }
        };
        leave(last);
        return;
    }
}

fn told(outcome: Result<&'static str, Refused>) -> Bytes {
    let telling = match &outcome {
        Ok(what) => Telling::Done { what },
        Err((code, message)) => Telling::Error { code, message },
    };
    frame::text(&serde_json::to_vec(&telling).unwrap_or_default())
}

fn bad(why: impl std::fmt::Display) -> Refused {
    let example = r#"{"type":"do","what":"ping"}"#;
    (
        "bad_message",
        format!("{why}; an order is, for example, {example}."),
    )
}

/// One order, carried out by the hub.
fn carry_out(
    text: &str,
    watched: ClientId,
    allowance: &mut TokenBucket,
    shared: &Shared,
) -> Result<&'static str, Refused> {
    let pace = allowance.take(1.0, unix_millis());
    if pace != RateVerdict::Allowed {
        return Err(("rate_limited", "Five orders a second are enough.".into()));
    }
    // serde would take an array of the fields in order, too.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(bad("an order is a JSON object"));
    }
    let order: Order = serde_json::from_str(text).map_err(bad)?;
    let Kind::Do = order.r#type;
    let (deed, done) = match order.what {
        What::Ping => (LensAction::Ping, "ping"),
        What::Fragment => (LensAction::Fragment, "fragment"),
        What::HangUp => (LensAction::HangUp, "hang_up"),
        What::Close => {
            // What must not be on the wire is for the lab to try, not for a server to send.
            if let Some(rule) = judge_close_code(order.code) {
                let (section, sentence) = (rule.section(), rule.sentence());
                return Err(bad(format!("code {}: {sentence} (§{section})", order.code)));
            }
            if order.reason.len() > frame::MAX_REASON {
                return Err(bad("a reason has at most 123 bytes (§5.5, §5.5.1)"));
            }
            (LensAction::Close(order.code, order.reason), "close")
        }
    };
    shared
        .hub
        .send(Command::Query(HubQuery::Act(watched, deed)));
    Ok(done)
}
