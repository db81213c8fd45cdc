//! Task 5: fragments become one message (RFC 6455 §5.4), and characters that were cut become whole
//! (§5.6).
//!
//! Two texts. The first comes in two fragments, cut inside a character. The second comes in four,
//! one of them empty, with a Ping in the middle.

use crate::lens::note::{Control, Hex};
use crate::tasks::exam::Exam;
use crate::tasks::fault::{Step, code_words, describe, fail};
use crate::tasks::hints::Wanted;
use crate::tasks::laws::{BEGIN_CLOSE, BOTH_FORMS, CONTROL_BETWEEN, PONG, SAME_TYPE, WHOLE_UTF8};
use crate::tasks::lengths::fail_if_characters;
use crate::tasks::masking::fail_if_masked_wrongly;
use crate::tasks::messages::Instruction;
use crate::tasks::seen::ClientMessage;
use crate::tasks::texts_messages as texts;
use crate::tasks::words::{Say, Text, Words, quoted, quoted_bytes};
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
        message: texts::ECHO_TWO.of(exam.language),
    };
    exam.ask(ask, BOTH_FORMS, texts::THE_FIRST)?;
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
        texts::WHOLE_TEXT.with(&[("text", &quoted(sent.text))]),
    );
    exam.wants(Wanted {
        payload: Some(sent.text.len() as u64),
        text: sent.text.as_bytes().to_vec(),
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
                let law = if echoed {
                    BEGIN_CLOSE
                } else {
                    BOTH_FORMS.by_choice()
                };
                return fail(
                    law,
                    texts::CLOSED_BEFORE_TEXT.with(&[
                        ("code", &code_words(*code)),
                        ("reason", &quoted(reason)),
                        ("text", &quoted(sent.text)),
                    ]),
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
            exam.wait_for(PONG, texts::PONG_BETWEEN);
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
            texts::CAME_BINARY.with(&[("frame", &describe(&message.last))]),
        );
    }
    fail_if_masked_wrongly(&message.frames, came, sent.text.as_bytes())?;
    fail_if_characters(message, sent.text)?;
    judge_text(came, sent)
}

/// Why the text is not what it should be.
fn judge_text(came: &[u8], sent: &Sent<'_>) -> Step<()> {
    let (text, read) = (quoted(sent.text), quoted_bytes(came));
    let has_it = |ping: &[u8]| came.windows(ping.len()).any(|bytes| bytes == ping);
    if let Some(ping) = sent.ping.filter(|ping| has_it(ping)) {
        return fail(
            CONTROL_BETWEEN,
            texts::PING_IN_TEXT.with(&[
                ("text", &text),
                ("read", &read),
                ("ping", &quoted_bytes(ping)),
            ]),
        );
    }
    if each_alone(sent.parts).iter().any(|alone| alone == came) {
        return fail(
            WHOLE_UTF8,
            texts::DECODED_ALONE.with(&[("text", &text), ("read", &read)]),
        );
    }
    if let Some((missing, is, last)) = lost_fragments(came, sent.parts) {
        return fail(
            BOTH_FORMS,
            texts::LOST.with(&[
                ("text", &text),
                ("parts", &sent.parts.len()),
                ("read", &read),
                ("missing", &missing),
                ("is", &is),
                ("last", &last),
            ]),
        );
    }
    fail_unexplained(came, sent.text)
}

/// What came back is neither the text nor a part of its fragments.
fn fail_unexplained(came: &[u8], text: &str) -> Step<()> {
    let is_beginning = text.as_bytes().starts_with(came);
    let values: [(&str, &dyn Say); 2] = [("text", &quoted(text)), ("read", &quoted_bytes(came))];
    if !is_beginning && has_cut_character(came, text) {
        return fail(WHOLE_UTF8, texts::CUT_CHARACTER.with(&values));
    }
    let has_it = came.windows(text.len()).any(|part| part == text.as_bytes());
    let (law, hint) = if is_beginning {
        let values: [(&str, &dyn Say); 2] = [("came", &came.len()), ("size", &text.len())];
        (BOTH_FORMS, texts::BEGINNING.with(&values))
    } else if has_it {
        (BOTH_FORMS.by_choice(), texts::MORE_THAN_TEXT.into())
    } else if came == encoded_twice(text) {
        (WHOLE_UTF8, texts::ENCODED_TWICE.into())
    } else {
        (BOTH_FORMS.by_choice(), texts::JOINED.into())
    };
    let values = [values[0], values[1], ("hint", &hint)];
    fail(law, texts::FRAGMENTS_BACK.with(&values))
}

