//! Clients with one fault, and the words of the verdict: it names what was read, and says how strongly
//! the sentence binds.

use serde_json::Value;

use crate::harness::{Frame, Raw, Server};

use super::student::{
    Verdict, asked, bearer, begin, close_both_ways, fresh, fresh_key, honest, knock, listed, nonce,
    play, until_closed,
};

/// A way to answer the examiner.
type React = fn(&mut Raw, &Frame);

/// The masked byte, from the key, the byte and its index.
type Mask = fn([u8; 4], u8, usize) -> u8;

/// A client: what it does, the rule and level of the verdict, words that the verdict has.
type Client = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    React,
);

#[track_caller]
fn is_told(what: &str, said: &Value, rule: &str, level: &str, words: &[&str]) {
    assert_eq!(said["passed"], false, "{what}: {said}");
    assert_eq!(
        (&said["rule"], &said["level"]),
        (&rule.into(), &level.into()),
        "{what}: {said}"
    );
    assert!(
        said["sentence"].as_str().is_some_and(|s| s.len() > 20),
        "{said}"
    );
    let text = said["what"].as_str().unwrap();
    for words in words {
        assert!(text.contains(words), "{what}: {words:?} is not in {text:?}");
    }
}

/// Each client fails with this lecture.
#[track_caller]
fn fail(task: u8, clients: &[Client]) {
    let server = Server::start("");
    for (n, (what, rule, level, words, react)) in clients.iter().enumerate() {
        let name = &format!("Client {n}");
        let verdict = play(&mut begin(&server, task, name), react);
        is_told(what, &verdict.said, rule, level, words);
        is_told(
            what,
            &listed(&server, name, task.into())["last"],
            rule,
            level,
            words,
        );
    }
}

fn wanted(frame: &Frame) -> Option<String> {
    Some(asked(frame)?["text"].as_str()?.to_owned())
}

/// Sends the text that is asked for, masked by `mask` from the key, the byte and its index.
fn say_masked(raw: &mut Raw, frame: &Frame, mask: Mask) {
    if let Some(text) = wanted(frame) {
        let mut bytes = vec![0x81, 0x80 | text.len() as u8, 1, 2, 4, 8];
        let masked = text.bytes().enumerate();
        bytes.extend(masked.map(|(i, byte)| mask([1, 2, 4, 8], byte, i)));
        raw.send(&bytes);
    }
}

