//! `GET /api/refused`: the handshakes that were refused, for those who made them.

use serde_json::Value;

use crate::harness::{Chat, Raw, Server, http};

/// What the server kept for this token.
#[track_caller]
fn kept(server: &Server, token: &str) -> Vec<Value> {
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let answer = http(server.addr, "GET", "/api/refused", &bearer, "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["refused"].as_array().unwrap().clone()
}

fn offer(token: &str) -> String {
    format!("Sec-WebSocket-Protocol: chat.v1, bearer.{token}\r\n")
}

#[test]
fn a_refused_handshake_is_shown_to_its_own_token_and_without_the_signature() {
    let server = Server::start("[limits]\nconnections = 1\n");
    let ann = server.token("Ann", "member");
    let bob = server.token("Bob", "member");
    let _first = Chat::connect(server.addr, &ann);
    let mut refused = Raw::connect(server.addr);
    refused.send(
        format!(
            "GET /ws HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
            server.addr,
            offer(&bob)
        )
        .as_bytes(),
    );
    assert_eq!(refused.read_response().status, 503);
    let own = kept(&server, &bob);
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!(own[0]["handshake"]["status"], 503);
    assert_eq!(
        own[0]["handshake"]["request"]["lines"][0],
        "GET /ws HTTP/1.1"
    );
    assert_eq!(own[0]["handshake"]["token"]["claims"]["name"], "Bob");
    assert!(
        own[0]["body"].as_str().unwrap().contains("\"full\""),
        "{own:?}"
    );
    assert_eq!(own[0]["close"], Value::Null);
    let signature = bob.rsplit('.').next().unwrap();
    assert!(!own[0].to_string().contains(signature));

    // Nobody else sees it: not those with another token, and not the same claims with another signature.
    assert!(kept(&server, &ann).is_empty());
    assert!(kept(&server, &server.token("Ms Lin", "host")).is_empty());
    assert!(kept(&server, bob.trim_end_matches(signature)).is_empty());
    assert_eq!(http(server.addr, "GET", "/api/refused", "", "").status, 401);
}

#[test]
fn a_close_behind_the_101_is_shown_even_though_the_token_is_void() {
    let server = Server::start("");
    let token = server.token("Ann", "member");
    let broken = format!("{}AAAA", &token[..token.len() - 4]);
    Raw::upgrade(server.addr, "/ws", &offer(&broken)).expect_close(1008);
    let own = kept(&server, &broken);
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!(own[0]["handshake"]["status"], 101);
    assert_eq!(own[0]["close"]["control"]["code"], 1008);
    assert!(kept(&server, &token).is_empty());

    let off = Server::start("[lens]\nenabled = false\n");
    Raw::upgrade(off.addr, "/ws", &offer(&broken)).expect_close(1008);
    let bearer = format!("Authorization: Bearer {broken}\r\n");
    assert_eq!(
        http(off.addr, "GET", "/api/refused", &bearer, "").status,
        404
    );
}
