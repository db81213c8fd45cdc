//! What a page may do through its glass, to the watched connection and no other: have a Ping, a
//! fragmented message or a Close sent over it, or its TCP ended.
//!
//! Runs on: the glass's `conn-N`. Blocks on: reading its socket. Never writes: replies go through
//! the watcher.

use crate::chat::hub::{Command, HubQuery, LensAction};
use crate::glass::event::GlassEvent;
use crate::model::ids::ClientId;
use crate::model::time::Ticks;
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

/// Actions per second, and at once.
const RATE: RateLimit = RateLimit {
    burst: 5.0,
    per_second: 5.0,
};
/// Silent intervals after which a glass is closed; after the first it gets a Ping.
const PATIENCE: u32 = 2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    r#type: Type,
    what: Action,
    #[serde(default = "normal")]
    code: u16,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    Do,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Ping,
    Fragment,
    Close,
    HangUp,
}

const fn normal() -> u16 {
    1000
}

/// Why an action was refused: a slug, and a sentence.
type Refused = (&'static str, String);

/// Reads from the page until it leaves or its watcher ends.
pub(super) fn read(mut reader: Reader, watched: ClientId, page: &TapSender, shared: &Shared) {
    let mut rate = TokenBucket::new(RATE, Ticks::now());
    let mut silent = 0;
    loop {
        let mut alive = true;
        let heard = reader.read(|input| {
            let reply = match input {
                Input::Text(text) => outcome_frame(act(&text, watched, &mut rate, shared)),
                Input::Binary(_) => outcome_frame(Err(bad("lens.v1 is text"))),
                Input::Ping(payload) => frame::pong(&payload),
                Input::Pong => return,
            };
            alive &= page.reply(reply);
        });
        let last = match heard {
            _ if !alive => return,
            Ok(Heard::Something) => {
                silent = 0;
                continue;
            }
            Ok(Heard::Nothing) if silent + 1 < PATIENCE => {
                silent += 1;
                if !page.reply(frame::ping(b"still there?")) {
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
                page.send(TapEvent::PageLeft(None));
                return;
            }
        };
        page.send(TapEvent::PageLeft(Some(last)));
        return;
    }
}

fn outcome_frame(outcome: Result<&'static str, Refused>) -> Bytes {
    let event = match &outcome {
        Ok(what) => GlassEvent::Done { what },
        Err((code, message)) => GlassEvent::Error { code, message },
    };
    frame::text(&serde_json::to_vec(&event).unwrap_or_default())
}

fn bad(why: impl std::fmt::Display) -> Refused {
    let example = r#"{"type":"do","what":"ping"}"#;
    (
        "bad_message",
        format!("{why}; an action is, for example, {example}."),
    )
}

/// Has the hub do what one message asks for.
fn act(
    text: &str,
    watched: ClientId,
    rate: &mut TokenBucket,
    shared: &Shared,
) -> Result<&'static str, Refused> {
    let verdict = rate.take(1.0, Ticks::now());
    if verdict != RateVerdict::Allowed {
        return Err(("rate_limited", "Five actions a second are enough.".into()));
    }
    // serde would also accept an array of the fields in order.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(bad("an action is a JSON object"));
    }
    let message: Message = serde_json::from_str(text).map_err(bad)?;
    let Type::Do = message.r#type;
    let (action, name) = match message.what {
        Action::Ping => (LensAction::Ping, "ping"),
        Action::Fragment => (LensAction::Fragment, "fragment"),
        Action::HangUp => (LensAction::HangUp, "hang_up"),
        Action::Close => {
            // Codes that must not be on the wire can be tried in the lab; a server does not send
            // them.
            if let Some(rule) = judge_close_code(message.code) {
                let (section, sentence) = (rule.section(), rule.sentence());
                return Err(bad(format!(
                    "code {}: {sentence} (§{section})",
                    message.code
                )));
            }
            if message.reason.len() > frame::MAX_REASON {
                return Err(bad("a reason has at most 123 bytes (§5.5, §5.5.1)"));
            }
            (LensAction::Close(message.code, message.reason), "close")
        }
    };
    shared
        .hub
        .send(Command::Query(HubQuery::Act(watched, action)));
    Ok(name)
}
