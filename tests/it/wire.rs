//! RFC 6455 in bytes, against `/echo`: valid frames are echoed, invalid ones get their Close.
//! tungstenite sends none of these Close frames; the server does.

use crate::harness::{Frame, Raw, Server};

/// Where the length field changes its form (§5.2), and its neighbours.
const SIZES: [usize; 8] = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000];

fn echo(server: &Server) -> Raw {
    Raw::upgrade(server.addr, "/echo", "")
}

#[test]
fn messages_of_every_length_form_come_back_whole() {
    let server = Server::start("[lab]\nmax_message = \"1 MiB\"\n");
    let mut raw = echo(&server);
    for size in SIZES {
        for opcode in [Frame::TEXT, Frame::BINARY] {
            let frame = Frame::new(opcode, "x".repeat(size));
            raw.send_frame(&frame);
            let echoed = raw.read_frame();
            let head = echoed.payload.iter().take(40).collect::<Vec<_>>();
            assert!(
                echoed == frame.unmasked(),
                "{size} bytes: {} {head:?}",
                echoed.opcode
            );
        }
    }
}

#[test]
fn fragments_become_one_message_and_a_ping_between_them_is_answered_first() {
    let server = Server::start("");
    let mut raw = echo(&server);
    // The letter é is split between two fragments.
    raw.send_frame(&Frame::new(Frame::TEXT, *b"caf\xc3").not_final());
    raw.send_frame(&Frame::new(Frame::PING, "in between"));
    raw.send_frame(&Frame::new(Frame::CONTINUATION, *b"\xa9 ").not_final());
    raw.send_frame(&Frame::new(Frame::CONTINUATION, *b"noir"));
    assert_eq!(
        raw.read_frame(),
        Frame::new(Frame::PONG, "in between").unmasked()
    );
    assert_eq!(raw.read_frame(), Frame::text("café noir").unmasked());
}

#[test]
fn frames_that_arrive_byte_by_byte_are_understood() {
    let server = Server::start("");
    let mut raw = echo(&server);
    for byte in Frame::text(&"slow ".repeat(30)).encode() {
        raw.send(&[byte]);
    }
    assert_eq!(
        raw.read_frame(),
        Frame::text(&"slow ".repeat(30)).unmasked()
    );
}

/// The broken rule, the frames, and the code of the Close.
fn wrong_frames() -> Vec<(&'static str, Vec<Frame>, u16)> {
    let text = || Frame::text("hello");
    let begun = || Frame::text("hel").not_final();
    vec![
        (
            "§5.1 a client that does not mask",
            vec![text().unmasked()],
            1002,
        ),
        ("§5.2 RSV1 without an extension", vec![text().rsv(4)], 1002),
        ("§5.2 RSV2", vec![text().rsv(2)], 1002),
        ("§5.2 RSV3", vec![text().rsv(1)], 1002),
        ("§5.2 a reserved opcode", vec![Frame::new(3, "x")], 1002),
        (
            "§5.2 a reserved control opcode",
            vec![Frame::new(11, "x")],
            1002,
        ),
        (
            "§5.2 a length in 2 bytes that fits in 7 bits",
            vec![text().length_bytes(2)],
            1002,
        ),
        (
            "§5.2 a length in 8 bytes that fits in 7 bits",
            vec![text().length_bytes(8)],
            1002,
        ),
        (
            "§5.2 a length with its first bit set",
            vec![text().claiming(1 << 63)],
            1002,
        ),
        (
            "§5.4 a continuation of nothing",
            vec![Frame::new(Frame::CONTINUATION, "x")],
            1002,
        ),
        (
            "§5.4 a new message inside another",
            vec![begun(), text()],
            1002,
        ),
        (
            "§5.5 a fragmented ping",
            vec![Frame::new(Frame::PING, "x").not_final()],
            1002,
        ),
        (
            "§5.5 a ping of 126 bytes",
            vec![Frame::new(Frame::PING, [0; 126])],
            1002,
        ),
        (
            "§5.5.1 a Close of one byte",
            vec![Frame::new(Frame::CLOSE, [3])],
            1002,
        ),
        (
            "§7.4.1 1005 on the wire",
            vec![Frame::close(1005, "")],
            1002,
        ),
        (
            "§7.4.1 1006 on the wire",
            vec![Frame::close(1006, "")],
            1002,
        ),
        (
            "§7.4.2 a code below 1000",
            vec![Frame::close(999, "")],
            1002,
        ),
        (
            "§7.4.2 a code above 4999",
            vec![Frame::close(5000, "")],
            1002,
        ),
        (
            "§8.1 text that is not UTF-8",
            vec![Frame::new(Frame::TEXT, *b"\xff\xfe")],
            1007,
        ),
        (
            "§8.1 text that ends inside a letter",
            vec![Frame::new(Frame::TEXT, *b"caf\xc3")],
            1007,
        ),
        (
            "§8.1 a reason that is not UTF-8",
            vec![Frame::new(Frame::CLOSE, *b"\x03\xe8\xff")],
            1007,
        ),
        (
            "§10.4 a message above the limit",
            vec![Frame::new(Frame::BINARY, [0; 5000])],
            1009,
        ),
        (
            "§10.4 a frame that claims to be",
            vec![Frame::new(Frame::BINARY, "").claiming(1 << 40)],
            1009,
        ),
    ]
}

