//! Clients that do what RFC 6455 allows, in every way that it allows: each of them passes.

use std::fmt::Write;

use crate::harness::{Frame, Raw, Server};

use super::student::{
    KEYS, accept, asked, bearer, begin, fresh, honest, knock, listed, nonce, play, until_closed,
};

/// What a client does beside what an honest one does; `true`: this frame is dealt with.
type Extra = fn(&mut Raw, &Frame) -> bool;

/// A client, and the rules that the notes of its verdict are about.
type Client = (&'static str, &'static [&'static str], Extra);

/// Each client passes the task.
#[track_caller]
fn pass(task: u8, clients: &[Client]) {
    let server = Server::start("");
    for (n, (what, notes, extra)) in clients.iter().enumerate() {
        let name = &format!("Client {n}");
        let mut client = honest();
        let verdict = play(&mut begin(&server, task, name), |raw, frame| {
            if !extra(raw, frame) {
                client(raw, frame);
            }
        });
        assert!(
            verdict.passed && verdict.code == 1000,
            "{what}: {verdict:?}"
        );
        assert_eq!(verdict.notes(), *notes, "{what}: {}", verdict.said);
        let line = listed(&server, name, task.into());
        assert!(line["passed"].is_u64(), "{what}: {line}");
        let noted = line["last"]["notes"].as_array().map_or(0, Vec::len);
        assert_eq!(noted, notes.len(), "{what}: {line}");
    }
}

fn send(raw: &mut Raw, frame: Frame) {
    raw.send_frame(&fresh(frame));
}

fn wanted(frame: &Frame) -> Option<String> {
    Some(asked(frame)?["text"].as_str()?.to_owned())
}

/// A text that is to be sent back, if it came in one frame.
fn text(frame: &Frame) -> Option<String> {
    let text = String::from_utf8(frame.payload.clone()).ok()?;
    let is_whole = frame.fin && frame.opcode == Frame::TEXT && !text.starts_with('{');
    is_whole.then_some(text)
}

#[test]
fn frames_that_are_masked_and_legal() {
    pass(
        2,
        &[
            ("nothing special", &[], |_, _| false),
            ("a Pong before each text", &[], |raw, _| {
                send(raw, Frame::new(Frame::PONG, "beat"));
                false
            }),
            ("a Ping before each text", &[], |raw, frame| {
                if asked(frame).is_some() {
                    send(raw, Frame::new(Frame::PING, vec![7; 125]));
                }
                false
            }),
            ("two fragments", &["own_fragments"], |raw, frame| {
                let Some(text) = wanted(frame) else {
                    return false;
                };
                send(raw, Frame::text(&text[..3]).not_final());
                send(raw, Frame::new(Frame::CONTINUATION, &text[3..]));
                true
            }),
            (
                "empty fragments and Pongs between",
                &["own_fragments"],
                |raw, frame| {
                    let Some(text) = wanted(frame) else {
                        return false;
                    };
                    send(raw, Frame::text("").not_final());
                    send(raw, Frame::new(Frame::PONG, ""));
                    send(raw, Frame::new(Frame::CONTINUATION, &text[..]).not_final());
                    send(raw, Frame::new(Frame::PING, "between"));
                    send(raw, Frame::new(Frame::CONTINUATION, ""));
                    true
                },
            ),
            ("a byte in each segment", &[], |raw, frame| {
                let Some(text) = wanted(frame) else {
                    return false;
                };
                for byte in fresh(Frame::text(&text)).encode() {
                    raw.send(&[byte]);
                }
                true
            }),
            ("a binary message", &["other_type"], |raw, frame| {
                let Some(text) = wanted(frame) else {
                    return false;
                };
                send(raw, Frame::new(Frame::BINARY, text));
                true
            }),
        ],
    );
}

#[test]
fn lengths_that_are_legal() {
    pass(
        3,
        &[
            ("a Pong before each text", &[], |raw, frame| {
                if text(frame).is_some() {
                    send(raw, Frame::new(Frame::PONG, "beat"));
                }
                false
            }),
            (
                "an empty last fragment",
                &["own_fragments"],
                |raw, frame| {
                    let Some(text) = text(frame) else {
                        return false;
                    };
                    send(raw, Frame::text(&text).not_final());
                    send(raw, Frame::new(Frame::CONTINUATION, ""));
                    true
                },
            ),
            ("all in small segments", &[], |raw, frame| {
                let Some(text) = text(frame) else {
                    return false;
                };
                for bytes in fresh(Frame::text(&text)).encode().chunks(1021) {
                    raw.send(bytes);
                }
                true
            }),
        ],
    );
}

#[test]
fn pongs_that_are_legal() {
    pass(
        4,
        &[
            (
                "a Pong before the first Ping",
                &["unsolicited_pong"],
                |raw, frame| {
                    if asked(frame).is_some() {
                        send(raw, Frame::new(Frame::PONG, "first"));
                    }
                    false
                },
            ),
            (
                "a Pong before each answer",
                &["unsolicited_pong"],
                |raw, frame| {
                    if frame.opcode == Frame::PING {
                        send(raw, Frame::new(Frame::PONG, "beat"));
                    }
                    false
                },
            ),
            ("each answer twice", &["unsolicited_pong"], |raw, frame| {
                if frame.opcode == Frame::PING && !frame.payload.is_empty() {
                    send(raw, Frame::new(Frame::PONG, frame.payload.clone()));
                }
                false
            }),
            ("a Ping before each answer", &[], |raw, frame| {
                if frame.opcode == Frame::PING {
                    send(raw, Frame::new(Frame::PING, "and you?"));
                }
                false
            }),
            ("a message of its own", &[], |raw, frame| {
                if frame.opcode == Frame::PING {
                    send(raw, Frame::text("still here, 你好"));
                }
                false
            }),
            ("a Pong inside a message of its own", &[], |raw, frame| {
                if frame.opcode != Frame::PING {
                    return false;
                }
                send(raw, Frame::new(Frame::TEXT, &b"\xe4"[..]).not_final());
                send(raw, Frame::new(Frame::PONG, frame.payload.clone()));
                send(raw, Frame::new(Frame::CONTINUATION, &b"\xbd\xa0"[..]));
                true
            }),
        ],
    );
}

#[test]
fn fragments_that_are_legal() {
    pass(
        5,
        &[
            ("nothing special", &[], |_, _| false),
            ("a Pong before everything", &[], |raw, _| {
                send(raw, Frame::new(Frame::PONG, "beat"));
                false
            }),
        ],
    );
    // What comes back is in fragments, too, and cut inside every character.
    let server = Server::start("");
    let (mut parts, mut is_echo) = (Vec::new(), false);
    let verdict = play(&mut begin(&server, 5, "Cutter"), |raw, frame| {
        if asked(frame).is_some() {
            is_echo = true;
        } else if frame.opcode == Frame::PING {
            send(raw, Frame::new(Frame::PONG, frame.payload.clone()));
        } else if is_echo && frame.opcode < Frame::CLOSE {
            parts.extend_from_slice(&frame.payload);
            if frame.fin {
                for (n, byte) in parts.iter().enumerate() {
                    let opcode = if n == 0 {
                        Frame::TEXT
                    } else {
                        Frame::CONTINUATION
                    };
                    let part = Frame::new(opcode, vec![*byte]);
                    let is_last = n + 1 == parts.len();
                    send(raw, if is_last { part } else { part.not_final() });
                }
                parts.clear();
            }
        }
    });
    assert!(verdict.passed, "{verdict:?}");
}

#[test]
fn handshakes_that_are_legal() {
    let server = Server::start("");
    for (n, (line, fields)) in [
        (
            "GET /task/2 HTTP/1.1",
            "sec-websocket-version: 13\r\nUPGRADE: WebSocket\r\nconnection: keep-alive, uPGRADE\r\n\
             HOST: {host}\r\nX-Extra: 1\r\nAuthorization: bearer {token}\r\n\
             sec-websocket-key: {key}\r\n",
        ),
        (
            "GET /task/2?try=1 HTTP/1.1",
            "Host:{host}\r\nUpgrade:websocket\r\nConnection:Upgrade\r\nSec-WebSocket-Key:{key}\r\n\
             Sec-WebSocket-Version:13\r\nSec-WebSocket-Protocol: a, b, bearer.{token}\r\n\
             Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-other\r\n",
        ),
        (
            "GET /task/2 HTTP/1.1",
            "Host: {host}\r\nUpgrade: foo, websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key:   {key}  \r\nSec-WebSocket-Version: 13\r\nCookie: a=b\r\n\
             User-Agent: mine\r\nOrigin: http://{host}\r\nAuthorization: Bearer {token}\r\n",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let key = nonce();
        let token = server.token(&format!("Client {n}"), "member");
        let mut head = String::new();
        write!(head, "{line}\r\n{fields}\r\n").unwrap();
        let head = head.replace("{host}", &server.addr.to_string());
        let head = head.replace("{token}", &token).replace("{key}", &key);
        let mut raw = Raw::connect(server.addr);
        for bytes in head.as_bytes().chunks(1 + n * 40) {
            raw.send(bytes);
        }
        let response = raw.read_response();
        assert_eq!(response.status, 101, "{head}: {}", response.text());
        assert_eq!(
            response.header("Sec-WebSocket-Accept"),
            Some(&accept(&key)[..])
        );
        assert_eq!(response.header("Sec-WebSocket-Extensions"), None);
        let verdict = play(&mut raw, honest());
        assert!(verdict.passed, "{head}: {verdict:?}");
    }
}

#[test]
fn closes_that_are_legal_when_the_server_begins() {
    type Answer = fn(&mut Raw, u16);
    let server = Server::start("");
    let clients: [(&str, &[&str], Answer); 9] = [
        ("the same code", &[], |raw, code| {
            send(raw, Frame::close(code, ""));
            raw.expect_eof();
        }),
        ("and a reason", &[], |raw, code| {
            send(raw, Frame::close(code, "再见"));
            raw.expect_eof();
        }),
        ("TCP at once", &["tcp_ended_first"], |raw, code| {
            send(raw, Frame::close(code, ""));
            raw.finish();
        }),
        ("no code", &["other_close_code"], |raw, _| {
            send(raw, Frame::new(Frame::CLOSE, ""));
            raw.expect_eof();
        }),
        ("another code", &["other_close_code"], |raw, _| {
            send(raw, Frame::close(1001, "leaving"));
            raw.expect_eof();
        }),
        ("a message before it", &[], |raw, code| {
            send(raw, Frame::text("the rest"));
            send(raw, Frame::close(code, ""));
            raw.expect_eof();
        }),
        (
            "a Pong before and after it",
            &["unsolicited_pong"],
            |raw, code| {
                send(raw, Frame::new(Frame::PONG, "beat"));
                send(raw, Frame::close(code, ""));
                send(raw, Frame::new(Frame::PONG, "beat"));
                raw.expect_eof();
            },
        ),
        ("a byte in each segment", &[], |raw, code| {
            for byte in fresh(Frame::close(code, "bye")).encode() {
                raw.send(&[byte]);
            }
            raw.expect_eof();
        }),
        (
            "another code and TCP at once",
            &["other_close_code", "tcp_ended_first"],
            |raw, _| {
                send(raw, Frame::close(4999, ""));
                raw.finish();
            },
        ),
    ];
    for (n, (what, notes, answer)) in clients.into_iter().enumerate() {
        let name = &format!("Client {n}");
        let mut raw = begin(&server, 6, name);
        let code = until_closed(&mut raw);
        answer(&mut raw, code);
        drop(raw);
        // At once: the second connection waits for the thread that has to notice the end.
        let verdict = play(&mut begin(&server, 6, name), |raw, frame| {
            if let Some(what) = asked(frame) {
                send(raw, Frame::close(1000, what["reason"].as_str().unwrap()));
            }
        });
        assert!(verdict.passed, "{what}: {verdict:?}");
        assert_eq!(verdict.notes(), notes, "{what}: {}", verdict.said);
    }
}

#[test]
fn closes_that_are_legal_when_the_client_begins() {
    type Begin = fn(&mut Raw, &str);
    let server = Server::start("");
    let clients: [(&str, &[&str], Begin); 4] = [
        ("a Ping after it", &["data_after_close"], |raw, reason| {
            send(raw, Frame::close(1000, reason));
            send(raw, Frame::new(Frame::PING, ""));
        }),
        ("a Pong before it", &[], |raw, reason| {
            send(raw, Frame::new(Frame::PONG, ""));
            send(raw, Frame::close(1000, reason));
        }),
        ("a message before it", &[], |raw, reason| {
            send(raw, Frame::text("last words"));
            send(raw, Frame::close(1000, reason));
        }),
        ("a byte in each segment", &[], |raw, reason| {
            for byte in fresh(Frame::close(1000, reason)).encode() {
                raw.send(&[byte]);
            }
        }),
    ];
    for (n, (what, notes, close)) in clients.into_iter().enumerate() {
        let name = &format!("Client {n}");
        let mut raw = begin(&server, 6, name);
        let code = until_closed(&mut raw);
        send(&mut raw, Frame::close(code, ""));
        raw.expect_eof();
        let verdict = play(&mut begin(&server, 6, name), |raw, frame| {
            if let Some(what) = asked(frame) {
                close(raw, what["reason"].as_str().unwrap());
            }
        });
        assert!(verdict.passed, "{what}: {verdict:?}");
        assert_eq!(verdict.notes(), notes, "{what}: {}", verdict.said);
    }
}

#[test]
fn a_refusal_of_the_wrong_accept_value_in_any_way_is_right() {
    let server = Server::start("");
    for (n, is_reset) in [false, true].into_iter().enumerate() {
        let token = server.token(&format!("Client {n}"), "member");
        let (mut raw, right) = knock(&server, 1, &token, &nonce());
        assert!(!right);
        match is_reset {
            true => drop(raw),
            false => {
                raw.finish();
                raw.expect_eof();
            }
        }
        let (mut raw, right) = knock(&server, 1, &token, &nonce());
        assert!(right);
        let verdict = play(&mut raw, |raw, frame| {
            send(raw, Frame::new(Frame::PONG, "before anything"));
            honest()(raw, frame);
        });
        assert!(verdict.passed, "{verdict:?}");
    }
}

#[test]
fn the_wrong_accept_value_differs_in_the_case_of_letters_alone() {
    let server = Server::start("");
    let mut raw = Raw::connect(server.addr);
    let head = format!(
        "GET /task/1 HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n{}\r\n",
        server.addr,
        KEYS[0],
        bearer(&server.token("Ada", "member"))
    );
    raw.send(head.as_bytes());
    let response = raw.read_response();
    let sent = response.header("Sec-WebSocket-Accept").unwrap();
    let right = accept(KEYS[0]);
    assert!(sent != right && sent.eq_ignore_ascii_case(&right), "{sent}");
}
