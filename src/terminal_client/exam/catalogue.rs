//! All probes, in the order in which one learns.

use crate::terminal_client::exam::examiner::Examiner;
use crate::terminal_client::exam::probe::{Probe, must};
use crate::terminal_client::exam::verdict::{Finding, Level};
use crate::terminal_client::exam::{
    closing, endurance, faulty_frames, fragments, frames, opening, pings, refusals, texts,
};
use crate::websocket::rules::Rule;

/// The group of what is judged at the end, from every frame of the server.
pub(crate) const ALL_ALONG: &str = "all along";

/// Probes of one subject, with its name.
pub(crate) const GROUPS: &[(&str, &[Probe])] = &[
    ("handshake", opening::PROBES),
    ("refusals", refusals::PROBES),
    ("frames", frames::PROBES),
    // Before the fragments, because a Ping between fragments needs an answered Ping.
    ("pings", pings::PROBES),
    ("fragments", fragments::PROBES),
    ("faulty frames", faulty_frames::PROBES),
    ("text", texts::PROBES),
    ("closing", closing::PROBES),
    ("endurance", endurance::PROBES),
    (ALL_ALONG, EVERY_FRAME),
];

/// Rules for every frame of the server, judged at the end.
const EVERY_FRAME: &[Probe] = &[
    must(
        "server-unmasked",
        "5.1",
        "masks none of its frames",
        "A server sends MASK 0 and no key: only clients mask.",
        |e| watched(e, &[Rule::Masked]),
    ),
    must(
        "server-reserved",
        "5.2",
        "sets no reserved bit, and sends no reserved opcode",
        "Send RSV bits 0, and opcodes 0, 1, 2, 8, 9 and 10 only.",
        |e| watched(e, &[Rule::ReservedBit, Rule::ReservedOpcode]),
    )
    .named_by(&["text"]),
    must(
        "server-lengths",
        "5.2",
        "writes each length in its shortest form",
        "7 bits up to 125, two bytes up to 65535, else eight.",
        |e| watched(e, &[Rule::LengthNotMinimal, Rule::LengthTooLarge]),
    ),
    must(
        "server-control",
        "5.5",
        "sends control frames whole and of at most 125 bytes",
        "Control frames have FIN 1 and 125 bytes at most.",
        |e| watched(e, &[Rule::ControlTooLong, Rule::ControlFragmented]),
    ),
    must(
        "server-fragments",
        "5.4",
        "begins a message with its type, and ends it before the next",
        "Opcode 1 or 2 for the first frame of a message, 0 for the others, FIN 1 for the last.",
        |e| watched(e, &[Rule::Interleaved, Rule::NothingToContinue]),
    )
    .named_by(&["text"]),
    must(
        "server-utf8",
        "5.6",
        "sends texts that are UTF-8",
        "Encode texts as UTF-8, and send other bytes as binary messages.",
        |e| watched(e, &[Rule::TextNotUtf8]),
    )
    .named_by(&[
        "text",
        "binary",
        "utf8",
        "utf8-surrogate",
        "utf8-overlong",
        "utf8-cut",
        "utf8-fragments",
    ]),
    must(
        "server-close",
        "5.5.1",
        "sends Closes whose payload is empty or begins with a code of two bytes",
        "Write the code as two bytes, the highest first, or leave the payload out.",
        |e| watched(e, &[Rule::CloseOneByte]),
    )
    .named_by(&["close-1-byte"]),
    must(
        "server-close-codes",
        "7.4.1",
        "sends no Close with 1005, 1006 or 1015",
        "These stand for a Close without a code, no Close, and TLS: programs see them, no frame has them.",
        |e| watched(e, &[Rule::CloseCodeNotForTheWire]),
    ),
    must(
        "server-close-defined",
        "7.4.1",
        "sends Closes with codes that somebody has defined",
        "Take 1000 to 1003, 1007 to 1011, or 3000 to 4999.",
        |e| {
            let codes = [
                Rule::CloseCodeUnused,
                Rule::CloseCodeReserved,
                Rule::CloseCodeUndefined,
            ];
            watched(e, &codes)
        },
    )
    .level(Level::May),
    must(
        "server-reason",
        "5.5.1",
        "sends reasons that are UTF-8",
        "Encode the reason as UTF-8, and cut it between two characters.",
        |e| watched(e, &[Rule::ReasonNotUtf8]),
    )
    .level(Level::May),
    must(
        "server-after-close",
        "5.5.1",
        "sends no data after a Close of its own",
        "Let the Close be your last frame.",
        |e| watched(e, &[Rule::DataAfterClose]),
    )
    .named_by(&["close-then-data"]),
];

fn watched(examiner: &Examiner, rules: &[Rule]) -> Result<Finding, Finding> {
    let watched = examiner.watched.borrow();
    let sent = "everything above";
    Ok(match watched.first(rules) {
        // Where data are sent (section 6.1), the first frame has to have the opcode of its type.
        Some((Rule::NothingToContinue, what)) => Finding::failed(sent, what).by(Level::Must, "6.1"),
        Some((_, what)) => Finding::failed(sent, what),
        None if watched.frames == 0 => Finding::inconclusive(sent, "the server has sent no frame"),
        None => Finding::passed(
            sent,
            format!("{} frames without that fault", watched.frames),
        ),
    })
}
