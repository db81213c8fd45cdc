//! The lab: every experiment against the real server, and how an exchange is told.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::harness::{Server, http};

/// Enough for any test here.
pub const MANY_RUNS: &str = "[lab]\nruns_per_minute = 6000\n";

/// Asks the lab; the answer, whatever it is.
#[track_caller]
pub fn ask(addr: SocketAddr, token: &str, body: &Value) -> (u16, Value) {
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let response = http(addr, "POST", "/api/lab", &bearer, &body.to_string());
    (response.status, response.json())
}

/// Runs a program that is a right one as a program.
#[track_caller]
pub fn run(server: &Server, token: &str, program: Value) -> Value {
    let (status, answer) = ask(server.addr, token, &json!({ "program": program }));
    assert_eq!(status, 200, "{program}: {answer}");
    answer
}

fn experiments(server: &Server) -> Vec<Value> {
    let list = http(server.addr, "GET", "/api/lab", "", "").json();
    list["experiments"].as_array().expect("a list").clone()
}

pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// The list, the answer, the deciding rule, the body of a refusal, the reason of a Close and the broken
/// rules of the frames name one authority.
#[track_caller]
fn says_who_decided(ready: &Value, answer: &Value) {
    let authority = &ready["authority"];
    let level = authority["level"].as_str().expect("a level");
    assert!(["must", "should", "may", "choice"].contains(&level));
    assert!(authority["source"].as_str().unwrap().starts_with("RFC "));
    assert_eq!(&answer["authority"], authority);
    if answer["decided"].is_object() {
        assert_eq!(&answer["decided"]["authority"], authority);
    }
    if let Some(body) = answer["body"].as_str() {
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(&body["authority"], authority);
    }
    let reason = answer["close"]["reason"].as_str().unwrap_or_default();
    if let Some((_, decided)) = reason.rsplit_once(", ") {
        let words = match level {
            "must" => "MUST)",
            "may" => "MAY)",
            _ => "this server's choice)",
        };
        assert_eq!(decided, words, "{reason}");
    }
    let events = answer["events"].as_array().unwrap().iter();
    let faults = events.flat_map(|event| event["faults"].as_array().into_iter().flatten());
    // Where a frame ended says nothing about why.
    let faults = faults.filter(|fault| fault["rule"] != "cut_off");
    let same = |fault: &Value| &fault["authority"] == authority;
    let told: Vec<&Value> = faults.collect();
    assert!(
        told.is_empty() || told.iter().any(|fault| same(fault)),
        "{told:?}"
    );
}

#[test]
fn every_experiment_ends_as_promised_and_all_who_tell_it_name_one_authority() {
    let server = Server::start(MANY_RUNS);
    let token = server.token("Ann", "observer");
    let all = experiments(&server);
    assert!(all.len() >= 100, "only {} experiments", all.len());
    let mut sections = BTreeSet::new();
    let mut groups = BTreeSet::new();
    for ready in &all {
        let slug = ready["slug"].as_str().unwrap();
        let (status, answer) = ask(server.addr, &token, &json!({ "experiment": slug }));
        assert_eq!(status, 200, "{slug}: {answer}");
        assert_eq!(answer["as_expected"], true, "{slug}: {answer:#}");
        assert_eq!(answer["timed_out"], false, "{slug}: {answer:#}");
        assert_eq!(answer["experiment"], slug);
        assert_eq!(answer["program"], ready["program"], "{slug}");
        assert_eq!(answer["expected"], ready["expected"], "{slug}");
        says_who_decided(ready, &answer);
        // A rule decided where the table says so, and nowhere else a server had to.
        let by_rule = &ready["expected"]["section"];
        match by_rule.is_null() {
            true => assert!(answer["decided"].is_null(), "{slug}: {}", answer["decided"]),
            false => assert_eq!(&answer["decided"]["section"], by_rule, "{slug}"),
        }
        if by_rule.is_string() {
            let sentence = answer["decided"]["sentence"].as_str().unwrap();
            assert!(
                sentence.ends_with(['.', '…']) && sentence.len() > 30,
                "{slug}: {sentence}"
            );
        }
        let took = answer["took"].as_u64().unwrap();
        println!("{slug:28} {:>4} ms", took / 1000);
        sections.insert(ready["section"].as_str().unwrap().to_owned());
        groups.insert(ready["group"].as_str().unwrap().to_owned());
    }
    for section in [
        "4.1", "4.2.1", "4.2.2", "4.4", "5.1", "5.2", "5.3", "5.4", "5.5", "5.5.1", "5.5.2",
        "5.5.3", "5.6", "6.2", "7.1.5", "7.4.1", "7.4.2", "8.1", "9.1", "10.2", "11.3.1", "11.3.5",
    ] {
        assert!(sections.contains(section), "nothing about §{section}");
    }
    let all_groups = [
        "closing",
        "control",
        "fragments",
        "frames",
        "handshake",
        "utf8",
    ];
    assert_eq!(Vec::from_iter(groups), all_groups);
}