#[test]
fn a_violation_gets_its_close_code_and_then_the_end_of_tcp() {
    let server = Server::start("[lab]\nmax_message = \"4 KiB\"\n");
    for (name, frames, code) in wrong_frames() {
        println!("{name}"); // shown when an assertion inside fails
        let mut raw = echo(&server);
        for frame in &frames {
            raw.send_frame(frame);
        }
        raw.expect_close(code);
        raw.expect_eof();
    }
}

/// Dropping a socket with unread bytes sends RST, and the peer may never see the Close.
#[test]
fn the_close_arrives_even_while_the_client_goes_on_sending() {
    let server = Server::start("");
    let mut raw = echo(&server);
    raw.send_frame(&Frame::text("no mask").unmasked());
    for _ in 0..100 {
        raw.send_frame(&Frame::new(Frame::BINARY, [0; 4096]));
    }
    raw.expect_close(1002);
    raw.finish();
    raw.expect_eof();
}

#[test]
fn a_close_is_echoed_and_then_the_server_closes_tcp() {
    let server = Server::start("");
    for code in [1000, 1001, 3000, 4999] {
        let mut raw = echo(&server);
        raw.send_frame(&Frame::close(code, "bye"));
        raw.expect_close(code);
        raw.expect_eof();
    }
    let mut raw = echo(&server);
    raw.send_frame(&Frame::new(Frame::CLOSE, ""));
    raw.expect_close(1005);
    raw.expect_eof();
}

#[test]
fn the_first_of_two_mistakes_decides_however_the_bytes_are_cut() {
    let server = Server::start("");
    let not_utf8 = Frame::new(Frame::TEXT, *b"\xff").encode();
    let half_a_code = Frame::new(Frame::CLOSE, *b"\x03").encode();
    let wrong_headers = [
        Frame::new(3, *b"x"),
        Frame::text("x").rsv(4),
        Frame::text("x").unmasked(),
        Frame::text("x").length_bytes(8),
    ];
    for wrong in wrong_headers {
        let wrong = wrong.encode();
        for (first, code, words) in [(&not_utf8, 1007, "UTF-8"), (&half_a_code, 1002, "a Close")] {
            let both = [&first[..], &wrong].concat();
            for cuts in [both.len(), first.len(), 1] {
                let mut raw = echo(&server);
                for piece in both.chunks(cuts) {
                    // After its Close the server may hang up before the rest.
                    raw.try_send(piece);
                }
                let reason = raw.expect_close(code);
                assert!(reason.contains(words), "{reason}");
            }
        }
    }
}
