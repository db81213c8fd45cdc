//! Task 5: fragments become one message (RFC 6455 §5.4), and characters that were cut become whole
//! (§5.6).
//!
//! Two texts. The first comes in two fragments, cut inside a character. The second comes in four,
//! one of them empty, with a Ping in the middle.

use crate::lens::note::{Control, Hex};
use crate::tasks::exam::Exam;
use crate::tasks::fault::{Step, describe, fail};
use crate::tasks::hints::Wanted;
use crate::tasks::laws::{BEGIN_CLOSE, BOTH_FORMS, CONTROL_BETWEEN, PONG, SAME_TYPE, WHOLE_UTF8};
use crate::tasks::lengths::fail_if_characters;
use crate::tasks::masking::fail_if_masked_wrongly;
use crate::tasks::messages::Instruction;
use crate::tasks::seen::ClientMessage;
use crate::websocket::frame;

const TEXT: u8 = 0x1;
const CONTINUATION: u8 = 0x0;

/// One fragment of a message, with at most 125 bytes of payload.
pub(super) fn fragment(fin: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let payload = &payload[..payload.len().min(125)];
    let mut frame = vec![u8::from(fin) << 7 | opcode, payload.len() as u8];
    frame.extend_from_slice(payload);
    frame
}

/// A text in fragments, and the Ping between them.
struct Sent<'a> {
    text: &'a str,
    parts: &'a [&'a [u8]],
    ping: Option<&'a [u8]>,
}

/// The exam of this task.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    let ask = Instruction::Echo {
        count: 2,
        message: "Two texts follow, each in several fragments. Send each back as one message as \
                  soon as it is complete.",
    };
    exam.ask(ask, BOTH_FORMS, "the first of them")?;
    // If half a character comes back, the verdict can say more than "not UTF-8".
    exam.accept_any_text();
    let mark = Hex(exam.random::<4>()?.to_vec());
    let text = format!("{mark} 课堂笔记");
    // Inside the third Chinese character, which has three bytes.
    let (first, second) = text.as_bytes().split_at(text.len() - 4);
    exam.send(&fragment(false, TEXT, first))?;
    exam.send(&fragment(true, CONTINUATION, second))?;
    let parts = [first, second];
    let sent = Sent {
        text: &text,
        parts: &parts,
        ping: None,
    };
    expect_echo(exam, &sent)?;

    let mark = Hex(exam.random::<4>()?.to_vec());
    let text = format!("{mark} na\u{ef}ve \u{1f600} end");
    let (first, rest) = text.as_bytes().split_at(9 + 3); // inside ï
    let (second, third) = rest.split_at(rest.len() - 6); // inside the emoji
    // Letters and digits, so that they are recognised in a text.
    let data = Hex(exam.random::<4>()?.to_vec()).to_string();
    exam.send(&fragment(false, TEXT, first))?;
    exam.send(&fragment(false, CONTINUATION, b""))?;
    exam.send(&fragment(false, CONTINUATION, second))?;
    exam.send(&frame::ping(data.as_bytes()))?;
    exam.send(&fragment(true, CONTINUATION, third))?;
    let parts = [first, b"", second, third];
    let sent = Sent {
        text: &text,
        parts: &parts,
        ping: Some(data.as_bytes()),
    };
    expect_echo(exam, &sent)
}

/// Waits for the text, and for the Pong if a Ping was sent.
fn expect_echo(exam: &mut Exam<'_>, sent: &Sent<'_>) -> Step<()> {
    exam.wait_for(
        BOTH_FORMS,
        format!("the whole text {:?} to come back", sent.text),
    );
    exam.wants(Wanted {
        payload: Some(sent.text.len() as u64),
        ..Wanted::default()
    });
    let mut echoed = false;
    let mut answered = sent.ping.is_none();
    while !echoed || !answered {
        let note = exam.frame()?;
        match &note.control {
            Some(Control::Pong { payload: Hex(came) }) => {
                answered |= sent.ping == Some(&came[..]);
            }
            Some(Control::Close { code, reason, .. }) => {
                let code = code.map_or("no code".into(), |code| code.to_string());
                let law = if echoed {
                    BEGIN_CLOSE
                } else {
                    BOTH_FORMS.by_choice()
                };
                return fail(
                    law,
                    format!(
                        "Your client sent a Close ({code}, reason {reason:?}) where I waited for \
                         {:?} and the Pongs. It may do that at any time, but the task is not done.",
                        sent.text
                    ),
                );
            }
            _ => {}
        }
        let Some(message) = exam.seen.whole(note) else {
            continue;
        };
        judge(&message, sent)?;
        echoed = true;
        if !answered {
            exam.wait_for(PONG, "the Pong to the Ping between the fragments");
        }
    }
    Ok(())
}

