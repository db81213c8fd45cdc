//! The course's tasks: an honest client passes each, and a client with one fault fails with the
//! section that it broke.

mod bursts;
mod closing;
mod languages;
mod lecture_cases;
mod legal_cases;
mod page;
mod slow;
mod student;
mod wrong;

use serde_json::json;
use std::process::Command;

use crate::harness::tools::{self, need};
use crate::harness::{Random, Raw, Server, http, output};
use student::{KEYS, bearer, begin, close_both_ways, honest, knock, listed, play, rows};

#[test]
fn an_honest_client_passes_every_task_and_it_is_kept() {
    let mut server = Server::start("");
    let token = server.token("Ada", "member");
    let (raw, right) = knock(&server, 1, &token, KEYS[0]);
    assert!(!right, "the first accept key is wrong");
    drop(raw);
    let mut verdicts = Vec::new();
    let (mut raw, right) = knock(&server, 1, &token, KEYS[1]);
    assert!(right, "the second accept key is right");
    assert_eq!(raw.read_json()["part"], 2);
    verdicts.push(play(&mut raw, honest()));
    for task in 2..=5 {
        verdicts.push(play(&mut begin(&server, task, "Ada"), honest()));
    }
    verdicts.push(close_both_ways(&server, "Ada"));
    for (n, verdict) in verdicts.iter().enumerate() {
        assert!(verdict.passed && verdict.code == 1000, "{verdict:?}");
        let line = listed(&server, "Ada", n + 1);
        assert!(line["passed"].is_u64() && line["attempts"] == 1, "{line}");
        // The list has the same receipt.
        assert_eq!(line["receipt"].as_str(), verdict.receipt.as_deref());
    }
    let rows = rows(&server, 6);
    assert!(
        rows.iter().all(|row| row.starts_with("\"Ada\",")),
        "{rows:?}"
    );
    server.stop();
    server.start_again();
    let line = listed(&server, "Ada", 3);
    assert!(
        line["passed"].is_u64() && line["receipt"].is_string(),
        "{line}"
    );
}

