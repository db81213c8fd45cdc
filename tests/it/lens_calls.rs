//! `/lens`: what one read of the server brought, and what one write carried.

use serde_json::{Value, json};

use crate::harness::{Frame, Server};
use crate::lens::watched;

/// Where a frame begins in its stream, and how many bytes it has.
fn extent(frame: &Value) -> (u64, u64) {
    let number = |name: &str| frame[name].as_u64().unwrap();
    let bytes = number("header_bytes") + number("payload_bytes");
    (number("offset"), bytes)
}

#[test]
fn a_read_brings_several_frames_or_a_part_of_one_and_so_does_a_write() {
    let server = Server::start("");
    let (mut ann, mut glass, _) = watched(&server, "Ann", "member");
    let ping = |words: &[u8]| Frame::new(Frame::PING, words).encode();
    let (one, two, three) = (ping(b"one"), ping(b"two"), ping(b"three"));
    let (half, rest) = three.split_at(4);
    ann.raw.send(&[&one[..], &two, half].concat());
    let call = glass.until(|e| e["type"] == "call" && e["from"] == "client");
    assert_eq!(call["what"], "read");
    assert_eq!((&call["number"], &call["offset"]), (&json!(1), &json!(0)));
    let bytes = (one.len() + two.len() + half.len()) as u64;
    assert_eq!(call["bytes"], bytes, "{call}");
    // The call is told before the frames that its bytes complete.
    assert_eq!(extent(&glass.frame("client", "ping")), (0, 9));
    assert_eq!(extent(&glass.frame("client", "ping")), (9, 9));
    ann.raw.send(rest);
    let call = glass.until(|e| e["type"] == "call" && e["from"] == "client");
    assert_eq!(
        (&call["number"], &call["offset"]),
        (&json!(2), &json!(bytes))
    );
    assert_eq!(call["bytes"], rest.len() as u64);
    assert_eq!(extent(&glass.frame("client", "ping")), (18, 11));

    // The three fragments and the Ping between them are one write.
    glass.order(json!({"type": "do", "what": "fragment"}));
    glass.expect("done");
    ann.say("lobby", "in pieces, please", "r1");
    let (mut write, mut inside) = (Value::Null, 0);
    let last = glass.until(|e| {
        if e["type"] == "call" && e["from"] == "server" {
            (write, inside) = (e.clone(), 0);
        }
        let frame = e["type"] == "frame" && e["from"] == "server";
        inside += u64::from(frame);
        frame && e["message"]["fragments"] == 3
    });
    assert_eq!((&write["what"], inside), (&json!("write"), 4), "{write}");
    let (offset, length) = extent(&last);
    let end = write["offset"].as_u64().unwrap() + write["bytes"].as_u64().unwrap();
    assert_eq!(end, offset + length, "{write} {last}");
}