fn judge(message: &ClientMessage, sent: &Sent<'_>) -> Step<()> {
    let came = &message.payload;
    if came == sent.text.as_bytes() && message.kind == "text" {
        return Ok(());
    }
    if came == sent.text.as_bytes() {
        return fail(
            SAME_TYPE,
            format!(
                "The text came back as a binary message, the last of it {}. The opcode of the first \
                 fragment says what kind of message it is: this one was text.",
                describe(&message.last)
            ),
        );
    }
    fail_if_masked_wrongly(&message.frames, came, sent.text.as_bytes())?;
    fail_if_characters(message, sent.text)?;
    judge_text(came, sent)
}

/// Why the text is not what it should be.
fn judge_text(came: &[u8], sent: &Sent<'_>) -> Step<()> {
    let text = sent.text;
    let read: String = String::from_utf8_lossy(came).chars().take(100).collect();
    let has_it = |ping: &[u8]| came.windows(ping.len()).any(|bytes| bytes == ping);
    if let Some(ping) = sent.ping.filter(|ping| has_it(ping)) {
        let ping = String::from_utf8_lossy(ping);
        return fail(
            CONTROL_BETWEEN,
            format!(
                "{text:?} came back as {read:?}, with the data of the Ping ({ping}) in it. Control \
                 frames between the fragments are not part of the message: answer the Ping, and go \
                 on."
            ),
        );
    }
    if each_alone(sent.parts).iter().any(|alone| alone == came) {
        return fail(
            WHOLE_UTF8,
            format!(
                "{text:?} came back as {read:?}: each fragment was decoded by itself. The end of a \
                 fragment cut a character: first join the bytes of all fragments, and then decode \
                 them as UTF-8."
            ),
        );
    }
    if let Some(lost) = lost_fragments(came, sent.parts) {
        return fail(
            BOTH_FORMS,
            format!(
                "I sent {text:?} in {} fragments, and {read:?} came back. {lost}",
                sent.parts.len()
            ),
        );
    }
    fail_unexplained(came, &read, text)
}

/// What came back is neither the text nor a part of its fragments.
fn fail_unexplained(came: &[u8], read: &str, text: &str) -> Step<()> {
    let is_beginning = text.as_bytes().starts_with(came);
    if !is_beginning && read.contains('\u{fffd}') {
        return fail(
            WHOLE_UTF8,
            format!(
                "{text:?} came back as {read:?}. The end of a fragment cut a character: first join \
                 the bytes of all fragments, and then decode them as UTF-8."
            ),
        );
    }
    let hint = match is_beginning {
        true => format!(
            "These are its first {} of {} bytes: a message ends with the frame whose FIN bit is set.",
            came.len(),
            text.len()
        ),
        false => {
            "A message is the joined payload of its first frame and of all continuations (opcode \
                  0x0) up to the one with FIN; control frames between them are not part of it."
                .into()
        }
    };
    fail(
        BOTH_FORMS,
        format!("I sent {text:?} in fragments, and {read:?} came back. {hint}"),
    )
}

/// The ways to decode bytes that are not UTF-8: with U+FFFD, and without what is wrong.
fn decoded(bytes: &[u8]) -> [Vec<u8>; 2] {
    let lossy = String::from_utf8_lossy(bytes);
    [
        lossy.as_bytes().to_vec(),
        lossy.replace('\u{fffd}', "").into_bytes(),
    ]
}