#[test]
fn wrong_masks_are_named() {
    fail(
        2,
        &[
            (
                "backwards",
                "wrongly_masked",
                "must",
                &["01 02 04 08", "backwards"],
                |raw, frame| say_masked(raw, frame, |key, byte, i| byte ^ key[3 - i % 4]),
            ),
            (
                "from the second byte of the key on",
                "wrongly_masked",
                "must",
                &["began with byte 1 of the key"],
                |raw, frame| say_masked(raw, frame, |key, byte, i| byte ^ key[(i + 1) % 4]),
            ),
            (
                "not at all",
                "wrongly_masked",
                "must",
                &["the payload is not masked", "74 65 78 74"],
                |raw, frame| say_masked(raw, frame, |_, byte, _| byte),
            ),
            (
                "the first four bytes",
                "wrongly_masked",
                "must",
                &["from byte 4 on the payload is not masked"],
                |raw, frame| {
                    say_masked(
                        raw,
                        frame,
                        |key, byte, i| if i < 4 { byte ^ key[i] } else { byte },
                    );
                },
            ),
            (
                "one byte of the key",
                "wrongly_masked",
                "must",
                &["only the first byte of the key"],
                |raw, frame| say_masked(raw, frame, |key, byte, _| byte ^ key[0]),
            ),
            (
                "on over the fragments",
                "wrongly_masked",
                "must",
                &["the mask went on from the fragment before (3 bytes so far)"],
                |raw, frame| {
                    if let Some(text) = wanted(frame) {
                        raw.send_frame(&fresh(Frame::text(&text[..3]).not_final()));
                        let mut bytes = vec![0x80, 0x80 | 12, 1, 2, 4, 8];
                        let rest = text.bytes().enumerate().skip(3);
                        bytes.extend(rest.map(|(i, byte)| byte ^ [1, 2, 4, 8][i % 4]));
                        raw.send(&bytes);
                    }
                },
            ),
            (
                "no mask",
                "not_masked",
                "must",
                &["MASK 0, length 15; header 81 0f"],
                |raw, frame| {
                    if let Some(text) = wanted(frame) {
                        raw.send_frame(&Frame::text(&text).unmasked());
                    }
                },
            ),
            (
                "a reserved opcode",
                "reserved_opcode",
                "must",
                &["opcode 0x3"],
                |raw, _| raw.send_frame(&Frame::new(3, "")),
            ),
            (
                "a reserved bit",
                "reserved_bit",
                "must",
                &["RSV 100", "No extension was negotiated"],
                |raw, _| raw.send_frame(&Frame::text("x").rsv(4)),
            ),
            (
                "continuations with the opcode of text",
                "interleaved",
                "must",
                &["frame 2 of your client (FIN 1, opcode 0x1", "has to be 0x0"],
                |raw, frame| {
                    if let Some(text) = wanted(frame) {
                        raw.send_frame(&Frame::text(&text[..3]).not_final());
                        raw.send_frame(&Frame::text(&text[3..]));
                    }
                },
            ),
            (
                "another text",
                "wrongly_masked",
                "choice",
                &["contains \"hello\": 68 65 6c 6c 6f"],
                |raw, frame| {
                    if asked(frame).is_some() {
                        raw.send_frame(&Frame::text("hello"));
                    }
                },
            ),
            (
                "text without a frame",
                "reserved_bit",
                "must",
                &[
                    "74 65, are \"te\" in ASCII",
                    "without the header of a frame",
                ],
                |raw, frame| {
                    if let Some(text) = wanted(frame) {
                        raw.send(text.as_bytes());
                    }
                },
            ),
            (
                "half a frame",
                "length_not_in_bytes",
                "must",
                &["announces 15 bytes of payload, and 12 came"],
                |raw, frame| {
                    if let Some(text) = wanted(frame) {
                        let bytes = fresh(Frame::text(&text)).encode();
                        raw.send(&bytes[..bytes.len() - 3]);
                    }
                },
            ),
            (
                "nothing",
                "wrongly_masked",
                "choice",
                &["I waited"],
                |_, _| {},
            ),
            (
                "a Close",
                "closed_early",
                "choice",
                &["code 1001", "the task is not done"],
                |raw, frame| {
                    if asked(frame).is_some() {
                        raw.send_frame(&Frame::close(1001, "leaving"));
                    }
                },
            ),
            (
                "a Ping of 126 bytes",
                "control_too_long",
                "must",
                &["opcode 0x9", "length 126"],
                |raw, _| raw.send_frame(&Frame::new(Frame::PING, vec![0; 126])),
            ),
        ],
    );
}

