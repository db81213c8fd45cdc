//! Clients that are not ours: Python `websockets`, Node `ws`, and curl.
//!
//! A server that works only with its own clients proves nothing. Each of these clients sends its
//! token in every supported way, chats, and closes in both directions.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{CLASS_CODE, Chat, Server};

/// A client's language, and the command that runs its script.
struct Client {
    name: &'static str,
    command: Command,
}

fn python() -> Option<Client> {
    let python = need(tools::python_websockets(), "Python websockets", INSTALL)?;
    let mut command = Command::new(python);
    command.arg(tools::script("client.py"));
    Some(Client {
        name: "python",
        command,
    })
}

fn node() -> Option<Client> {
    let mut command = need(tools::node_ws(), "Node ws", INSTALL)?;
    command.arg(tools::script("client.cjs"));
    Some(Client {
        name: "node",
        command,
    })
}

/// How a client sends its token, and the subprotocol that it then gets.
const CARRIERS: [(&str, Option<&str>); 3] = [
    ("header", Some("chat.v1")),
    ("bare", None),
    ("protocol", Some("chat.v1")),
];

/// Lets the client chat with a host who is connected already. A `kick` ends it, otherwise it leaves.
#[track_caller]
fn talk(client: &mut Client, carrier: &str, kick: bool) -> Value {
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let name = client.name;
    let ending = if kick { "stay" } else { "leave" };
    let child = client
        .command
        .args([&server.url("ws", "/ws"), carrier, ending])
        .env("TOKEN", server.token(name, "member"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();

    let message = host.expect("message");
    assert_eq!(message["text"], format!("hello from {name}"));
    let room = message["room"].as_str().unwrap();
    host.say(room, &format!("hello {name}"), "back");
    assert_eq!(host.expect("ack")["ref"], "back");
    if kick {
        let user = &message["from"]["id"];
        host.send(json!({"type": "moderate", "action": "kick", "user": user,
                         "reason": "a test", "ref": "kick"}));
        assert_eq!(host.expect("ack")["ref"], "kick");
    }

    let saw = report(&child.wait_with_output().unwrap());
    assert_eq!(saw["welcome"]["you"]["name"], name, "{saw}");
    assert_eq!(saw["ack"]["seq"], message["seq"], "{saw}");
    assert_eq!(saw["heard"]["from"]["id"], host.id, "{saw}");
    // A kicked client may be gone before its pong arrives.
    assert!(kick || saw["pong"] == true, "{saw}");
    saw
}

/// The JSON object that a script printed.
#[track_caller]
fn report(output: &Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
}

#[track_caller]
fn talks_and_leaves_with_every_carrier(client: fn() -> Option<Client>) {
    for (carrier, subprotocol) in CARRIERS {
        let Some(mut client) = client() else { return };
        let saw = talk(&mut client, carrier, false);
        assert_eq!(saw["subprotocol"].as_str(), subprotocol, "{carrier}: {saw}");
        assert_eq!(saw["code"], 1000, "{carrier}: {saw}");
    }
}

#[track_caller]
fn sees_the_code_of_a_kick(client: fn() -> Option<Client>) {
    let Some(mut client) = client() else { return };
    let saw = talk(&mut client, "header", true);
    assert_eq!(saw["code"], 4500, "{saw}");
    assert_ne!(saw["reason"], "", "{saw}");
}

#[track_caller]
fn sees_the_reason_of_a_refusal(client: fn() -> Option<Client>) {
    let Some(mut client) = client() else { return };
    let server = Server::start("");
    let output = client
        .command
        .args([&server.url("ws", "/ws"), "none", "stay"])
        .output()
        .unwrap();
    let saw = report(&output);
    assert_eq!(
        (&saw["code"], &saw["welcome"]),
        (&json!(1008), &Value::Null),
        "{saw}"
    );
    assert!(
        saw["reason"]
            .as_str()
            .unwrap()
            .starts_with("Unauthorized: "),
        "{saw}"
    );
}

#[test]
fn python_websockets_chats_and_closes_however_it_sends_its_token() {
    talks_and_leaves_with_every_carrier(python);
}

#[test]
fn python_websockets_sees_the_code_of_a_kick() {
    sees_the_code_of_a_kick(python);
}

#[test]
fn python_websockets_sees_the_reason_of_a_refusal() {
    sees_the_reason_of_a_refusal(python);
}

#[test]
fn node_ws_chats_and_closes_however_it_sends_its_token() {
    talks_and_leaves_with_every_carrier(node);
}

#[test]
fn node_ws_sees_the_code_of_a_kick() {
    sees_the_code_of_a_kick(node);
}

#[test]
fn node_ws_sees_the_reason_of_a_refusal() {
    sees_the_reason_of_a_refusal(node);
}

/// `curl -i` with a deadline: status, head and body. `None` without curl.
#[track_caller]
fn curl(server: &Server, path: &str, args: &[&str]) -> Option<(u16, String)> {
    let curl = need(tools::on_path(&["curl"]), "curl", INSTALL)?;
    let output = Command::new(curl)
        .args([
            "--silent",
            "--show-error",
            "--include",
            "--max-time",
            "10",
            "--noproxy",
            "*",
        ])
        .args(args)
        .arg(server.url("http", path))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "curl {path}: {}: {stderr}",
        output.status
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let status = text.split(' ').nth(1).and_then(|s| s.parse().ok());
    Some((status.unwrap_or_else(|| panic!("{path}: {text}")), text))
}

#[test]
fn curl_gets_the_page_and_an_explanation_from_ws() {
    let server = Server::start("");
    let Some((status, page)) = curl(&server, "/", &[]) else {
        return;
    };
    assert_eq!(status, 200, "{page}");
    assert!(
        page.to_lowercase().contains("content-security-policy:"),
        "{page}"
    );
    let (status, _) = curl(&server, "/healthz", &[]).unwrap();
    assert_eq!(status, 200);
    for path in ["/ws", "/echo"] {
        let (status, text) = curl(&server, path, &[]).unwrap();
        assert_eq!(status, 426, "{path}: {text}");
        let head = text.to_lowercase();
        assert!(
            head.contains("\r\nupgrade: websocket\r\n"),
            "{path}: {text}"
        );
        assert!(
            head.contains("\r\nsec-websocket-version: 13\r\n"),
            "{path}: {text}"
        );
    }
    let (status, text) = curl(&server, "/nothing-here", &[]).unwrap();
    assert_eq!(status, 404, "{text}");
    let (status, text) = curl(&server, "/healthz", &["--request", "DELETE"]).unwrap();
    assert_eq!(status, 405, "{text}");
    assert!(text.to_lowercase().contains("\r\nallow: "), "{text}");
}

#[test]
fn curl_joins_with_the_class_code_and_asks_for_its_session() {
    let server = Server::start("");
    let json = ["--header", "Content-Type: application/json", "--data"];
    let body = json!({"name": "Ada", "code": CLASS_CODE}).to_string();
    let Some((status, text)) = curl(&server, "/api/join", &[&json[..], &[&body]].concat()) else {
        return;
    };
    assert_eq!(status, 201, "{text}");
    let answer = text.split_once("\r\n\r\n").unwrap().1;
    let answer: Value = serde_json::from_str(answer).unwrap();
    assert_eq!(answer["user"]["name"], "Ada", "{answer}");
    let token = answer["token"].as_str().unwrap();

    let bearer = format!("Authorization: Bearer {token}");
    let (status, text) = curl(&server, "/api/session", &["--header", &bearer]).unwrap();
    assert_eq!(status, 200, "{text}");
    let (status, text) = curl(&server, "/api/session", &[]).unwrap();
    assert_eq!(status, 401, "{text}");
    let body = json!({"name": "Eve", "code": "XXXXXX"}).to_string();
    let (status, text) = curl(&server, "/api/join", &[&json[..], &[&body]].concat()).unwrap();
    assert_eq!(status, 403, "{text}");
}
