//! Handshakes that a server has to accept, and what its 101 says (§4.2.2).

use crate::terminal_client::exam::connection::Answer;
use crate::terminal_client::exam::examiner::{Examiner, KEY, fresh_key, head};
use crate::terminal_client::exam::probe::{Probe, must};
use crate::terminal_client::exam::verdict::{Finding, Level};
use crate::websocket::handshake::accept_key;

/// In the order in which one learns.
pub(super) const PROBES: &[Probe] = &[
    must(
        "status",
        "4.2.2",
        "answers a right handshake with 101",
        "Answer HTTP/1.1 101 Switching Protocols, the fields, and an empty line.",
        status,
    )
    .needs(&[]),
    must(
        "upgrade",
        "4.2.2",
        "names websocket in Upgrade",
        "Send the line Upgrade: websocket.",
        upgrade,
    ),
    must(
        "connection",
        "4.2.2",
        "names Upgrade in Connection",
        "Send the line Connection: Upgrade.",
        connection,
    ),
    must(
        "accept",
        "4.2.2",
        "computes Sec-WebSocket-Accept from each key",
        "Append the GUID to the key exactly as it was sent, and send base64(SHA-1(…)).",
        accept,
    ),
    must(
        "protocol",
        "4.2.2",
        "chooses no subprotocol that was not offered",
        "Leave Sec-WebSocket-Protocol out, or choose a value of the request.",
        protocol,
    ),
    must(
        "extension",
        "4.2.2",
        "agrees to no extension that was not offered",
        "Leave Sec-WebSocket-Extensions out.",
        extension,
    ),
    must(
        "protocol-choice",
        "4.2.2",
        "chooses one of two subprotocols, or none",
        "Do not repeat the list: name the one that you speak, or leave the field out.",
        protocol_choice,
    )
    .needs(&["status", "protocol"]),
    must(
        "extension-choice",
        "4.2.2",
        "agrees to no extension that it cannot know",
        "Do not repeat what was offered: leave Sec-WebSocket-Extensions out.",
        extension_choice,
    )
    .needs(&["status", "extension"]),
    must(
        "case",
        "4.2.1",
        "reads field names and values without regard to case",
        "Compare names, \"websocket\" and \"upgrade\" without regard to case.",
        case,
    ),
    must(
        "order",
        "4.2.1",
        "accepts the fields in another order, with others between",
        "Read all fields first, then look each one up by its name.",
        order,
    ),
    must(
        "connection-list",
        "4.2.1",
        "finds Upgrade in a list: keep-alive, Upgrade",
        "Split Connection at its commas, and look for the token.",
        connection_list,
    ),
    must(
        "pieces",
        "4.2.1",
        "reads a request that comes byte by byte",
        "Read until the empty line: one read is not one request.",
        pieces,
    ),
];

fn right(examiner: &Examiner) -> Result<Answer, Finding> {
    let (_, answer) = examiner.ask(&examiner.right_lines())?;
    Ok(answer)
}

fn shown(answer: &Answer, name: &str) -> String {
    let values: Vec<&str> = answer.head.all(name).collect();
    match values[..] {
        [] => format!("no {name}"),
        _ => format!("{name}: {}", values.join(" and ")),
    }
}

fn status(examiner: &Examiner) -> Result<Finding, Finding> {
    let answer = right(examiner)?;
    let sent = "a right handshake";
    Ok(Finding::when(
        answer.status == Some(101),
        sent,
        answer.words(),
    ))
}

fn upgrade(examiner: &Examiner) -> Result<Finding, Finding> {
    let answer = right(examiner)?;
    let value = answer.head.get("upgrade").unwrap_or_default();
    let kept = value.eq_ignore_ascii_case("websocket");
    Ok(Finding::when(
        kept,
        "a right handshake",
        shown(&answer, "upgrade"),
    ))
}

fn connection(examiner: &Examiner) -> Result<Finding, Finding> {
    let answer = right(examiner)?;
    let mut values = answer.head.list("connection");
    let kept = values.any(|value| value.eq_ignore_ascii_case("upgrade"));
    Ok(Finding::when(
        kept,
        "a right handshake",
        shown(&answer, "connection"),
    ))
}

fn accept(examiner: &Examiner) -> Result<Finding, Finding> {
    let fresh = fresh_key();
    // With upper and lower case, + and /, and one that nobody could prepare for.
    let keys = [
        KEY,
        "AQIDBAUGBwgJCgsMDQ4PEC==",
        "+/+/ABab+/zyZZaa+/+/+A==",
        &fresh,
    ];
    let mut values = Vec::new();
    for key in keys {
        let (_, answer) = examiner.ask(&examiner.lines(key))?;
        let value = answer.head.get("sec-websocket-accept").unwrap_or_default();
        values.push((key, value.to_owned(), accept_key(key)));
    }
    let Some((key, value, expected)) = values.iter().find(|(_, value, right)| value != right)
    else {
        let (key, value, _) = &values[0];
        return Ok(Finding::passed(
            format!("4 keys, such as {key}"),
            value.clone(),
        ));
    };
    let same = values.iter().all(|(_, other, _)| other == value);
    let mistake = if value.is_empty() {
        "the field is missing"
    } else if *value == accept_key(&key.to_ascii_lowercase()) {
        "computed from the key in lower case"
    } else if value.eq_ignore_ascii_case(expected) {
        "letters of the wrong case"
    } else if same {
        "the same for every key"
    } else {
        "another value"
    };
    let read = format!("{value:?}, {mistake}; {expected} is right");
    Ok(Finding::failed(format!("the key {key}"), read))
}