#[test]
fn keys_that_can_be_predicted_fail_in_every_task_and_in_control_frames() {
    let server = Server::start("");
    let with_keys = |task: u8, name: &str, key: fn(u64, u8) -> [u8; 4]| {
        let mut client = honest();
        let mut sent = 0;
        let verdict = play(&mut begin(&server, task, name), |raw, frame| {
            let mut change = |opcode, payload: Vec<u8>| {
                let mask = Some(key(sent, opcode));
                sent += 1;
                raw.send_frame(&Frame {
                    mask,
                    ..Frame::new(opcode, payload)
                });
            };
            match (wanted(frame), frame.opcode) {
                (Some(text), _) => change(Frame::TEXT, text.into_bytes()),
                (_, Frame::PING) => change(Frame::PONG, frame.payload.clone()),
                _ => client(raw, frame),
            }
        });
        verdict.said
    };
    let zero_in_control = |_, opcode| match opcode {
        Frame::PONG => [0; 4],
        _ => fresh_key(),
    };
    let said = with_keys(4, "Zero", zero_in_control);
    let words = &["Frame 1 of your client (pong) has the masking key 00 00 00 00"];
    is_told(
        "zero in Pongs",
        &said,
        "masking_key_predictable",
        "must",
        words,
    );
    let said = with_keys(5, "Zero", zero_in_control);
    is_told(
        "zero in a Pong",
        &said,
        "masking_key_predictable",
        "must",
        &["(pong)"],
    );
    let said = with_keys(4, "Same", |_, _| [0x37, 0xfa, 0x21, 0x3d]);
    let words = &["Frames 1 (pong) and 2 (pong)", "37 fa 21 3d"];
    is_told(
        "the same in Pongs",
        &said,
        "masking_key_not_fresh",
        "must",
        words,
    );
    let said = with_keys(2, "Count", |n, _| [0, 0, 7, n as u8]);
    is_told(
        "counting",
        &said,
        "masking_key_predictable",
        "must",
        &["equal steps"],
    );
    // A generator with a fixed seed: right on the first connection, and known on the next.
    let seeded = |n: u64, _| {
        (0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(n + 3) as u32 ^ 0x5bd1_e995)
            .rotate_left(n as u32 * 7)
            .to_be_bytes()
    };
    for task in [2, 4] {
        let name = &format!("Seed {task}");
        assert_eq!(with_keys(task, name, seeded)["passed"], true);
        let said = with_keys(task, name, seeded);
        let words = &[
            "which an earlier connection of yours had as well",
            "Frame 1 ",
        ];
        is_told("a seed", &said, "masking_key_predictable", "must", words);
        let other = with_keys(task, &format!("Other {task}"), seeded);
        assert_eq!(other["passed"], true, "nobody answers for another: {other}");
    }
    // A zero key in the Close of task 6 is seen, too.
    let mut raw = begin(&server, 6, "Zero");
    let code = until_closed(&mut raw);
    let mask = Some([0; 4]);
    raw.send_frame(&Frame {
        mask,
        ..Frame::close(code, "")
    });
    raw.expect_eof();
    let last = &listed(&server, "Zero", 6)["last"];
    is_told(
        "zero in a Close",
        last,
        "masking_key_predictable",
        "must",
        &["(close)"],
    );
    assert!(close_both_ways(&server, "Zero").passed);
}

#[test]
fn a_key_of_the_handshake_that_comes_again_fails_in_every_task() {
    let server = Server::start("");
    let token = server.token("Ada", "member");
    let key = nonce();
    for (task, passes) in [(2, true), (4, false)] {
        let (mut raw, _) = knock(&server, task, &token, &key);
        let verdict = play(&mut raw, honest());
        assert_eq!(verdict.passed, passes, "{verdict:?}");
        if !passes {
            is_told("again", &verdict.said, "nonce_not_random", "must", &[&key]);
        }
    }
    let (mut raw, _) = knock(&server, 2, &server.token("Bob", "member"), &key);
    assert!(
        play(&mut raw, honest()).passed,
        "nobody answers for another"
    );
}

#[test]
fn an_accept_value_that_is_compared_without_case_fails() {
    let server = Server::start("");
    let key = nonce();
    let (mut raw, _) = knock(&server, 1, &server.token("Ada", "member"), &key);
    raw.send_frame(&fresh(Frame::text("hello")));
    let verdict = play(&mut raw, |_, _| {});
    let right = super::student::accept(&key);
    let words: &[&str] = &[
        &key,
        &right,
        "without regard to case, or not at all",
        "81 85",
    ];
    is_told(
        "no case",
        &verdict.said,
        "accept_not_checked",
        "must",
        words,
    );
}

/// The text that is to be sent back.
fn text(frame: &Frame) -> Option<&str> {
    let text = std::str::from_utf8(&frame.payload).ok()?;
    (frame.opcode == Frame::TEXT && !text.starts_with('{')).then_some(text)
}