/// The text as it becomes when each fragment is decoded by itself.
fn each_alone(parts: &[&[u8]]) -> [Vec<u8>; 2] {
    let mut joined = [Vec::new(), Vec::new()];
    for part in parts {
        for (joined, decoded) in joined.iter_mut().zip(decoded(part)) {
            joined.extend(decoded);
        }
    }
    joined
}

/// The fragments that are missing in what came back, if that explains it.
fn lost_fragments(came: &[u8], parts: &[&[u8]]) -> Option<String> {
    let is_kept = |set: u32, n: usize| set >> n & 1 == 1;
    let explains = |set: &u32| {
        let kept: Vec<&[u8]> = (0..parts.len())
            .filter(|n| is_kept(*set, *n))
            .map(|n| parts[n])
            .collect();
        let joined = kept.concat();
        joined == came
            || decoded(&joined).iter().any(|text| text == came)
            || each_alone(&kept).iter().any(|text| text == came)
    };
    // Most fragments first: an empty one is hardly the one that was lost.
    let mut sets: Vec<u32> = (1..(1 << parts.len()) - 1).collect();
    sets.sort_by_key(|set| std::cmp::Reverse(set.count_ones()));
    let set = sets.into_iter().find(explains)?;
    let missing = (0..parts.len()).filter(|n| !is_kept(set, *n));
    let missing: Vec<String> = missing
        .map(|n| {
            let fin = u8::from(n + 1 == parts.len());
            let bytes = Hex(parts[n].to_vec()).spaced();
            format!(
                "fragment {} (FIN {fin}, {} bytes: {bytes})",
                n + 1,
                parts[n].len()
            )
        })
        .collect();
    let is = if missing.len() == 1 { "is" } else { "are" };
    let last = match is_kept(set, parts.len() - 1) {
        true => "A message is the payload of all its frames, in order.",
        false => {
            "The frame with FIN = 1 still belongs to the message: add its payload, and only then \
             handle the message."
        }
    };
    Some(format!(
        "Of it {} {is} missing. {last}",
        missing.join(" and ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::fault::Stop;

    fn verdict(came: &[u8]) -> (&'static str, String) {
        let text = "ab 课堂 end";
        let (first, rest) = text.as_bytes().split_at(5);
        let (second, third) = rest.split_at(5);
        let sent = Sent {
            text,
            parts: &[first, b"", second, third],
            ping: Some(b"ping"),
        };
        match judge_text(came, &sent) {
            Err(Stop::Failed(fault)) => (fault.law.section, fault.what),
            _ => ("", String::new()),
        }
    }

    #[test]
    fn each_way_to_misread_fragments_has_its_section_and_words() {
        for (came, section, words) in [
            (&b"ab "[..], "5.4", "are missing"),
            (b"ab \xe8\xaf", "5.4", "fragment 4 (FIN 1"),
            ("ab \u{fffd}".as_bytes(), "5.4", "fragment 4 (FIN 1"),
            (
                "ab 课堂 ".as_bytes(),
                "5.4",
                "Of it fragment 4 (FIN 1, 3 bytes: 65 6e 64) is missing",
            ),
            (
                "ab 课堂 ".as_bytes(),
                "5.4",
                "The frame with FIN = 1 still belongs",
            ),
            (b"end", "5.4", "fragment 1 (FIN 0, 5 bytes: 61 62 20 e8 af)"),
            (b"ab ping", "5.4", "data of the Ping"),
            (
                "ab \u{fffd}\u{fffd}堂 end".as_bytes(),
                "5.6",
                "decoded by itself",
            ),
            ("ab 堂 end".as_bytes(), "5.6", "decoded by itself"),
            ("ab \u{fffd}堂 e".as_bytes(), "5.6", "cut a character"),
            (b"a", "5.4", "first 1 of 13 bytes"),
            (b"something else", "5.4", "joined payload"),
        ] {
            let (got, what) = verdict(came);
            assert_eq!(got, section, "{what}");
            assert!(what.contains(words), "{words:?} is not in {what:?}");
        }
    }
}