#[test]
fn an_exchange_is_told_from_both_ends() {
    let server = Server::start(MANY_RUNS);
    let token = server.token("Ann", "member");
    let answer = run(
        &server,
        &token,
        json!({"target": "/echo", "steps": [
            {"frame": {"opcode": 9, "key": "37fa213d", "payload": {"text": "Hello"}}},
            {"frame": {"opcode": 8, "payload": {"hex": "0fa0627965"}}},
        ]}),
    );
    assert_eq!(answer["status"], 101);
    assert_eq!(answer["handshake"]["established"], true);
    let told: Vec<(&str, &str)> = answer["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            let kind = event["type"].as_str().unwrap();
            let what = ["name", "rung", "step"]
                .iter()
                .find_map(|key| event[key].as_str());
            (kind, what.unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("frame", "ping"),
            ("ping", "sent"),
            ("frame", "close"),
            ("close", "began"),
            ("frame", "pong"),
            ("ping", "answered"),
            ("frame", "close"),
            ("close", "answered"),
            ("close", "fin"),
        ]
    );
    assert_eq!(answer["events"][0]["wire"], "7f9f4d5158");
    assert_eq!(answer["close"], json!({"code": 4000, "reason": ""}));
    assert_eq!(answer["summary"]["clean"], true);
    assert_eq!(answer["summary"]["tcp"], "server");
    assert_eq!(answer["decided"], Value::Null);
    assert_eq!(answer["expected"], Value::Null);
    let sent = answer["handshake"]["request"]["bytes"].as_u64().unwrap() + 11 + 11;
    assert_eq!(answer["sent"], sent);
}

#[test]
fn a_refused_handshake_is_told_with_its_body() {
    let server = Server::start(MANY_RUNS);
    let token = server.token("Ann", "member");
    let lines = json!({"lines": ["GET {target} HTTP/1.1", "Host: {host}"]});
    let answer = run(
        &server,
        &token,
        json!({"target": "/echo", "handshake": lines}),
    );
    assert_eq!(answer["status"], 426);
    assert!(answer["body"].as_str().unwrap().contains("no_upgrade"));
    assert_eq!(answer["decided"]["rule"], "no_upgrade");
    assert_eq!(answer["decided"]["by"], "client");
    // One answer ends the connection: a second request behind the first is nobody's.
    let two = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\nGET /api/room HTTP/1.1\r\nHost: a\r\n\r\n";
    let raw = json!({"raw": hex(two)});
    let answer = run(
        &server,
        &token,
        json!({"target": "/echo", "handshake": raw}),
    );
    assert_eq!(
        (&answer["status"], &answer["summary"]["tcp"]),
        (&json!(426), &json!("server"))
    );
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["error"], "no_upgrade");
    // A limit of the server decides, and not what else may be wrong.
    let many = [
        vec!["GET {target} HTTP/1.1", "Host: {host}"],
        vec!["A: b"; 120],
    ]
    .concat();
    let lines = json!({ "lines": many });
    let answer = run(
        &server,
        &token,
        json!({"target": "/echo", "handshake": lines}),
    );
    assert_eq!(answer["status"], 431);
    assert_eq!(answer["decided"]["by"], "server");
    // What never becomes a request is never answered, and the lab does not wait for that.
    let raw = json!({"raw": hex("GET /echo HTTP/1.1\r\n")});
    let answer = run(
        &server,
        &token,
        json!({"target": "/echo", "handshake": raw}),
    );
    assert_eq!(answer["status"], Value::Null);
    assert_eq!(answer["timed_out"], false);
    assert!(answer["took"].as_u64().unwrap() < 3_000_000);
}

#[test]
fn an_unfinished_frame_is_shown_and_an_open_connection_is_left_open() {
    let server = Server::start(MANY_RUNS);
    let token = server.token("Ann", "member");
    let steps = json!([{"raw": "818537fa213d7f"}]);
    let answer = run(&server, &token, json!({"target": "/echo", "steps": steps}));
    let events = answer["events"].as_array().unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["extent"], "payload_cut");
    assert_eq!(answer["summary"]["tcp"], Value::Null);
    assert_eq!(answer["close"], Value::Null);
    // A client that resets TCP hears nothing more.
    let steps = json!([{"frame": {"payload": {"text": "a"}}}, {"end": "reset"}]);
    let answer = run(&server, &token, json!({"target": "/echo", "steps": steps}));
    assert_eq!(answer["summary"]["tcp"], "client");
    let last = answer["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["step"], &last["by"]),
        (&json!("reset"), &json!("client"))
    );
}