/// Sends a text back with these bytes between the second byte and the key.
fn back_with_length(raw: &mut Raw, frame: &Frame, length: impl Fn(usize) -> (u8, Vec<u8>)) {
    if let Some(text) = text(frame) {
        let (seven, extended) = length(text.len());
        let key = fresh_key();
        let mut bytes = vec![0x81, 0x80 | seven];
        bytes.extend(extended);
        bytes.extend(key);
        bytes.extend(text.bytes().enumerate().map(|(i, byte)| byte ^ key[i % 4]));
        raw.try_send(&bytes);
    }
}

#[test]
fn wrong_lengths_are_named() {
    fail(
        3,
        &[
            (
                "16 bits, the least byte first",
                "length_byte_order",
                "must",
                &["7e 00", "32256", "In the other order it would be 126"],
                |raw, frame| {
                    back_with_length(raw, frame, |length| match length {
                        0..=125 => (length as u8, vec![]),
                        _ => (126, (length as u16).to_le_bytes().to_vec()),
                    });
                },
            ),
            (
                "64 bits, the least byte first",
                "length_byte_order",
                "must",
                &["00 00 01 00 00 00 00 00", "1099511627776", "65536"],
                |raw, frame| {
                    back_with_length(raw, frame, |length| match length {
                        0..=125 => (length as u8, vec![]),
                        126..=65_535 => (126, (length as u16).to_be_bytes().to_vec()),
                        _ => (127, (length as u64).to_le_bytes().to_vec()),
                    });
                },
            ),
            (
                "16 bits for 65536",
                "length_not_in_bytes",
                "must",
                &["65536 bytes, and two bytes hold at most 65535"],
                |raw, frame| {
                    back_with_length(raw, frame, |length| match length {
                        0..=125 => (length as u8, vec![]),
                        _ => (126, (length as u16).to_be_bytes().to_vec()),
                    });
                },
            ),
            (
                "125 in two bytes",
                "length_not_minimal",
                "must",
                &["length 125; header 81 fe 00 7d"],
                |raw, frame| {
                    back_with_length(raw, frame, |length| {
                        (126, (length as u16).to_be_bytes().to_vec())
                    });
                },
            ),
            (
                "characters",
                "length_not_in_bytes",
                "must",
                &["122 is the number of characters of the text, and it has 125 bytes"],
                |raw, frame| {
                    if let Some(text) = text(frame) {
                        let count = text.chars().count() as u64;
                        raw.send_frame(&fresh(Frame::text(text).claiming(count)));
                    }
                },
            ),
            (
                "with the key",
                "length_with_key",
                "must",
                &[
                    "announces 104 bytes of payload, and 100 came",
                    "the four bytes of the key",
                ],
                |raw, frame| {
                    if text(frame).is_some() {
                        raw.send_frame(&fresh(Frame::text(&"x".repeat(100)).claiming(104)));
                    }
                },
            ),
            (
                "one read",
                "length_not_in_bytes",
                "choice",
                &[
                    "65535 bytes, and 4096 bytes came back",
                    "at 4096 I read no byte",
                ],
                |raw, frame| {
                    if let Some(text) = text(frame) {
                        let end = text.len().min(4096);
                        raw.send_frame(&fresh(Frame::text(&text[..end])));
                    }
                },
            ),
            (
                "no end",
                "message_without_end",
                "must",
                &["1 frame(s) with 125 bytes came, and FIN was 0"],
                |raw, frame| {
                    if let Some(text) = text(frame) {
                        raw.send_frame(&fresh(Frame::text(text).not_final()));
                    }
                },
            ),
        ],
    );
}

