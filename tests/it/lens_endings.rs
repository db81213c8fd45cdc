//! `/lens`: who ended TCP, as it was and not as it looks to a reader.

use serde_json::{Value, json};
use std::time::Duration;

use crate::harness::{Chat, Server};
use crate::lens::{Glass, watched};

/// Everything that the glass tells until the end.
fn rest(glass: &mut Glass) -> Vec<Value> {
    let mut seen = Vec::new();
    glass.until(|event| {
        seen.push(event.clone());
        event["type"] == "ended"
    });
    seen
}

fn steps(events: &[Value]) -> Vec<(&str, &str)> {
    let steps = events.iter().filter(|event| event["type"] == "close");
    steps
        .map(|event| {
            (
                event["step"].as_str().unwrap(),
                event["by"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_client_that_never_ended_tcp_is_not_said_to_have_done_so() {
    let server = Server::start("");
    let (mut ann, mut glass, _) = watched(&server, "Ann", "member");
    // Half a frame, so that there is something to cut off.
    ann.raw.send(&[0x81, 0x85, 1, 2, 3, 4, b'x']);
    glass.until(|event| event["type"] == "call" && event["from"] == "client");
    glass.order(json!({"type": "do", "what": "hang_up"}));
    let events = rest(&mut glass);
    assert_eq!(steps(&events), [("fin", "server")], "{events:?}");
    let cut = events.iter().find(|event| event["type"] == "frame");
    assert_eq!(cut.expect("a cut frame")["extent"], "payload_cut");
}

#[test]
fn a_client_that_ends_tcp_is_said_to_have_done_so() {
    let server = Server::start("");
    let (mut ann, mut glass, _) = watched(&server, "Ann", "member");
    ann.raw.finish();
    let events = rest(&mut glass);
    assert_eq!(steps(&events)[0], ("fin", "client"), "{events:?}");
}

#[test]
fn a_client_that_ignores_the_close_is_not_said_to_have_ended_tcp() {
    let server = Server::start("");
    let (ann, mut glass, _) = watched(&server, "Ann", "member");
    glass.wait_up_to(Duration::from_secs(20));
    glass.order(json!({"type": "do", "what": "close", "code": 4321, "reason": "bye"}));
    let events = rest(&mut glass);
    assert_eq!(steps(&events), [("began", "server"), ("fin", "server")]);
    let summary = &events.last().unwrap()["summary"];
    assert_eq!(summary["server_sees"], 1006, "{summary}");
    let _: &Chat = &ann; // it stayed open until here
}