#[test]
fn a_client_of_the_standard_library_alone_passes() {
    let Some(python) = need(tools::on_path(&["python3"]), "python3", "install Python 3") else {
        return;
    };
    let server = Server::start("");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/student.py");
    let mut command = Command::new(python);
    let address = server.addr.to_string();
    command.args([script, &address, "1", "2", "3", "4", "5", "6"]);
    let output = output(command.env("TOKEN", server.token("Ada", "member")));
    let (said, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{errors}");
}

#[test]
fn without_a_good_token_there_is_a_101_and_a_reason() {
    let server = Server::start("");
    let old = server.token_with("Ada", "member", json!({"lesson": 99}));
    let expired = server.token_with("Ada", "member", json!({"exp": 1000}));
    for (token, slug) in [
        (None, "missing"),
        (Some("x.y.z".to_owned()), "malformed"),
        (Some(server.token("Ada", "member") + "x"), "forged"),
        (Some(expired), "expired"),
        (Some(old), "old_lesson"),
    ] {
        let headers = token.map(|token| bearer(&token)).unwrap_or_default();
        let reason = Raw::upgrade(server.addr, "/task/2", &headers).expect_close(1008);
        assert!(
            reason.starts_with(&format!("Unauthorized: {slug}")),
            "{reason}"
        );
    }
    // The other carrier.
    let protocol = format!(
        "Sec-WebSocket-Protocol: bearer.{}\r\n",
        server.token("Ada", "member")
    );
    let mut raw = Raw::upgrade(server.addr, "/task/2", &protocol);
    assert_eq!(raw.read_json()["task"], 2);
}

#[test]
fn what_is_no_exam_is_refused_in_http() {
    let server = Server::start("");
    let token = bearer(&server.token("Ada", "member"));
    let get = |path: &str, headers: &str| {
        let response = http(server.addr, "GET", path, headers, "");
        (
            response.status,
            response.json()["error"].as_str().map(str::to_owned),
        )
    };
    let is = |status, slug: &str| (status, Some(slug.to_owned()));
    assert_eq!(get("/task/1", &token), is(426, "no_upgrade"));
    for path in ["/task/7", "/task/0", "/task/1/"] {
        assert_eq!(get(path, &token), is(404, "not_found"), "{path}");
    }
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let foreign = format!("{upgrade}{token}Origin: http://elsewhere.example\r\n");
    assert_eq!(get("/task/1", &foreign).0, 403);
    let two = format!("{upgrade}{token}Sec-WebSocket-Protocol: bearer.x\r\n");
    assert_eq!(get("/task/1", &two), is(400, "two_tokens"));
    assert_eq!(get("/api/tasks", ""), is(401, "token_missing"));
    assert_eq!(get("/api/tasks.csv", &token), is(403, "hosts_only"));

    let closed = Server::start("[lab]\nenabled = false\n");
    let token = bearer(&closed.token("Ada", "member"));
    for (path, headers) in [
        ("/task/1", format!("{upgrade}{token}")),
        ("/api/tasks", token.clone()),
    ] {
        assert_eq!(
            http(closed.addr, "GET", path, &headers, "").status,
            404,
            "{path}"
        );
    }
}

#[test]
fn a_loop_of_exams_is_told_to_wait_and_others_are_not() {
    let server = Server::start("");
    let token = bearer(&server.token("Ada", "member"));
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let refused = (0..60).find_map(|_| {
        let response = http(
            server.addr,
            "GET",
            "/task/2",
            &format!("{upgrade}{token}"),
            "",
        );
        (response.status == 429).then_some(response)
    });
    let refused = refused.expect("nobody begins sixty exams at once");
    assert_eq!(refused.json()["error"], "too_many_exams");
    assert!(refused.header("Retry-After").is_some());
    assert!(play(&mut begin(&server, 2, "Bob"), honest()).passed);
}

#[test]
fn a_server_that_stops_says_so_in_the_middle_of_an_exam() {
    let mut server = Server::start("");
    let mut raw = begin(&server, 2, "Ada");
    server.ask_to_stop();
    let reason = raw.expect_close(1001);
    assert!(reason.starts_with("going_away"), "{reason}");
    drop(raw);
    assert!(server.wait().success());
}

#[test]
fn a_receipt_is_checked_by_hosts_and_opens_nothing() {
    let server = Server::start("");
    let verdict = play(&mut begin(&server, 4, "Ada"), honest());
    let receipt = verdict.receipt.expect("a receipt");
    let token = server.token("Ada", "member");
    let check = |role, receipt: &str| {
        let headers = bearer(&server.token("Ms Lin", role));
        let path = format!("/api/tasks?receipt={receipt}");
        let response = http(server.addr, "GET", &path, &headers, "");
        (response.status, response.json())
    };
    let (status, said) = check("host", &receipt);
    assert_eq!(status, 200, "{said}");
    assert_eq!((&said["name"], &said["task"]), (&json!("Ada"), &json!(4)));
    assert_eq!(check("member", &receipt).0, 403);
    for wrong in [&token, "", "x", &receipt[1..]] {
        let (status, said) = check("host", wrong);
        assert_eq!(
            (status, &said["error"]),
            (400, &json!("bad_receipt")),
            "{wrong}"
        );
    }
    let headers = bearer(&receipt);
    assert_eq!(
        http(server.addr, "GET", "/api/session", &headers, "").status,
        401
    );
    let reason = Raw::upgrade(server.addr, "/ws", &headers).expect_close(1008);
    assert_eq!(reason, "Unauthorized: forged");
}

#[test]
fn what_was_passed_is_forgotten_with_the_person() {
    let server = Server::start("");
    for name in ["Ada", "Bob"] {
        assert!(play(&mut begin(&server, 2, name), honest()).passed);
    }
    assert_eq!(rows(&server, 2).len(), 2);
    let export = output(server.command("export").arg("tasks.csv"));
    assert_eq!(String::from_utf8_lossy(&export.stdout).lines().count(), 3);
    let forgot = output(server.command("forget").arg("Ada"));
    let said = String::from_utf8_lossy(&forgot.stdout);
    assert!(said.contains("forgot Ada"), "{said}");
    let left = rows(&server, 1);
    assert!(left[0].starts_with("\"Bob\""), "{left:?}");
    let line = listed(&server, "Ada", 2);
    assert!(line["passed"].is_null() && line["last"].is_null(), "{line}");
}

#[test]
fn without_a_store_there_is_a_receipt_and_no_list() {
    let server = Server::start("[history]\npath = \"\"\n");
    assert!(
        play(&mut begin(&server, 2, "Ada"), honest())
            .receipt
            .is_some()
    );
    assert!(listed(&server, "Ada", 2)["passed"].is_u64());
    let host = bearer(&server.token("Ms Lin", "host"));
    let response = http(server.addr, "GET", "/api/tasks.csv", &host, "");
    assert_eq!(
        (response.status, &response.json()["error"]),
        (404, &json!("nothing_stored"))
    );
}

#[test]
fn random_bytes_hurt_nobody() {
    let server = Server::start("");
    let mut random = Random::new(20);
    for round in 0..120 {
        let task = 2 + (round % 5) as u8;
        let mut raw = begin(&server, task, &format!("Noise {}", round / 20));
        let mut bytes = vec![0; 1 + random.below(200)];
        bytes.fill_with(|| random.below(256) as u8);
        if round % 3 == 0 {
            // A correct header, so that the noise gets further.
            bytes[0] = 0x81;
            bytes.splice(1..1, [0x80 | 5, 0, 0, 0, 0]);
        }
        raw.try_send(&bytes);
        raw.finish();
        raw.read_to_the_end();
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
    assert!(play(&mut begin(&server, 2, "Ada"), honest()).passed);
}