#[test]
fn wrong_pongs_are_named() {
    fn pong(raw: &mut Raw, frame: &Frame, change: impl FnOnce(&[u8]) -> Frame) {
        if frame.opcode == Frame::PING {
            raw.send_frame(&fresh(change(&frame.payload)));
        }
    }
    fail(
        4,
        &[
            (
                "empty",
                "pong_of_other_data",
                "must",
                &["a Ping with 8 bytes", "0 bytes (nothing)", "opcode 0xA"],
                |raw, frame| pong(raw, frame, |_| Frame::new(Frame::PONG, "")),
            ),
            (
                "a byte short",
                "pong_of_other_data",
                "must",
                &["with 7 bytes"],
                |raw, frame| {
                    pong(raw, frame, |data| {
                        Frame::new(Frame::PONG, &data[..data.len().saturating_sub(1)])
                    });
                },
            ),
            (
                "not masked",
                "wrongly_masked",
                "must",
                &["the payload is not masked"],
                |raw, frame| {
                    if frame.opcode == Frame::PING {
                        let mut bytes = vec![0x8a, 0x80 | frame.payload.len() as u8, 1, 2, 4, 8];
                        bytes.extend(&frame.payload);
                        raw.send(&bytes);
                    }
                },
            ),
            (
                "nothing",
                "ping_not_answered",
                "must",
                &["I waited", "the Pong to a Ping with 8 bytes"],
                |_, _| {},
            ),
            (
                "a text instead",
                "ping_not_answered",
                "must",
                &[
                    "I waited",
                    "The last that came was frame 1",
                    "opcode 0x1 text",
                ],
                |raw, frame| {
                    if frame.opcode == Frame::PING {
                        raw.send_frame(&fresh(Frame::text("pong")));
                    }
                },
            ),
            (
                "after the message",
                "ping_not_answered",
                "must",
                &["between two fragments of a message, the second of which I hold back"],
                |raw, frame| {
                    if frame.payload.len() != 16 {
                        pong(raw, frame, |data| Frame::new(Frame::PONG, data));
                    }
                },
            ),
            (
                "for a Pong",
                "pong_for_pong",
                "choice",
                &["A Pong gets no answer"],
                |raw, frame| {
                    if matches!(frame.opcode, Frame::PING | Frame::PONG) {
                        raw.send_frame(&fresh(Frame::new(Frame::PONG, frame.payload.clone())));
                    }
                },
            ),
            (
                "text that is none",
                "text_not_utf8",
                "must",
                &["0xff cannot stand where it does"],
                |raw, frame| pong(raw, frame, |_| Frame::new(Frame::TEXT, &b"ab\xff"[..])),
            ),
        ],
    );
}

/// A client of task 5 that sends back what `join` makes of the fragments.
#[track_caller]
fn joined(server: &Server, name: &str, join: fn(&[Vec<u8>]) -> Frame) -> Verdict {
    let (mut parts, mut is_echo) = (Vec::new(), false);
    play(&mut begin(server, 5, name), |raw, frame| {
        if asked(frame).is_some() {
            is_echo = true;
        } else if frame.opcode == Frame::PING {
            raw.send_frame(&fresh(Frame::new(Frame::PONG, frame.payload.clone())));
        } else if is_echo && frame.opcode < Frame::CLOSE {
            parts.push(frame.payload.clone());
            if frame.fin {
                raw.send_frame(&fresh(join(&parts)));
                parts.clear();
            }
        }
    })
}

