//! `glassroom status`, and what a supervisor asks: whether the server works, and what goes on in it.

use std::fs;
use std::process::Output;

use serde_json::{Value, json};

use crate::harness::{Chat, Server, http};

fn run(server: &Server, args: &[&str]) -> Output {
    server.command("status").args(args).output().unwrap()
}

#[track_caller]
fn status(server: &Server) -> Value {
    let output = run(server, &["--json"]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn people_rooms_lesson_store_and_backup_are_told_for_a_person_and_for_a_program() {
    let mut server = Server::start("[rooms]\nlist = [\"lobby\", \"lab\"]\n");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut bo = Chat::member(&server, "Bo");
    let _second_tab = Chat::member(&server, "Cy");
    bo.granted(json!({"type": "join", "room": "lab"}));
    host.granted(json!({"type": "send", "room": "lobby", "text": "Good morning"}));
    let told = status(&server);
    assert_eq!(told["people"], 3);
    assert_eq!(
        told["rooms"],
        json!([{"name": "lobby", "people": 3}, {"name": "lab", "people": 1}])
    );
    assert_eq!(told["lessons"][0]["lesson"], 1);
    assert_eq!(told["lessons"][0]["runs"], true);
    assert_eq!(told["store_failing"], false);
    if told["stored"] == true {
        assert!(told["store"]["bytes"].as_u64() > Some(0), "{told}");
        assert_eq!(told["backup"], Value::Null);
        let file = server.data().join("../monday.db");
        let backup = server.command("backup").arg(&file).output().unwrap();
        assert!(backup.status.success(), "{backup:?}");
        let file = fs::canonicalize(file).unwrap();
        assert_eq!(status(&server)["backup"]["file"], json!(file));
    }
    let text = String::from_utf8(run(&server, &[]).stdout).unwrap();
    let rows: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(text.contains("3; in the rooms: lobby 3, lab 1"), "{text}");
    assert!(text.contains("number 1 runs"), "{text}");
    for row in [
        "server",
        "people",
        "lesson",
        "connections",
        "queues",
        "store",
    ] {
        assert!(rows.contains(&row), "{row}: {text}");
    }
    host.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    bo.expect_close(4503);
    let text = String::from_utf8(run(&server, &[]).stdout).unwrap();
    assert!(text.contains("number 1 has ended"), "{text}");
    // Only commands on this machine may ask.
    let host = server.token("Ms Lin", "host");
    let bearer = format!("Authorization: Bearer {host}\r\n");
    let refused = http(server.addr, "GET", "/api/status", &bearer, "");
    assert_eq!(refused.json()["error"], "command_line_only");
    server.stop();
    let output = run(&server, &[]);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        words.contains("no server runs on the data directory"),
        "{words}"
    );
}
