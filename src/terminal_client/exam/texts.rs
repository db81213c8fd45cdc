//! Text that is not UTF-8 (§8.1).

use crate::terminal_client::exam::connection::frame;
use crate::terminal_client::exam::examiner::Examiner;
use crate::terminal_client::exam::judge::failed_the_connection;
use crate::terminal_client::exam::probe::{Probe, must};
use crate::terminal_client::exam::verdict::Finding;
use crate::websocket::opcode::{CONTINUATION, TEXT};

pub(super) const PROBES: &[Probe] = &[
    must(
        "utf8",
        "8.1",
        "fails the connection after text that is not UTF-8",
        "Check every text message, and end the connection with 1007.",
        |e| {
            broken(
                e,
                &[b"caf\xE9"],
                "the text 63 61 66 e9: \"café\" in Latin-1",
            )
        },
    ),
    must(
        "utf8-surrogate",
        "8.1",
        "fails the connection after a surrogate in UTF-8",
        "RFC 3629 has no U+D800 to U+DFFF: use a strict decoder.",
        |e| broken(e, &[b"\xED\xA0\x80"], "the text ed a0 80: U+D800"),
    )
    .needs(&["status", "utf8"]),
    must(
        "utf8-overlong",
        "8.1",
        "fails the connection after an overlong character",
        "A character has one form, the shortest: use a strict decoder.",
        |e| broken(e, &[b"\xC0\xAF"], "the text c0 af: \"/\" in two bytes"),
    )
    .needs(&["status", "utf8"]),
    must(
        "utf8-cut",
        "8.1",
        "fails the connection after a message that ends inside a character",
        "At the end of a message, no character may be unfinished.",
        |e| broken(e, &[b"ok \xE4\xBD"], "a text that ends with e4 bd"),
    )
    .needs(&["status", "utf8"]),
    must(
        "utf8-fragments",
        "8.1",
        "fails the connection after fragments that are not UTF-8",
        "Check UTF-8 over all fragments of a text.",
        |e| {
            broken(
                e,
                &[b"ok \xE4", b"\x28"],
                "two fragments: 6f 6b 20 e4, then 28",
            )
        },
    )
    .needs(&["status", "utf8"])
    .named_by(&["together"]),
];

fn broken(examiner: &Examiner, parts: &[&[u8]], sent: &str) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    let mut bytes = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let opcode = if at == 0 { TEXT } else { CONTINUATION };
        bytes.extend(frame(at + 1 == parts.len(), opcode, part));
    }
    connection.send(&bytes);
    Ok(failed_the_connection(
        examiner,
        &mut connection,
        sent,
        &[1007],
    ))
}