#[test]
fn fragments_that_are_lost_or_decoded_alone_are_named() {
    type Join = fn(&[Vec<u8>]) -> Frame;
    let server = Server::start("");
    let clients: [(&str, &str, &[&str], Join); 6] = [
        (
            "all but the last, as text",
            "fragments_not_joined",
            &[
                "fragment 2 (FIN 1, 4 bytes: 94 e8 ae b0) is missing",
                "still belongs",
            ],
            |parts| Frame::text(&String::from_utf8_lossy(&parts[..parts.len() - 1].concat())),
        ),
        (
            "all but the last, as bytes",
            "fragments_not_joined",
            &["fragment 2 (FIN 1, 4 bytes: 94 e8 ae b0) is missing"],
            |parts| Frame::new(Frame::TEXT, parts[..parts.len() - 1].concat()),
        ),
        (
            "the last alone",
            "fragments_not_joined",
            &["fragment 1 (FIN 0, 17 bytes:"],
            |parts| Frame::text(&String::from_utf8_lossy(&parts[parts.len() - 1])),
        ),
        (
            "without the last of four",
            "fragments_not_joined",
            &["fragment 4 (FIN 1, 6 bytes: 98 80 20 65 6e 64) is missing"],
            |parts| match parts.len() {
                2 => Frame::new(Frame::TEXT, parts.concat()),
                _ => Frame::text(&String::from_utf8_lossy(&parts[..3].concat())),
            },
        ),
        (
            "each decoded alone",
            "fragment_decoded_alone",
            &["each fragment was decoded by itself"],
            |parts| {
                let texts = parts.iter().map(|part| String::from_utf8_lossy(part));
                Frame::text(&texts.collect::<String>())
            },
        ),
        (
            "characters counted",
            "length_not_in_bytes",
            &["13 is the number of characters of the text, and it has 21 bytes"],
            |parts| {
                let text = String::from_utf8(parts.concat()).unwrap();
                Frame::text(&text).claiming(text.chars().count() as u64)
            },
        ),
    ];
    for (n, (what, rule, words, join)) in clients.into_iter().enumerate() {
        let verdict = joined(&server, &format!("Client {n}"), join);
        is_told(what, &verdict.said, rule, "must", words);
    }
}

#[test]
fn wrong_closes_are_named() {
    type Close = fn(&mut Raw, u16, &str);
    let server = Server::start("");
    let clients: [(&str, &str, &str, &[&str], Close); 7] = [
        (
            "the least byte first",
            "close_body",
            "must",
            &["In the other order it would be"],
            |raw, code, reason| raw.send_frame(&Frame::close(code.swap_bytes(), reason)),
        ),
        (
            "a reason alone",
            "close_body",
            "must",
            &["begins with \"bye", "62 79", "25209"],
            |raw, _, _| raw.send_frame(&Frame::new(Frame::CLOSE, "bye 1234")),
        ),
        (
            "a reason alone, byte by byte",
            "close_body",
            "must",
            &["begins with \"bye 1234\"", "62 79"],
            |raw, _, _| {
                for byte in Frame::new(Frame::CLOSE, "bye 1234").encode() {
                    raw.send(&[byte]);
                }
            },
        ),
        (
            "half a code",
            "close_one_byte",
            "must",
            &["length 1", "payload 03"],
            |raw, _, _| raw.send_frame(&Frame::new(Frame::CLOSE, vec![3])),
        ),
        (
            "1005",
            "close_code_not_for_the_wire",
            "must",
            &["with the code 1005, the bytes 03 ed", "Use 1000"],
            |raw, _, _| raw.send_frame(&Frame::close(1005, "")),
        ),
        (
            "a reason that is not UTF-8",
            "reason_not_utf8",
            "must",
            &["03 e8 61 ff", "0xff cannot stand"],
            |raw, _, _| raw.send_frame(&Frame::new(Frame::CLOSE, &b"\x03\xe8a\xff"[..])),
        ),
        (
            "data after it",
            "data_after_close",
            "must",
            &["opcode 0x1", "after your Close"],
            |raw, code, reason| {
                raw.send_frame(&Frame::close(code, reason));
                raw.send_text("one more thing");
            },
        ),
    ];
    for (n, (what, rule, level, words, close)) in clients.into_iter().enumerate() {
        let name = &format!("Client {n}");
        // The server begins.
        let mut raw = begin(&server, 6, name);
        let code = until_closed(&mut raw);
        close(&mut raw, code, "");
        raw.finish();
        raw.read_to_the_end();
        is_told(what, &listed(&server, name, 6)["last"], rule, level, words);
        // The client begins.
        let mut raw = begin(&server, 6, name);
        let code = until_closed(&mut raw);
        raw.send_frame(&fresh(Frame::close(code, "")));
        raw.expect_eof();
        let verdict = play(&mut begin(&server, 6, name), |raw, frame| {
            if let Some(what) = asked(frame) {
                close(raw, 1000, what["reason"].as_str().unwrap());
            }
        });
        is_told(what, &verdict.said, rule, level, words);
    }
}

