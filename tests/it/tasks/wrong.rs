//! Clients with one fault each, and the section that names it.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use crate::harness::{Frame, Raw, Server};

use super::student::{KEYS, Verdict, asked, begin, honest, knock, listed, play};

/// A way to answer the examiner.
type React = fn(&mut Raw, &Frame);

/// Each client tries the task and fails with this section and code.
#[track_caller]
fn fail(task: u8, clients: &[(&str, &str, u16, React)]) {
    let server = Server::start("");
    for (n, (what, section, code, react)) in clients.iter().enumerate() {
        let name = &format!("Client {n}");
        let verdict = play(&mut begin(&server, task, name), react);
        let got = (verdict.passed, &*verdict.section, verdict.code);
        assert_eq!(got, (false, *section, *code), "{what}: {}", verdict.what);
        let line = listed(&server, name, task.into());
        assert_eq!(line["last"]["section"], *section, "{line}");
        assert_eq!(line["attempts"], 1, "{line}");
    }
}

/// The text that is asked for.
fn wanted(frame: &Frame) -> Option<String> {
    Some(asked(frame)?["text"].as_str()?.to_owned())
}

/// Sends the text that is asked for in a frame that `change` has made wrong.
fn say(raw: &mut Raw, frame: &Frame, change: impl FnOnce(Frame) -> Frame) {
    if let Some(text) = wanted(frame) {
        raw.send_frame(&change(Frame::text(&text)));
    }
}

fn with_key(frame: Frame, key: [u8; 4]) -> Frame {
    let mask = Some(key);
    Frame { mask, ..frame }
}

#[test]
fn an_accept_key_that_nobody_checks() {
    let server = Server::start("");
    let wrong_key = |name: &str| knock(&server, 1, &server.token(name, "member"), KEYS[0]).0;
    let failed = |verdict: Verdict, code: u16, what: &str| {
        assert!(!verdict.passed, "{what}");
        assert_eq!((&*verdict.section, verdict.code), ("4.1", code), "{what}");
    };
    for (what, bytes) in [
        ("says hello", Frame::text("hello").encode()),
        ("closes politely", Frame::close(1002, "bad accept").encode()),
        ("begins a frame", vec![0x81]),
    ] {
        let mut raw = wrong_key(what);
        raw.send(&bytes);
        raw.finish();
        failed(play(&mut raw, |_, _| {}), 4400, what);
    }
    failed(play(&mut wrong_key("waits"), |_, _| {}), 4408, "waits");

    // The same nonce twice.
    let token = server.token("Twice", "member");
    drop(knock(&server, 1, &token, KEYS[0]));
    let (mut raw, right) = knock(&server, 1, &token, KEYS[0]);
    assert!(right);
    failed(play(&mut raw, |_, _| {}), 4400, "the same nonce");

    // It refuses the right key, too. No verdict can reach it, but the list has it.
    let token = server.token("Never", "member");
    drop(knock(&server, 1, &token, KEYS[0]));
    let (mut raw, right) = knock(&server, 1, &token, KEYS[1]);
    assert!(right);
    raw.finish();
    raw.read_to_the_end();
    assert_eq!(listed(&server, "Never", 1)["last"]["section"], "7.1.5");

    // It sends another text.
    let token = server.token("Other", "member");
    drop(knock(&server, 1, &token, KEYS[0]));
    let (mut raw, _) = knock(&server, 1, &token, KEYS[1]);
    raw.send_text("goodbye");
    failed(play(&mut raw, |_, _| {}), 4400, "another text");
}

#[test]
fn frames_before_the_101() {
    let server = Server::start("");
    let mut raw = Raw::connect(server.addr);
    let head = format!(
        "GET /task/2 HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        server.addr,
        KEYS[0],
        server.token("Ada", "member")
    );
    raw.send(&[head.as_bytes(), &Frame::text("hello").encode()].concat());
    assert_eq!(raw.read_response().status, 101);
    let verdict = play(&mut raw, |_, _| {});
    assert_eq!((verdict.passed, &*verdict.section), (false, "4.1"));
}

