//! The closing handshake (§5.5.1, §7).

use crate::lens::encode::close_payload;
use crate::terminal_client::exam::connection::{Connection, Event, GRACE, frame};
use crate::terminal_client::exam::examiner::Examiner;
use crate::terminal_client::exam::judge::{code, words};
use crate::terminal_client::exam::probe::{Probe, must};
use crate::terminal_client::exam::verdict::{Finding, Level};
use crate::websocket::opcode::{CLOSE, TEXT};
use crate::websocket::rules::Rule;

const CLOSED: &[&str] = &["status", "close"];

pub(super) const PROBES: &[Probe] = &[
    must(
        "close",
        "5.5.1",
        "answers a Close with a Close",
        "Send a Close with the same code, its highest byte first, then end TCP.",
        close,
    ),
    must(
        "close-tcp",
        "5.5.1",
        "ends TCP after both Closes",
        "Shut the socket down as soon as your Close is sent.",
        ends_tcp,
    )
    .needs(CLOSED),
    must(
        "close-code",
        "5.5.1",
        "answers with the code that it received",
        "Repeat the code: that is what endpoints typically do.",
        same_code,
    )
    .level(Level::Choice)
    .needs(CLOSED),
    must(
        "close-empty",
        "5.5.1",
        "answers a Close without a code",
        "The body of a Close may be empty: answer it all the same.",
        empty,
    )
    .needs(CLOSED),
    must(
        "close-codes",
        "7.4.2",
        "takes 1000, 1001, 3000 and 4999 for codes without a fault",
        "These codes are legal: 3000 to 4999 belong to libraries and applications.",
        legal,
    )
    .level(Level::Choice)
    .needs(CLOSED),
    must(
        "close-reserved",
        "7.4.1",
        "does not repeat 1005, 1006 or 1015",
        "Answer these with 1002: no Close may have them.",
        reserved,
    )
    .needs(CLOSED),
    must(
        "close-unused",
        "7.4.2",
        "refuses 999 and 1004, which mean nothing",
        "You may answer 1002: no endpoint should send these.",
        unused,
    )
    .level(Level::Choice)
    .needs(CLOSED),
    must(
        "close-1-byte",
        "5.5.1",
        "closes after a Close of one byte",
        "A code has two bytes: end the connection with 1002.",
        one_byte,
    )
    .needs(CLOSED),
    must(
        "close-reason",
        "5.5.1",
        "closes after a reason that is not UTF-8, and does not repeat it",
        "End the connection with 1007, or answer without the reason.",
        reason,
    )
    .level(Level::May)
    .needs(CLOSED),
    must(
        "close-then-data",
        "5.5.1",
        "sends no data after its Close",
        "After your Close send nothing, whatever still comes.",
        then_data,
    )
    .needs(CLOSED),
    must(
        "close-in-message",
        "5.5.1",
        "answers a Close in the middle of a message",
        "A Close may come between fragments: answer it, and forget the message.",
        in_message,
    )
    .needs(CLOSED)
    .named_by(&["together"]),
];

/// Sends a Close with that payload, and waits for the server's.
fn closed(examiner: &Examiner, payload: &[u8]) -> Result<(Connection, Event), Finding> {
    let mut connection = examiner.open()?;
    connection.close(payload);
    let event = connection.until(|_| false);
    Ok((connection, event))
}

fn is_close(event: &Event) -> bool {
    matches!(event, Event::Frame(frame) if frame.header.opcode == CLOSE)
}

fn code_of(event: &Event) -> Option<u16> {
    match event {
        Event::Frame(frame) => code(frame),
        Event::End { .. } | Event::Silence { .. } | Event::Flood => None,
    }
}

fn close(examiner: &Examiner) -> Result<Finding, Finding> {
    let (_, event) = closed(examiner, &close_payload(Some(1000), "bye"))?;
    let sent = "a Close 1000 \"bye\"";
    if code_of(&event) == Some(1000_u16.swap_bytes()) {
        let read = format!("{}: that is 1000 with the lowest byte first", words(&event));
        return Ok(Finding::failed(sent, read));
    }
    Ok(Finding::when(is_close(&event), sent, words(&event)))
}

fn ends_tcp(examiner: &Examiner) -> Result<Finding, Finding> {
    let (mut connection, event) = closed(examiner, &close_payload(Some(1000), ""))?;
    let sent = "a Close 1000";
    if !is_close(&event) {
        return Ok(Finding::failed(sent, words(&event)));
    }
    let end = connection.next();
    let read = format!("{}, then {}", words(&event), words(&end));
    Ok(match end {
        Event::End { reset: false } => Finding::passed(sent, read),
        // §7.1.1: "An endpoint SHOULD use a method that cleanly closes the TCP connection".
        Event::End { reset: true } => Finding::failed(sent, read).by(Level::Should, "7.1.1"),
        Event::Silence { .. } | Event::Flood => {
            Finding::failed(sent, format!("{read}, and TCP is still open"))
        }
        // What comes after a Close is another verdict.
        Event::Frame(_) => Finding::inconclusive(sent, read),
    })
}

fn same_code(examiner: &Examiner) -> Result<Finding, Finding> {
    let (_, event) = closed(examiner, &close_payload(Some(4000), ""))?;
    Ok(Finding::when(
        code_of(&event) == Some(4000),
        "a Close 4000",
        words(&event),
    ))
}