#[test]
fn a_close_of_two_bytes_whose_mask_is_wrong_is_named() {
    let server = Server::start("");
    for (n, (words, mask)) in [
        ("backwards", (|key, byte, i| byte ^ key[3 - i % 4]) as Mask),
        ("not masked", |_, byte, _| byte),
    ]
    .into_iter()
    .enumerate()
    {
        let name = &format!("Client {n}");
        let mut raw = begin(&server, 6, name);
        let code = until_closed(&mut raw).to_be_bytes();
        let key = fresh_key();
        let mut bytes = vec![0x88, 0x82];
        bytes.extend(key);
        bytes.extend(code.iter().enumerate().map(|(i, byte)| mask(key, *byte, i)));
        raw.send(&bytes);
        raw.finish();
        raw.read_to_the_end();
        let last = &listed(&server, name, 6)["last"];
        is_told(words, last, "wrongly_masked", "must", &[words]);
    }
}

#[test]
fn a_close_whose_mask_is_wrong_is_named() {
    let server = Server::start("");
    for (n, (words, mask)) in [
        ("backwards", (|key, byte, i| byte ^ key[3 - i % 4]) as Mask),
        ("not masked", |_, byte, _| byte),
        ("began with byte 2", |key, byte, i| byte ^ key[(i + 2) % 4]),
    ]
    .into_iter()
    .enumerate()
    {
        let name = &format!("Client {n}");
        let mut raw = begin(&server, 6, name);
        let code = until_closed(&mut raw);
        raw.send_frame(&fresh(Frame::close(code, "")));
        raw.expect_eof();
        let verdict = play(&mut begin(&server, 6, name), |raw, frame| {
            if let Some(what) = asked(frame) {
                let body = [
                    &b"\x03\xe8"[..],
                    what["reason"].as_str().unwrap().as_bytes(),
                ]
                .concat();
                let mut bytes = vec![0x88, 0x80 | body.len() as u8, 1, 2, 4, 8];
                bytes.extend(
                    body.iter()
                        .enumerate()
                        .map(|(i, b)| mask([1, 2, 4, 8], *b, i)),
                );
                raw.send(&bytes);
            }
        });
        is_told(words, &verdict.said, "wrongly_masked", "must", &[words]);
    }
}

#[test]
fn handshakes_that_break_a_rule_are_refused_with_its_section() {
    let server = Server::start("");
    let token = bearer(&server.token("Ada", "member"));
    let good = [
        "Host: a",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    for (n, change, section) in [
        (1, "", "4.2.1"),
        (2, "", "4.2.1"),
        (2, "Connection: keep-alive", "4.2.1"),
        (3, "", "4.2.1"),
        (3, "Sec-WebSocket-Version: 12", "4"),
        (4, "", "4.2.1"),
        (4, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j", "4.2.1"),
        (4, "Sec-WebSocket-Key: 1234", "4.2.1"),
    ] {
        let mut lines = good.map(str::to_owned).to_vec();
        lines[n] = change.to_owned();
        lines.retain(|line| !line.is_empty());
        let mut raw = Raw::connect(server.addr);
        let head = format!(
            "GET /task/2 HTTP/1.1\r\n{}\r\n{token}\r\n",
            lines.join("\r\n")
        );
        raw.send(head.as_bytes());
        let response = raw.read_response();
        assert!(
            matches!(response.status, 400 | 426),
            "{head}: {}",
            response.text()
        );
        let section = format!("RFC 6455 §{section}");
        assert!(
            response.text().contains(&section),
            "{head}: {}",
            response.text()
        );
    }
    let mut raw = Raw::connect(server.addr);
    let head = format!(
        "GET /task/2 HTTP/1.0\r\n{}\r\n{token}\r\n",
        good.join("\r\n")
    );
    raw.send(head.as_bytes());
    assert_eq!(raw.read_response().status, 426);
}