#[test]
fn masks_that_are_none() {
    fail(
        2,
        &[
            ("no mask", "5.1", 1002, |raw, frame| {
                say(raw, frame, Frame::unmasked);
            }),
            ("a key of zeros", "5.3", 4400, |raw, frame| {
                say(raw, frame, |frame| with_key(frame, [0; 4]));
            }),
            ("always the same key", "5.3", 4400, |raw, frame| {
                say(raw, frame, |frame| frame);
            }),
            ("keys that count", "5.3", 4400, |raw, frame| {
                static NEXT: AtomicU8 = AtomicU8::new(1);
                if wanted(frame).is_some() {
                    let n = NEXT.fetch_add(1, Relaxed);
                    say(raw, frame, |frame| with_key(frame, [9, 9, 9, n]));
                }
            }),
            ("a key and no masking", "5.3", 4400, |raw, frame| {
                if let Some(text) = wanted(frame) {
                    let mut bytes = Frame::text(&text).encode();
                    let at = bytes.len() - text.len();
                    bytes[at..].copy_from_slice(text.as_bytes());
                    raw.send(&bytes);
                }
            }),
            (
                "masked with one byte of the key",
                "5.3",
                4400,
                |raw, frame| {
                    if let Some(text) = wanted(frame) {
                        let mut bytes = Frame::text(&text).encode();
                        let at = bytes.len() - text.len();
                        for (i, byte) in text.bytes().enumerate() {
                            bytes[at + i] = byte ^ 0x37;
                        }
                        raw.send(&bytes);
                    }
                },
            ),
            ("another text", "5.3", 4400, |raw, frame| {
                say(raw, frame, |_| Frame::text("another"));
            }),
            ("a reserved bit", "5.2", 1002, |raw, frame| {
                say(raw, frame, |frame| frame.rsv(4));
            }),
            ("a Close instead", "7.1.2", 4400, |raw, frame| {
                say(raw, frame, |_| Frame::close(1000, "enough"));
            }),
        ],
    );
}

/// The text of a message that is to be sent back.
fn text(frame: &Frame) -> Option<&str> {
    let text = std::str::from_utf8(&frame.payload).ok()?;
    (!text.starts_with('{')).then_some(text)
}

#[test]
fn lengths_that_are_wrong() {
    fn back(raw: &mut Raw, frame: &Frame, change: impl FnOnce(Frame) -> Frame) {
        if let Some(text) = text(frame) {
            raw.send_frame(&change(Frame::text(text)));
        }
    }
    fail(
        3,
        &[
            ("126 in eight bytes", "5.2", 1002, |raw, frame| {
                let long = frame.payload.len() > 125;
                back(raw, frame, |f| if long { f.length_bytes(8) } else { f });
            }),
            ("125 in two bytes", "5.2", 1002, |raw, frame| {
                back(raw, frame, |frame| frame.length_bytes(2));
            }),
            ("its first 125 bytes", "5.2", 4400, |raw, frame| {
                back(raw, frame, |mut frame| {
                    frame.payload.truncate(125);
                    frame
                });
            }),
            ("in two fragments", "5.4", 4400, |raw, frame| {
                if let Some(text) = text(frame) {
                    raw.send_frame(&Frame::text(&text[..9]).not_final());
                    raw.send_frame(&Frame::new(Frame::CONTINUATION, &text[9..]));
                }
            }),
            ("the least byte first", "5.2", 4408, |raw, frame| {
                back(raw, frame, |frame| match frame.payload.len() {
                    126 => frame.length_bytes(2).claiming(126 << 8),
                    _ => frame,
                });
            }),
            (
                "64 bits with the first one set",
                "5.2",
                1002,
                |raw, frame| {
                    back(raw, frame, |frame| frame.claiming(1 << 63));
                },
            ),
            ("longer than can be", "7.4.1", 1009, |raw, frame| {
                back(raw, frame, |frame| frame.claiming(1 << 40));
            }),
        ],
    );
}

