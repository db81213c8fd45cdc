//! What goes on with a token outside the chat when its holder is revoked.

use super::*;
use crate::harness::{PATIENCE, UNPACED, audit_text};
use rustix::net::sockopt::set_socket_recv_buffer_size;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Messages of 4,000 letters: more than the sockets hold between a server and a slow reader.
const MESSAGES: usize = 1500;

#[test]
fn the_demo_identity_of_a_host_is_void_with_the_host() {
    let server = Server::start("");
    let token = server.token("Lin", "host");
    let made = http(server.addr, "POST", "/api/demo", &bearer(&token), "");
    let demo = made.json()["token"].as_str().unwrap().to_owned();
    let mut chat = Chat::connect(server.addr, &demo);
    revoked(&server, &["test:Lin"]);
    assert_eq!(chat.expect_close(1008), "Unauthorized: revoked");
    assert_void(&server, &demo);
}

#[test]
fn a_protocol_view_and_an_exam_end_with_the_revocation() {
    let server = Server::start("");
    let (lin, bo) = (server.token("Lin", "host"), server.token("Bo", "host"));
    let made = http(server.addr, "POST", "/api/demo", &bearer(&bo), "");
    let demo = made.json()["token"].as_str().unwrap().to_owned();
    let mut demo = Chat::connect(server.addr, &demo);
    let connection = demo.expect("welcome")["connection"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/lens?connection={connection}");
    let mut view = Raw::upgrade(server.addr, &path, &bearer(&lin));
    view.read_frame();
    let mut exam = Raw::upgrade(server.addr, "/task/4", &bearer(&lin));
    exam.read_frame();
    let said = revoked(&server, &["test:Lin"]);
    assert!(said.contains("2 connections"), "{said}");
    assert_eq!(
        (view.read_to_the_end(), exam.read_to_the_end()),
        (None, None)
    );
    demo.granted(json!({"type": "send", "room": "lobby", "text": "not concerned"}));
}

#[test]
fn a_download_that_is_running_ends_before_its_end() {
    let server = Server::start(UNPACED);
    let mut bo = Chat::person(&server, "Bo", "host");
    let text = "x".repeat(4000);
    for _ in 0..MESSAGES {
        bo.granted(json!({"type": "send", "room": "lobby", "text": text}));
    }
    let token = server.token("Lin", "host");
    let mut slow = TcpStream::connect(server.addr).unwrap();
    set_socket_recv_buffer_size(&slow, 4096).unwrap();
    slow.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!(
        "GET /api/transcript.txt HTTP/1.1\r\nHost: {}\r\n{}\r\n",
        server.addr,
        bearer(&token)
    );
    slow.write_all(request.as_bytes()).unwrap();
    slow.read_exact(&mut [0; 1000]).unwrap();
    let said = revoked(&server, &["test:Lin"]);
    assert!(said.contains("1 connection "), "{said}");
    let mut bytes = Vec::new();
    // A reset or an end, and less than the whole either way.
    let _ = slow.read_to_end(&mut bytes);
    assert!(bytes.len() < MESSAGES * 4000, "{} bytes came", bytes.len());
    server.logged("a download ended early");
}

#[test]
fn a_list_that_cannot_be_written_is_an_error_that_says_so_and_is_written_when_asked_again() {
    let mut server = Server::start("");
    let token = server.token("Lin", "host");
    let mut chat = Chat::connect(server.addr, &token);
    // The new list is written under this name first.
    let obstacle = server.data().join("revoked.new");
    std::fs::create_dir(&obstacle).unwrap();
    let failed = revoke(&server, &["--sub", "test:Lin"]);
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    // All the same they are out.
    assert_eq!(chat.expect_close(1008), "Unauthorized: revoked");
    assert_void(&server, &token);
    std::fs::remove_dir(&obstacle).unwrap();
    revoked(&server, &["test:Lin"]);
    server.stop();
    let log = audit_text(&server);
    let noted: Vec<&str> = log
        .lines()
        .filter(|row| row.contains("\"revoke\""))
        .collect();
    assert_eq!(noted.len(), 2, "{log}");
    assert!(noted[0].contains("until the server stops"), "{log}");
    assert!(!noted[1].contains("until the server stops"), "{log}");
    server.start_again();
    assert_void(&server, &token);
}

#[cfg(feature = "full")]
#[test]
fn a_damaged_history_keeps_nobody_from_being_revoked() {
    let mut server = Server::start("");
    let mut ann = Chat::person(&server, "Ann", "host");
    ann.granted(json!({"type": "send", "room": "lobby", "text": "stored"}));
    let history = server.data().join("history.db");
    fs::write(&history, vec![7; 90_000]).unwrap();
    // Whoever is here is known without it, by name as well.
    revoked(&server, &["Ann"]);
    ann.expect_close(1008);
    let header = json!({"alg": "HS256"});
    let claims = json!({"sub": "away", "name": "Away", "exp": now() + 60});
    let token = sign(&server.secret(), &header, &claims);
    assert_eq!(session(&server, &token).0, 200);
    let failed = revoke(&server, &["Somebody else"]);
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(said.contains("glassroom check --data"), "{said}");
    revoked(&server, &["--sub", "away"]);
    assert_void(&server, &token);
    server.stop();
    fs::write(&history, vec![7; 90_000]).unwrap();
    revoked(&server, &["--sub", "gone"]);
}
