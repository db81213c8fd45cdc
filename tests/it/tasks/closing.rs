//! Clients that do not close as they should, whichever end begins.

use crate::harness::{Frame, Raw, Server};

use super::student::{asked, begin, close_both_ways, fresh, listed, play, until_closed};

#[test]
fn closes_that_are_none_when_the_server_begins() {
    type Answer = fn(&mut Raw, u16);
    let server = Server::start("");
    let clients: [(&str, &str, Answer); 8] = [
        ("the least byte first", "5.5.1", |raw, code| {
            raw.send_frame(&Frame::close(code.swap_bytes(), ""));
        }),
        ("a reason without a code", "5.5.1", |raw, _| {
            raw.send_frame(&Frame::new(Frame::CLOSE, "goodbye"));
        }),
        ("a reserved code", "7.4.1", |raw, _| {
            raw.send_frame(&Frame::close(1006, ""));
        }),
        ("half a code", "5.5.1", |raw, _| {
            raw.send_frame(&Frame::new(Frame::CLOSE, "x"))
        }),
        ("no Close", "5.5.1", |raw, _| raw.finish()),
        ("a message after it", "5.5.1", |raw, code| {
            raw.send_frame(&Frame::close(code, ""));
            raw.send_text("one more thing");
        }),
        ("a second Close", "5.5.1", |raw, code| {
            raw.send_frame(&Frame::close(code, ""));
            raw.send_frame(&Frame::close(code, ""));
        }),
        ("no mask", "5.1", |raw, code| {
            raw.send_frame(&Frame::close(code, "").unmasked());
        }),
    ];
    for (what, section, answer) in clients {
        let mut raw = begin(&server, 6, what);
        let code = until_closed(&mut raw);
        answer(&mut raw, code);
        raw.finish();
        raw.read_to_the_end();
        let line = listed(&server, what, 6);
        assert_eq!(line["last"]["section"], section, "{what}: {line}");
        // No verdict can follow a Close: the next connection gets it, and begins again.
        let token = format!("Authorization: Bearer {}\r\n", server.token(what, "member"));
        let opening = Raw::upgrade(server.addr, "/task/6", &token).read_json();
        assert_eq!(opening["part"], 1);
        let told = opening["last_time"].as_str().unwrap();
        assert!(told.starts_with(&format!("§{section}: ")), "{told}");
    }
}

#[test]
fn closes_that_are_none_when_the_client_begins() {
    type Begin = fn(&mut Raw, &str);
    let server = Server::start("");
    let clients: [(&str, &str, u16, Begin); 10] = [
        ("the least byte first", "5.5.1", 1002, |raw, reason| {
            raw.send_frame(&Frame::close(1000_u16.swap_bytes(), reason));
        }),
        ("the reason alone", "5.5.1", 1002, |raw, reason| {
            raw.send_frame(&Frame::new(Frame::CLOSE, reason));
        }),
        ("no code", "5.5.1", 4400, |raw, _| {
            raw.send_frame(&Frame::new(Frame::CLOSE, ""));
        }),
        ("a second Close", "5.5.1", 4400, |raw, reason| {
            raw.send_frame(&Frame::close(1000, reason));
            raw.send_frame(&Frame::close(1000, reason));
        }),
        ("another code", "5.5.1", 4400, |raw, reason| {
            raw.send_frame(&Frame::close(1001, reason));
        }),
        (
            "a code that is not for the wire",
            "7.4.1",
            1002,
            |raw, reason| {
                raw.send_frame(&Frame::close(1005, reason));
            },
        ),
        ("another reason", "5.5.1", 4400, |raw, _| {
            raw.send_frame(&Frame::close(1000, "bye"));
        }),
        ("a reason that is no text", "8.1", 1007, |raw, _| {
            raw.send_frame(&Frame::new(Frame::CLOSE, b"\x03\xe8\xff".to_vec()));
        }),
        ("a message after it", "5.5.1", 4400, |raw, reason| {
            raw.send_frame(&Frame::close(1000, reason));
            raw.send_text("one more thing");
        }),
        ("TCP at once", "7.1.1", 4400, |raw, reason| {
            raw.send_frame(&Frame::close(1000, reason));
            raw.finish();
        }),
    ];
    for (n, (what, section, code, close)) in clients.into_iter().enumerate() {
        let name = &format!("Client {n}");
        let mut raw = begin(&server, 6, name);
        let first = until_closed(&mut raw);
        raw.send_frame(&fresh(Frame::close(first, "")));
        raw.expect_eof();
        drop(raw);
        let verdict = play(&mut begin(&server, 6, name), |raw, frame| {
            if let Some(instruction) = asked(frame) {
                close(raw, instruction["reason"].as_str().unwrap());
            }
        });
        assert_eq!(
            (&*verdict.section, verdict.code),
            (section, code),
            "{what}: {verdict:?}"
        );
        // It begins again, and may still be passed.
        assert!(close_both_ways(&server, name).passed, "{what}");
        assert_eq!(listed(&server, name, 6)["attempts"], 2);
    }
}
