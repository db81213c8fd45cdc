//! Tokens for `/ws`: which are valid, how clients may send them, and how bad ones are refused.

use serde_json::json;

use crate::harness::{CLASS_CODE, Chat, Raw, Server, http, now, sign};

/// The header lines of a request for `/ws` besides `Host` and a token.
const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Tokens that must be refused, with the reason.
fn bad_tokens(server: &Server) -> Vec<(&'static str, String)> {
    let claims = json!({"sub": "eve", "name": "Eve", "role": "host", "exp": now() + 3600});
    let hs256 = json!({"alg": "HS256", "typ": "JWT"});
    let good = server.token("Eve", "member");
    let unsigned = good.rsplit_once('.').unwrap().0;
    let none = sign("", &json!({"alg": "none"}), &claims);
    vec![
        (
            "expired",
            server.token_with("Eve", "member", json!({"exp": now() - 1})),
        ),
        (
            "not yet valid",
            server.token_with("Eve", "member", json!({"nbf": now() + 600})),
        ),
        (
            "without exp",
            server.token_with("Eve", "member", json!({"exp": null})),
        ),
        (
            "without sub",
            server.token_with("Eve", "member", json!({"sub": null})),
        ),
        (
            "without name",
            server.token_with("Eve", "member", json!({"name": null})),
        ),
        (
            "with an unknown role",
            server.token_with("Eve", "emperor", json!({})),
        ),
        (
            "signed with another secret",
            sign(&"ab".repeat(32), &hs256, &claims),
        ),
        (
            "with another algorithm's name",
            sign(&server.secret(), &json!({"alg": "HS512"}), &claims),
        ),
        (
            "with alg none",
            none.rsplit_once('.').unwrap().0.to_owned() + ".",
        ),
        ("without its signature", format!("{unsigned}.")),
        ("not a token at all", "x.y.z".to_owned()),
    ]
}

#[test]
fn the_close_and_the_session_endpoint_say_why_a_token_is_bad() {
    let server = Server::start("");
    for (name, token) in bad_tokens(&server) {
        println!("a token {name}");
        let bearer = format!("Authorization: Bearer {token}\r\n");
        let reason = Raw::upgrade(server.addr, "/ws", &bearer).expect_close(1008);
        assert!(reason.starts_with("Unauthorized: "), "{name}: {reason}");
        let session = http(server.addr, "GET", "/api/session", &bearer, "");
        assert_eq!(session.status, 401, "{name}: {}", session.text());
        let slug = session.json()["error"].as_str().unwrap().to_owned();
        assert!(slug.starts_with("token_"), "{name}: {slug}");
    }
}

#[test]
fn a_token_anywhere_else_is_refused_like_no_token() {
    let server = Server::start("");
    let token = server.token("Eve", "member");
    // In a query string it would end up in logs.
    for path in [
        "/ws",
        &format!("/ws?token={token}"),
        &format!("/ws?access_token={token}"),
    ] {
        let reason = Raw::upgrade(server.addr, path, "").expect_close(1008);
        assert!(reason.starts_with("Unauthorized: "), "{path}: {reason}");
    }
    assert!(!server.log().contains(&token), "the token is in the log");
}

#[test]
fn a_token_as_a_subprotocol_is_accepted_and_not_echoed() {
    let server = Server::start("");
    let token = server.token("Ada", "member");
    let mut raw = Raw::connect(server.addr);
    let carrier = format!("Sec-WebSocket-Protocol: chat.v1, bearer.{token}\r\n");
    raw.send(
        format!(
            "GET /ws HTTP/1.1\r\nHost: {}\r\n{UPGRADE}{carrier}\r\n",
            server.addr
        )
        .as_bytes(),
    );
    let response = raw.read_response();
    assert_eq!(response.status, 101, "{}", response.text());
    assert_eq!(response.header("Sec-WebSocket-Protocol"), Some("chat.v1"));
    assert_eq!(raw.read_json()["you"]["name"], "Ada");
}

#[test]
fn a_page_of_another_origin_is_refused_before_any_upgrade() {
    let server = Server::start("");
    let ask = |origin: &str| {
        let token = server.token("Ada", "member");
        let bearer = format!("Authorization: Bearer {token}\r\nOrigin: {origin}\r\n");
        http(server.addr, "GET", "/ws", &format!("{UPGRADE}{bearer}"), "").status
    };
    assert_eq!(ask(&server.url("http", "")), 101);
    assert_eq!(ask("http://evil.example"), 403);
    assert_eq!(ask("null"), 403);
}

#[test]
fn two_tokens_in_one_request_are_a_bad_request() {
    let server = Server::start("");
    let token = server.token("Ada", "member");
    let carriers = format!(
        "Authorization: Bearer {token}\r\nSec-WebSocket-Protocol: chat.v1, bearer.{token}\r\n"
    );
    let response = http(
        server.addr,
        "GET",
        "/ws",
        &format!("{UPGRADE}{carriers}"),
        "",
    );
    assert_eq!(response.status, 400, "{}", response.text());
}

/// Browsers send the password of a proxy with every request.
#[test]
fn a_proxy_password_is_not_taken_for_a_token() {
    let server = Server::start("");
    let token = server.token("Ada", "member");
    let basic = "Authorization: Basic dXNlcjpwYXNz\r\n";
    let carriers = format!("{basic}Sec-WebSocket-Protocol: chat.v1, bearer.{token}\r\n");
    let mut raw = Raw::upgrade(server.addr, "/ws", &carriers);
    assert_eq!(raw.read_json()["you"]["name"], "Ada");
    let session = http(server.addr, "GET", "/api/session", basic, "");
    assert_eq!(session.status, 401, "{}", session.text());
    assert_eq!(session.json()["error"], "token_missing");
}

#[test]
fn the_class_code_gives_a_token_and_a_wrong_code_gives_none() {
    let server = Server::start("");
    let join =
        |body: serde_json::Value| http(server.addr, "POST", "/api/join", "", &body.to_string());
    let joined = join(json!({"name": "Ada", "code": CLASS_CODE}));
    assert_eq!(joined.status, 201, "{}", joined.text());
    let joined = joined.json();
    let mut ada = Chat::connect(server.addr, joined["token"].as_str().unwrap());
    assert_eq!(ada.id, joined["user"]["id"].as_str().unwrap());
    assert_eq!(ada.expect("welcome")["you"]["role"], "member");
    assert_eq!(join(json!({"name": "Eve", "code": "XXXXXX"})).status, 403);
    assert_eq!(join(json!({"name": "", "code": CLASS_CODE})).status, 400);
}

#[test]
fn a_token_from_the_command_line_works_too() {
    let server = Server::start("");
    let args = ["--name", "Ms Lin", "--role", "host", "--ttl", "1h"];
    let output = server.command("token").args(args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let token = String::from_utf8(output.stdout).unwrap();
    let mut host = Chat::connect(server.addr, token.trim());
    assert_eq!(host.expect("welcome")["you"]["role"], "host");

    let mut ada = Chat::member(&server, "Ada");
    let user = ada.id.clone();
    host.send(json!({"type": "moderate", "action": "kick", "user": user, "ref": "1"}));
    host.expect("ack");
    ada.expect_close(4500);
}
