//! What a connection costs that has said something and is idle.

use serde_json::json;

use crate::harness::{Chat, Server};

/// Connections before the first measurement, so that what all share is there already.
const FIRST: usize = 50;
/// Connections whose memory is measured.
const MORE: usize = 200;
/// Most resident memory of one of them, in KiB. A static build needs 19, of which 4 are for the person and the
/// message, and 8 for the stack; a function that touches one page of the stack more makes it 23.
const MOST: usize = 20;

#[test]
fn a_connection_needs_no_more_than_twenty_kibibytes() {
    if std::env::var_os("GLASSROOM_BIN").is_none() {
        eprintln!(
            "left out: the memory of a connection, which GLASSROOM_BIN=RELEASE_BUILD measures"
        );
        return;
    }
    let server = Server::start("[limits]\nconnections_per_address = 0\nmessages_per_second = 0\n");
    let mut open: Vec<Chat> = (0..FIRST).map(|n| talker(&server, n)).collect();
    let before = resident(&server);
    open.extend((FIRST..FIRST + MORE).map(|n| talker(&server, n)));
    let each = resident(&server).saturating_sub(before) / MORE;
    assert!(each <= MOST, "{each} KiB each");
}

/// Somebody who came with a token, and whose message was read.
fn talker(server: &Server, n: usize) -> Chat {
    let mut chat = Chat::member(server, &format!("Student {n}"));
    chat.granted(json!({"type": "send", "room": "lobby", "text": "a \"question\""}));
    chat
}

/// The resident memory of the server, in KiB.
fn resident(server: &Server) -> usize {
    let path = format!("/proc/{}/status", server.pid());
    let status = std::fs::read_to_string(path).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().split_whitespace().next().unwrap();
    number.parse().unwrap()
}