fn protocol(examiner: &Examiner) -> Result<Finding, Finding> {
    let answer = right(examiner)?;
    let offers = examiner.offers();
    let values: Vec<&str> = answer.head.all("sec-websocket-protocol").collect();
    let kept = match values[..] {
        [] => true,
        [one] => offers.iter().any(|offer| offer == one),
        _ => false,
    };
    let sent = match offers {
        [] => "a handshake that offers no subprotocol".into(),
        _ => format!("a handshake that offers {}", offers.join(", ")),
    };
    Ok(Finding::when(
        kept,
        sent,
        shown(&answer, "sec-websocket-protocol"),
    ))
}

fn extension(examiner: &Examiner) -> Result<Finding, Finding> {
    let answer = right(examiner)?;
    let kept = answer.head.get("sec-websocket-extensions").is_none();
    let sent = "a handshake that offers no extension";
    Ok(Finding::when(
        kept,
        sent,
        shown(&answer, "sec-websocket-extensions"),
    ))
}

/// A server that repeats the field chooses everything. One that refuses has chosen nothing.
fn protocol_choice(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut lines = without(examiner.right_lines(), "sec-websocket-protocol");
    lines.push("Sec-WebSocket-Protocol: exam-one, exam-two".into());
    let (_, answer) = examiner.ask(&lines)?;
    let sent = "Sec-WebSocket-Protocol: exam-one, exam-two";
    let values: Vec<&str> = answer.head.all("sec-websocket-protocol").collect();
    let kept = matches!(values[..], [] | ["exam-one"] | ["exam-two"]);
    let read = match answer.status {
        Some(101) => shown(&answer, "sec-websocket-protocol"),
        _ => answer.words(),
    };
    Ok(Finding::when(
        kept || answer.status != Some(101),
        sent,
        read,
    ))
}

/// A registered name, which servers of home networks use: no other server knows it.
fn extension_choice(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut lines = without(examiner.right_lines(), "sec-websocket-extensions");
    lines.push("Sec-WebSocket-Extensions: bbf-usp-protocol".into());
    let (_, answer) = examiner.ask(&lines)?;
    let sent = "Sec-WebSocket-Extensions: bbf-usp-protocol";
    // A right handshake: §9.1 lets a client offer what the server does not know.
    if answer.status != Some(101) {
        return Ok(Finding::failed(sent, answer.words()).by(Level::Choice, "9.1"));
    }
    let kept = answer.head.get("sec-websocket-extensions").is_none();
    let read = shown(&answer, "sec-websocket-extensions");
    Ok(Finding::when(kept, sent, read))
}

/// The answer to a legal variant of the request.
fn variant(
    examiner: &Examiner,
    sent: &str,
    change: impl Fn(Vec<String>) -> Vec<String>,
) -> Result<Finding, Finding> {
    let (_, answer) = examiner.ask(&change(examiner.right_lines()))?;
    Ok(Finding::when(
        answer.status == Some(101),
        sent,
        answer.words(),
    ))
}

fn case(examiner: &Examiner) -> Result<Finding, Finding> {
    let sent = "UPGRADE: WebSocket, CONNECTION: UPGRADE, and names in upper case";
    variant(examiner, sent, |lines| {
        let changed = lines.into_iter().map(|line| {
            let Some((name, value)) = line.split_once(": ") else {
                return line;
            };
            let value = match &*name.to_ascii_lowercase() {
                "upgrade" => "WebSocket",
                "connection" => "UPGRADE",
                _ => value,
            };
            format!("{}: {value}", name.to_ascii_uppercase())
        });
        changed.collect()
    })
}

fn order(examiner: &Examiner) -> Result<Finding, Finding> {
    let sent = "the fields in reverse order, with X-Unknown between";
    variant(examiner, sent, |mut lines| {
        lines[1..].reverse();
        lines.insert(2, "X-Unknown: 1".into());
        lines
    })
}

fn connection_list(examiner: &Examiner) -> Result<Finding, Finding> {
    variant(examiner, "Connection: keep-alive, Upgrade", |lines| {
        let mut lines = without(lines, "connection");
        lines.push("Connection: keep-alive, Upgrade".into());
        lines
    })
}

fn pieces(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.connect()?;
    let head = head(&examiner.right_lines());
    for byte in &head {
        connection.send(&[*byte]);
    }
    let answer = connection.answer();
    let sent = format!("a right handshake, {} bytes one by one", head.len());
    Ok(Finding::when(
        answer.status == Some(101),
        sent,
        answer.words(),
    ))
}

/// The lines without a field.
pub(crate) fn without(mut lines: Vec<String>, name: &str) -> Vec<String> {
    let is = |line: &String| {
        let found = line.split_once(':');
        found.is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
    };
    lines.retain(|line| !is(line));
    lines
}