fn empty(examiner: &Examiner) -> Result<Finding, Finding> {
    let (_, event) = closed(examiner, b"")?;
    // What code it has is another verdict: server-close-codes.
    Ok(Finding::when(
        is_close(&event),
        "a Close without payload",
        words(&event),
    ))
}

fn legal(examiner: &Examiner) -> Result<Finding, Finding> {
    for sent in [1000, 1001, 3000, 4999] {
        let (_, event) = closed(examiner, &close_payload(Some(sent), "ok"))?;
        let words = words(&event);
        if !is_close(&event) {
            let finding = Finding::failed(format!("a Close {sent}"), words);
            return Ok(finding.by(Level::Must, "5.5.1"));
        }
        if matches!(code_of(&event), Some(1002 | 1007)) {
            return Ok(Finding::failed(format!("a Close {sent}"), words));
        }
    }
    Ok(Finding::passed(
        "Closes 1000, 1001, 3000 and 4999",
        "a Close for each",
    ))
}

fn reserved(examiner: &Examiner) -> Result<Finding, Finding> {
    let (mut read, mut codes, mut repeated) = (Vec::new(), Vec::new(), None);
    for sent in [1005, 1006, 1015] {
        let (_, event) = closed(examiner, &close_payload(Some(sent), ""))?;
        let finding = Finding::failed(format!("a Close {sent}"), words(&event));
        if let Event::Silence { .. } | Event::Flood = event {
            return Ok(finding.by(Level::Must, "5.5.1"));
        }
        let code = code_of(&event);
        if code == Some(sent) {
            repeated.get_or_insert(finding);
        }
        codes.push(code);
        read.push(words(&event));
    }
    codes.dedup();
    match repeated {
        // One code for all three is no echo, and another verdict: server-close-codes.
        Some(finding) if codes.len() > 1 => return Ok(finding),
        _ => read.dedup(),
    }
    Ok(Finding::passed(
        "Closes 1005, 1006 and 1015",
        read.join(", "),
    ))
}

fn unused(examiner: &Examiner) -> Result<Finding, Finding> {
    for sent in [999, 1004] {
        let (_, event) = closed(examiner, &close_payload(Some(sent), ""))?;
        let refused = matches!(event, Event::End { .. }) || code_of(&event) == Some(1002);
        if !refused {
            return Ok(Finding::failed(format!("a Close {sent}"), words(&event)));
        }
    }
    Ok(Finding::passed("Closes 999 and 1004", "refused"))
}

fn one_byte(examiner: &Examiner) -> Result<Finding, Finding> {
    let (_, event) = closed(examiner, b"\x03")?;
    let read = words(&event);
    let sent = "a Close with the payload 03";
    // A server whose every Close has one byte does not repeat this one: server-close names that.
    let always = examiner
        .watched
        .borrow()
        .first(&[Rule::CloseOneByte])
        .is_some();
    Ok(match &event {
        Event::Frame(frame) if frame.payload.len() == 1 && !always => Finding::failed(sent, read),
        Event::Frame(_) => Finding::passed(sent, read),
        Event::End { .. } => Finding::failed(sent, read).by(Level::Should, "7.1.7"),
        Event::Silence { .. } | Event::Flood => {
            Finding::failed(sent, read).by(Level::Must, "5.5.1")
        }
    })
}

fn reason(examiner: &Examiner) -> Result<Finding, Finding> {
    let (_, event) = closed(examiner, b"\x03\xe8caf\xe9")?;
    let read = words(&event);
    let sent = "a Close 1000 with the reason 63 61 66 e9";
    Ok(match &event {
        Event::Frame(frame) => {
            // §5.5.1: "… the body MAY contain UTF-8-encoded data", and nothing else behind the code.
            let reason = frame.payload.get(2..).unwrap_or_default();
            Finding::when(std::str::from_utf8(reason).is_ok(), sent, read)
        }
        Event::End { .. } => Finding::failed(sent, read).by(Level::Should, "7.1.7"),
        Event::Silence { .. } | Event::Flood => {
            Finding::failed(sent, read).by(Level::Must, "5.5.1")
        }
    })
}

fn then_data(examiner: &Examiner) -> Result<Finding, Finding> {
    let (mut connection, event) = closed(examiner, &close_payload(Some(1000), ""))?;
    let mut sent = "a Close 1000";
    if !is_close(&event) {
        return Ok(Finding::failed(sent, words(&event)));
    }
    let mut next = connection.next_within(GRACE);
    if let Event::Silence { .. } = next {
        // A server that ended TCP would answer this with a reset, which can overtake what it sent.
        connection.frame(TEXT, b"too late");
        sent = "a Close 1000, and a text after the answer";
        next = connection.next();
    }
    let read = format!("{}, then {}", words(&event), words(&next));
    let kept = !matches!(next, Event::Frame(_));
    Ok(Finding::when(kept, sent, read))
}

fn in_message(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    connection.send(&frame(false, TEXT, b"half a mess"));
    connection.close(&close_payload(Some(1000), ""));
    let event = connection.until(|_| false);
    let sent = "a text fragment with FIN 0, then a Close 1000";
    Ok(Finding::when(is_close(&event), sent, words(&event)))
}
