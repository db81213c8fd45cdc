//! All probes, in the order in which one learns.

use crate::terminal_client::exam::examiner::Examiner;
use crate::terminal_client::exam::probe::{Probe, must};
use crate::terminal_client::exam::verdict::Finding;
use crate::terminal_client::exam::{
    closing, endurance, faulty_frames, fragments, frames, opening, pings, refusals, texts,
};

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
    ("all along", ALL_ALONG),
];

/// Rules for every frame of the server, judged at the end.
const ALL_ALONG: &[Probe] = &[
    must(
        "server-unmasked",
        "5.1",
        "masks none of its frames",
        "A server sends MASK 0 and no key: only clients mask.",
        |e| watched(e, e.watched.borrow().masked.clone()),
    ),
    must(
        "server-reserved",
        "5.2",
        "sets no reserved bit, and sends no reserved opcode",
        "Send RSV bits 0, and opcodes 0, 1, 2, 8, 9 and 10 only.",
        |e| watched(e, e.watched.borrow().reserved.clone()),
    ),
    must(
        "server-lengths",
        "5.2",
        "writes each length in its shortest form",
        "7 bits up to 125, two bytes up to 65535, else eight.",
        |e| watched(e, e.watched.borrow().longer.clone()),
    ),
    must(
        "server-control",
        "5.5",
        "sends control frames whole and of at most 125 bytes",
        "Control frames have FIN 1 and 125 bytes at most.",
        |e| watched(e, e.watched.borrow().control.clone()),
    ),
];

fn watched(examiner: &Examiner, broken: Option<String>) -> Result<Finding, Finding> {
    let frames = examiner.watched.borrow().frames;
    let sent = "everything above";
    Ok(match broken {
        Some(what) => Finding::failed(sent, what),
        None if frames == 0 => Finding::inconclusive(sent, "the server has sent no frame"),
        None => Finding::passed(sent, format!("{frames} frames without that fault")),
    })
}
