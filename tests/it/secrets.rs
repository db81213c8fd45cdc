//! Confidentiality: the secret, tokens, and messages.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::harness::{CLASS_CODE, Chat, Guest, Raw, Server, http, output};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn secrets_tokens_and_messages_are_never_logged() {
    let server = Server::start("[log]\nlevel = \"trace\"\n");
    let link = String::from_utf8(output(&mut server.command("link")).stdout).unwrap();
    let ticket = link
        .lines()
        .next()
        .unwrap()
        .split_once("#host=")
        .unwrap()
        .1
        .to_owned();
    let body = json!({"ticket": ticket, "name": "Ms Lin"}).to_string();
    let host = http(server.addr, "POST", "/api/host", "", &body).json();
    let host_token = host["token"].as_str().unwrap().to_owned();
    let mut host = Chat::connect(server.addr, &host_token);
    let guest = Guest::join(&server, "Ada", Some("device-of-ada"));
    let mut ada = guest.connect(&server);
    ada.granted(json!({"type": "send", "room": "lobby", "text": "spoken aloud"}));
    ada.granted(json!({"type": "whisper", "to": host.id, "text": "said in private"}));
    ada.refused(json!({"type": "auth", "token": host_token}), "unauthorized");
    ada.raw.send_text("{\"type\":\"broken in the middle");
    assert_eq!(ada.expect("error")["code"], "bad_message");
    host.granted(json!({"type": "moderate", "action": "kick", "user": ada.id,
                        "reason": "between us"}));
    ada.expect_close(4500);
    Guest::try_join(&server, "Eve", Some(&guest.device), "WRONG7");
    let query = format!("/ws?token={}", guest.token);
    Raw::upgrade(server.addr, &query, "").expect_close(1008);
    let forged = format!("{}x", guest.token);
    let bearer = format!("Authorization: Bearer {forged}\r\n");
    Raw::upgrade(server.addr, "/ws", &bearer).expect_close(1008);
    let protocol = format!("Sec-WebSocket-Protocol: chat.v1, bearer.{forged}\r\n");
    Raw::upgrade(server.addr, "/ws", &protocol).expect_close(1008);
    http(server.addr, "GET", "/nowhere?code=GHKM23", "", "");
    server.logged("unauthorized");

    let log = server.log();
    assert!(log.contains("[DEBUG]"), "nothing was logged: {log}");
    let signature = |token: &str| token.rsplit_once('.').unwrap().1.to_owned();
    for (what, words) in [
        ("the secret", server.secret()),
        ("a token", signature(&guest.token)),
        ("a host's token", signature(&host_token)),
        ("the ticket", ticket),
        ("the class code", CLASS_CODE.into()),
        ("a wrong code", "WRONG7".into()),
        ("the device", "device-of-ada".into()),
        ("a message", "spoken".into()),
        ("a whisper", "private".into()),
        ("what was not understood", "broken in".into()),
        ("a reason", "between us".into()),
    ] {
        assert!(!log.contains(&words), "{what} is in the log:\n{log}");
    }
}

#[test]
fn files_on_the_disk_are_readable_by_their_owner_only() {
    let mut server = Server::start("");
    assert_eq!(mode(&server.data()), 0o700);
    for file in fs::read_dir(server.data()).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(
            mode(&path) & 0o077,
            0,
            "{} is for others too",
            path.display()
        );
    }
    let secret = server.data().join("secret");
    let text = fs::read_to_string(&secret).unwrap();
    let digits = text.strip_suffix('\n').unwrap();
    assert!(digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()));

    server.stop();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    server.start_again();
    let said = server.log();
    let warning = said.lines().find(|line| line.contains("chmod 600"));
    let warning = warning.unwrap_or_else(|| panic!("no warning in {said}"));
    assert!(
        warning.contains("644") && warning.contains("[WARN]"),
        "{warning}"
    );
    assert_eq!(fs::read_to_string(&secret).unwrap(), text, "another secret");
}

#[test]
fn an_unusable_secret_stops_the_start_with_an_explanation() {
    let mut server = Server::start("");
    server.stop();
    let secret = server.data().join("secret");
    fs::write(&secret, "short\n").unwrap();
    let output = output(server.command("serve").args(["--listen", "127.0.0.1:0"]));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(secret.to_str().unwrap()), "{said}");
    assert_eq!(
        fs::read_to_string(&secret).unwrap(),
        "short\n",
        "overwritten"
    );
}

#[test]
fn the_secret_can_be_changed_without_invalidating_tokens() {
    let mut server = Server::start("[auth]\nprevious_secret_file = \"\"\n");
    let old = server.token("Ada", "member");
    server.stop();
    // As `chat.toml` says: move the file, name it, start.
    let moved = server.data().join("secret.old");
    fs::rename(server.data().join("secret"), &moved).unwrap();
    let config = format!(
        "[auth]\nprevious_secret_file = {:?}\n",
        moved.to_str().unwrap()
    );
    server.configure(&config);
    server.start_again();
    assert_ne!(old, server.token("Ada", "member"));
    Chat::connect(server.addr, &old).expect("joined");
    Chat::member(&server, "Bob");
    server.stop();
    server.configure("");
    server.start_again();
    let bearer = format!("Authorization: Bearer {old}\r\n");
    Raw::upgrade(server.addr, "/ws", &bearer).expect_close(1008);
}
