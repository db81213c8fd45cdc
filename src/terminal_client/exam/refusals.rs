//! Handshakes that a server has to refuse: §4.2.1, §4.2.2, and RFC 9112 §3.2.

use crate::terminal_client::exam::examiner::Examiner;
use crate::terminal_client::exam::opening::without;
use crate::terminal_client::exam::probe::{Probe, must};
use crate::terminal_client::exam::verdict::{Finding, Level};

pub(super) const PROBES: &[Probe] = &[
    must(
        "no-host",
        "4.2.1",
        "refuses a request without Host",
        "Answer 400: every request of HTTP/1.1 has a Host.",
        |e| lacking(e, "Host"),
    ),
    // RFC 6455 leaves the grammar of fields to HTTP.
    must(
        "two-hosts",
        "RFC 9112 §3.2",
        "answers 400 to a request with two Hosts",
        "Count the Host lines: a proxy may believe the other one.",
        two_hosts,
    ),
    must(
        "no-upgrade",
        "4.2.1",
        "refuses a request without Upgrade",
        "Answer with an error such as 400 or 426.",
        |e| lacking(e, "Upgrade"),
    ),
    must(
        "no-connection",
        "4.2.1",
        "refuses a request without Connection",
        "Answer with an error such as 400.",
        |e| lacking(e, "Connection"),
    ),
    must(
        "no-key",
        "4.2.1",
        "refuses a request without Sec-WebSocket-Key",
        "Answer with an error such as 400.",
        |e| lacking(e, "Sec-WebSocket-Key"),
    ),
    // §4.2.1 asks for 16 bytes; §4.2.2: "It is not necessary for the server to base64-decode" it.
    must(
        "key-length",
        "4.2.1",
        "refuses a key that is not 16 bytes",
        "Decode the key and count, if you want to be strict.",
        short_key,
    )
    .level(Level::Choice),
    must(
        "no-version",
        "4.2.1",
        "refuses a request without Sec-WebSocket-Version",
        "Answer with an error such as 400 or 426.",
        |e| lacking(e, "Sec-WebSocket-Version"),
    ),
    must(
        "version",
        "4.2.2",
        "refuses version 12",
        "Answer 426, and name version 13 in Sec-WebSocket-Version.",
        version,
    )
    .named_by(&["no-version"]),
    must(
        "version-named",
        "4.4",
        "names its version when it refuses one",
        "Add Sec-WebSocket-Version: 13 to the answer.",
        version_named,
    )
    .needs(&["status", "no-version", "version"]),
    must(
        "method",
        "4.2.1",
        "refuses POST",
        "Look at the method: the handshake is a GET.",
        |e| start(e, "GET ", "POST "),
    ),
    must(
        "http-1.0",
        "4.2.1",
        "refuses HTTP/1.0",
        "Look at the version of HTTP: 1.1 or higher.",
        |e| start(e, "HTTP/1.1", "HTTP/1.0"),
    ),
];

/// A refusal is an answer of HTTP; a server that only hangs up may appeal to §7.2.2.
fn refused(examiner: &Examiner, sent: String, lines: &[String]) -> Result<Finding, Finding> {
    let (_, answer) = examiner.ask(lines)?;
    let words = answer.words();
    Ok(match answer.status {
        Some(101) => Finding::failed(sent, words),
        Some(400..) => Finding::passed(sent, words),
        Some(_) => Finding::failed(sent, format!("{words}, which is no error")),
        None if answer.ended => Finding::inconclusive(
            sent,
            format!("{words}. §4.2.1 asks for an HTTP error, §7.2.2 lets a server just hang up"),
        ),
        None => Finding::failed(sent, words),
    })
}

fn lacking(examiner: &Examiner, name: &str) -> Result<Finding, Finding> {
    let lines = without(examiner.right_lines(), name);
    refused(examiner, format!("a request without {name}"), &lines)
}

fn two_hosts(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut lines = examiner.right_lines();
    lines.push("Host: other.example".into());
    let sent = "a second line Host: other.example";
    let (_, answer) = examiner.ask(&lines)?;
    let words = answer.words();
    Ok(match answer.status {
        Some(400) => Finding::passed(sent, words),
        None if answer.ended => Finding::inconclusive(sent, words),
        _ => Finding::failed(sent, words),
    })
}

fn short_key(examiner: &Examiner) -> Result<Finding, Finding> {
    let sent = "Sec-WebSocket-Key: c2hvcnQ= (5 bytes)";
    refused(examiner, sent.into(), &examiner.lines("c2hvcnQ="))
}

fn version_12(examiner: &Examiner) -> Vec<String> {
    let mut lines = without(examiner.right_lines(), "sec-websocket-version");
    lines.push("Sec-WebSocket-Version: 12".into());
    lines
}

fn version(examiner: &Examiner) -> Result<Finding, Finding> {
    let sent = "Sec-WebSocket-Version: 12";
    refused(examiner, sent.into(), &version_12(examiner))
}

fn version_named(examiner: &Examiner) -> Result<Finding, Finding> {
    let sent = "Sec-WebSocket-Version: 12";
    let (_, answer) = examiner.ask(&version_12(examiner))?;
    let mut named = answer.head.list("sec-websocket-version");
    let kept = named.any(|version| version == "13");
    let named: Vec<&str> = answer.head.all("sec-websocket-version").collect();
    let read = match named[..] {
        [] => format!("{}, without Sec-WebSocket-Version", answer.words()),
        _ => format!(
            "{}, Sec-WebSocket-Version: {}",
            answer.words(),
            named.join(", ")
        ),
    };
    Ok(Finding::when(kept, sent, read))
}

fn start(examiner: &Examiner, from: &str, to: &str) -> Result<Finding, Finding> {
    let mut lines = examiner.right_lines();
    if let Some(first) = lines.first_mut() {
        *first = first.replacen(from, to, 1);
    }
    let sent = lines.first().cloned().unwrap_or_default();
    refused(examiner, sent, &lines)
}