#[test]
fn pings_that_are_not_answered_as_they_should() {
    fn pong(raw: &mut Raw, frame: &Frame, change: impl FnOnce(Frame) -> Frame) {
        if frame.opcode == Frame::PING {
            raw.send_frame(&change(Frame::new(Frame::PONG, frame.payload.clone())));
        }
    }
    fail(
        4,
        &[
            ("empty Pongs", "5.5.3", 4400, |raw, frame| {
                pong(raw, frame, |_| Frame::new(Frame::PONG, ""));
            }),
            ("Pings back", "5.5.2", 4400, |raw, frame| {
                pong(raw, frame, |frame| Frame::new(Frame::PING, frame.payload));
            }),
            ("binary messages", "5.5.2", 4400, |raw, frame| {
                pong(raw, frame, |frame| Frame::new(Frame::BINARY, frame.payload));
            }),
            ("no mask", "5.1", 1002, |raw, frame| {
                pong(raw, frame, Frame::unmasked);
            }),
            ("a Pong for a Pong", "5.5.3", 4400, |raw, frame| {
                if frame.opcode == Frame::PONG {
                    raw.send_frame(&Frame::new(Frame::PONG, frame.payload.clone()));
                }
                pong(raw, frame, |frame| frame);
            }),
            ("a byte short", "5.5.3", 4400, |raw, frame| {
                pong(raw, frame, |mut frame| {
                    frame.payload.truncate(124);
                    frame
                });
            }),
            ("a byte too many", "5.5", 1002, |raw, frame| {
                pong(raw, frame, |mut frame| {
                    frame.payload.resize(126, 0);
                    frame
                });
            }),
            ("in fragments", "5.5", 1002, |raw, frame| {
                pong(raw, frame, Frame::not_final);
            }),
            ("a Close", "5.5.2", 4400, |raw, frame| {
                pong(raw, frame, |_| Frame::close(1000, ""));
            }),
            ("nothing", "5.5.2", 4408, |_, _| {}),
        ],
    );
}

#[test]
fn messages_that_are_not_put_together() {
    /// Sends something for the first fragment of each text.
    fn early(raw: &mut Raw, frame: &Frame, answer: impl FnOnce(&[u8]) -> Frame) {
        if frame.opcode == Frame::TEXT && !frame.fin {
            raw.send_frame(&answer(&frame.payload));
        }
    }
    fail(
        5,
        &[
            (
                "each fragment by itself, letters broken",
                "5.4",
                4400,
                |raw, frame| {
                    early(raw, frame, |bytes| {
                        Frame::text(&String::from_utf8_lossy(bytes))
                    });
                },
            ),
            ("the first fragment alone", "5.4", 4400, |raw, frame| {
                early(raw, frame, |bytes| {
                    Frame::text(&String::from_utf8_lossy(&bytes[..8]))
                });
            }),
            ("bytes of half a letter", "5.4", 4400, |raw, frame| {
                early(raw, frame, |bytes| Frame::new(Frame::TEXT, bytes));
            }),
            ("a continuation of nothing", "5.4", 1002, |raw, frame| {
                early(raw, frame, |_| Frame::new(Frame::CONTINUATION, "x"));
            }),
            ("a message inside a message", "5.4", 1002, |raw, frame| {
                early(raw, frame, |_| Frame::text("a").not_final());
                early(raw, frame, |_| Frame::text("b"));
            }),
            ("something else", "5.4", 4400, |raw, frame| {
                early(raw, frame, |_| Frame::text("hello"));
            }),
        ],
    );
    let server = Server::start("");
    let mut inner = honest();
    // Binary is another kind of message.
    let (mut parts, mut echo) = (Vec::new(), false);
    let verdict = play(&mut begin(&server, 5, "Bo"), |raw, frame| {
        echo |= asked(frame).is_some();
        if echo && asked(frame).is_none() && frame.opcode < Frame::CLOSE {
            parts.extend_from_slice(&frame.payload);
            if frame.fin {
                raw.send_frame(&Frame::new(Frame::BINARY, std::mem::take(&mut parts)));
            }
        }
    });
    assert_eq!(
        (&*verdict.section, verdict.code),
        ("5.4", 4400),
        "{verdict:?}"
    );
    // All of it, but the Ping in the middle is not answered.
    let verdict = play(&mut begin(&server, 5, "Cy"), |raw, frame| {
        if frame.opcode != Frame::PING {
            inner(raw, frame);
        }
    });
    assert_eq!(
        (&*verdict.section, verdict.code),
        ("5.5.2", 4408),
        "{verdict:?}"
    );
}
