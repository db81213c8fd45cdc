//! Whether a client did what RFC 6455 demands of it. Pure.

use crate::broken::defect::{Defect, Level, To};
use crate::lens::note::Micros;
use serde::Serialize;

/// The client's reaction. `after`: since the defect was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum Did {
    /// It sent a Close.
    Closed {
        code: Option<u16>,
        reason: String,
        after: Micros,
    },
    /// It ended TCP without a Close.
    EndedTcp { after: Micros },
    /// It reset TCP.
    ResetTcp { after: Micros },
    /// It answered a Ping.
    Answered { after: Micros },
    /// It sent frames as if nothing had been wrong.
    Sent { after: Micros },
    /// It did nothing as long as the server waited.
    Nothing { waited: Micros },
    /// It did not close, although the experiment begins with its Close.
    NeverClosed,
}

/// What the RFC says about the reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// The RFC demands it.
    Demanded,
    /// The RFC leaves it to the client.
    Permitted,
    /// The RFC forbids it.
    Wrong,
    /// The client did something else, which says nothing about this rule.
    Open,
}

/// What else there is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Remark {
    /// It failed the connection without a Close, which it SHOULD send (§7.1.7).
    NoClose,
    /// The code of its Close names no mistake. It SHOULD be appropriate (§7.1.7).
    NormalCode,
    /// Its own Close has a code that MUST NOT be on the wire (§7.4.1).
    ReservedCode,
    /// It has neither failed the connection nor answered a Close (§5.5.1).
    Unanswered,
}

/// Judges a reaction.
pub(super) fn judge(defect: &Defect, did: &Did) -> (Verdict, Option<Remark>) {
    // Whatever was to be examined: these codes are no client's to send.
    if let Did::Closed {
        code: Some(1005 | 1006 | 1015),
        ..
    } = did
    {
        return (Verdict::Wrong, Some(Remark::ReservedCode));
    }
    match defect.duty.to {
        To::Fail if defect.is_in_handshake() => (before_open(did), None),
        To::Fail if defect.is_in_close() => after_wrong_close(did),
        To::Fail => after_wrong_frame(defect, did),
        To::GoOn => (after_right_frame(did), None),
        To::AnswerClose => (after_right_close(did), None),
        To::EndTcp => (without_answer(did), None),
    }
}

/// Whether a Close with this code says that something was wrong.
const fn complains(code: Option<u16>) -> bool {
    matches!(code, Some(1002 | 1003 | 1007..=1011))
}

/// The connection must not open.
fn before_open(did: &Did) -> Verdict {
    match did {
        Did::EndedTcp { .. } | Did::ResetTcp { .. } => Verdict::Demanded,
        // There was no connection that could be closed, but it has noticed.
        Did::Closed { code, .. } if complains(*code) => Verdict::Permitted,
        _ => Verdict::Wrong,
    }
}

fn after_wrong_frame(defect: &Defect, did: &Did) -> (Verdict, Option<Remark>) {
    let may = defect.duty.level == Level::May;
    let (fails, goes_on) = match may {
        true => (Verdict::Permitted, Verdict::Permitted),
        false => (Verdict::Demanded, Verdict::Wrong),
    };
    match did {
        Did::Closed { code, .. } if complains(*code) => (fails, None),
        // Its program may have closed for another reason.
        Did::Closed { .. } => (Verdict::Open, Some(Remark::NormalCode)),
        Did::EndedTcp { .. } | Did::ResetTcp { .. } => (fails, Some(Remark::NoClose)),
        // It has not even answered our Ping.
        Did::Nothing { .. } if may && defect.asks() => (Verdict::Open, None),
        _ => (goes_on, None),
    }
}

/// The Close is wrong, but it is a Close: the client fails the connection or answers.
fn after_wrong_close(did: &Did) -> (Verdict, Option<Remark>) {
    match did {
        Did::Closed { .. } | Did::EndedTcp { .. } | Did::ResetTcp { .. } => {
            (Verdict::Permitted, None)
        }
        _ => (Verdict::Wrong, Some(Remark::Unanswered)),
    }
}

/// Nothing was wrong: the client answers the Ping.
fn after_right_frame(did: &Did) -> Verdict {
    match did {
        Did::Answered { .. } => Verdict::Demanded,
        // It may close whenever its program wants to.
        Did::Closed { code, .. } if !complains(*code) => Verdict::Open,
        _ => Verdict::Wrong,
    }
}

/// The Close was right, and what followed is discarded.
fn after_right_close(did: &Did) -> Verdict {
    match did {
        Did::Closed { .. } => Verdict::Demanded,
        _ => Verdict::Wrong,
    }
}

/// Nobody answers the client's Close: it may end TCP, and may wait longer than this server does.
fn without_answer(did: &Did) -> Verdict {
    match did {
        Did::NeverClosed => Verdict::Open,
        _ => Verdict::Permitted,
    }
}

/// The reaction and the verdict in a sentence, for who reads JSON.
pub(super) fn sentence(
    defect: &Defect,
    did: &Did,
    (verdict, remark): (Verdict, Option<Remark>),
) -> String {
    let ms = |micros: &Micros| format!("{}.{} ms", micros / 1000, micros % 1000 / 100);
    let did = match did {
        Did::Closed { code, after, .. } => match code {
            Some(code) => format!("sent a Close with {code} after {}", ms(after)),
            None => format!("sent a Close without a code after {}", ms(after)),
        },
        Did::EndedTcp { after } => format!("ended TCP without a Close after {}", ms(after)),
        Did::ResetTcp { after } => format!("reset TCP after {}", ms(after)),
        Did::Answered { after } => format!("answered a Ping after {}", ms(after)),
        Did::Sent { after } => format!("sent a frame after {}", ms(after)),
        Did::Nothing { waited } => format!("did nothing for {}", ms(waited)),
        Did::NeverClosed => "did not close the connection".to_owned(),
    };
    let section = match remark {
        Some(Remark::ReservedCode) => "7.4.1",
        Some(Remark::Unanswered) => "5.5.1",
        Some(Remark::NoClose | Remark::NormalCode) | None => defect.duty.quotation.section,
    };
    let says = match verdict {
        Verdict::Demanded => format!("That is what §{section} demands."),
        Verdict::Permitted => format!("The RFC permits that (§{section})."),
        Verdict::Wrong => format!("That is not what §{section} demands."),
        Verdict::Open => format!("That says nothing about §{section}."),
    };
    format!("Your client {did}. {says}")
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