/// The text whose bytes were taken for characters of Latin-1.
fn encoded_twice(text: &str) -> Vec<u8> {
    text.bytes()
        .map(char::from)
        .collect::<String>()
        .into_bytes()
}

/// Whether a character was cut: the text begins well, and then there are bytes that are no UTF-8, or
/// the character that decoders put in the place of such bytes, which the text does not have.
fn has_cut_character(came: &[u8], text: &str) -> bool {
    match std::str::from_utf8(came) {
        _ if came.first() != text.as_bytes().first() => false,
        Ok(read) => read.contains(REPLACEMENT) && !text.contains(REPLACEMENT),
        Err(_) => true,
    }
}

/// What a decoder puts in the place of bytes that are no UTF-8.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The ways to decode bytes that are not UTF-8: with U+FFFD in the place of what is wrong, and
/// without it.
fn decoded(bytes: &[u8]) -> [Vec<u8>; 2] {
    let mut ways = [String::new(), String::new()];
    for chunk in bytes.utf8_chunks() {
        ways.iter_mut().for_each(|way| way.push_str(chunk.valid()));
        if !chunk.invalid().is_empty() {
            ways[0].push(REPLACEMENT);
        }
    }
    ways.map(String::into_bytes)
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

/// The fragments that are missing in what came back, if that explains it; the verb, and what to do.
fn lost_fragments(came: &[u8], parts: &[&[u8]]) -> Option<(Words, Text, Text)> {
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
    let missing: Vec<Words> = missing.map(|n| fragment_words(n, parts)).collect();
    let is = match missing.len() {
        1 => texts::IS_MISSING,
        _ => texts::ARE_MISSING,
    };
    let last = match is_kept(set, parts.len() - 1) {
        true => texts::ALL_FRAMES,
        false => texts::LAST_BELONGS,
    };
    let and = |one: Words, other: Words| texts::AND.with(&[("one", &one), ("other", &other)]);
    Some((missing.into_iter().reduce(and)?, is, last))
}

/// Fragment `n` of these, from 0, for people.
fn fragment_words(n: usize, parts: &[&[u8]]) -> Words {
    let bytes = parts[n];
    let (number, fin) = (n + 1, u8::from(n + 1 == parts.len()));
    let shown = Hex(bytes.to_vec()).spaced();
    match bytes {
        [] => texts::EMPTY_FRAGMENT.with(&[("n", &number), ("fin", &fin)]),
        _ => texts::FRAGMENT.with(&[
            ("n", &number),
            ("fin", &fin),
            ("size", &bytes.len()),
            ("bytes", &shown),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::fault::Stop;
    use crate::tasks::words::Language;

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
            Err(Stop::Failed(fault)) => (fault.law.section, fault.what.of(Language::En).to_owned()),
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
            ("\u{feff}ab 课堂 end".as_bytes(), "5.4", "The text is in it"),
            (&encoded_twice("ab 课堂 end"), "5.6", "encoded once more"),
            // Bytes that are no UTF-8 are shown as they came, and not as U+FFFD.
            (b"a b\xe8\xaf", "5.6", "came back as \"a b\\xe8\\xaf\""),
            ("a b\u{fffd}".as_bytes(), "5.6", "cut a character"),
            (b"\xe8\xaf", "5.4", "\"\\xe8\\xaf\" came back"),
        ] {
            let (got, what) = verdict(came);
            assert_eq!(got, section, "{what}");
            assert!(what.contains(words), "{words:?} is not in {what:?}");
        }
    }

    #[test]
    fn a_replacement_character_of_the_text_itself_is_no_cut() {
        assert!(!has_cut_character("ax\u{fffd}".as_bytes(), "a\u{fffd}"));
        assert!(has_cut_character("ax\u{fffd}".as_bytes(), "a"));
        assert!(has_cut_character(b"ax\xe8", "a\u{fffd}"));
        assert_eq!(
            decoded("a\u{fffd}".as_bytes()),
            [
                "a\u{fffd}".as_bytes().to_vec(),
                "a\u{fffd}".as_bytes().to_vec()
            ]
        );
        assert_eq!(
            decoded(b"a\xe8\xafb\xff"),
            ["a\u{fffd}b\u{fffd}".as_bytes().to_vec(), b"ab".to_vec()]
        );
    }
}
