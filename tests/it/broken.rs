//! The misbehaving server: each endpoint's bytes, the reports, and what clients that are not ours do.

mod libraries;

use serde_json::Value;
use std::time::{Duration, Instant};

use crate::harness::{Frame, Raw, Response, Server, http};

/// Each endpoint: its name, the bytes that break a rule (of the frames behind the greeting, or a line of
/// the head that is wrong or missing), and the rule that the annotator finds. In `right` it finds none.
pub const ENDPOINTS: [(&str, &str, &str); 28] = [
    (
        "accept-wrong",
        "Sec-WebSocket-Accept: A3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "4.2.2",
    ),
    (
        "accept-case",
        "Sec-WebSocket-Accept: S3PplmbItXAq9KygZZHzrBk+XoO=",
        "4.2.2",
    ),
    ("no-accept", "-Sec-WebSocket-Accept", "4.2.2"),
    ("no-upgrade", "-Upgrade", "4.2.2"),
    ("no-connection", "-Connection", "4.2.2"),
    (
        "protocol-unrequested",
        "Sec-WebSocket-Protocol: not-offered",
        "4.1",
    ),
    (
        "extension-unrequested",
        "Sec-WebSocket-Extensions: x-glassroom-not-offered",
        "9.1",
    ),
    ("masked-frame", "8185 37fa213d 7f9f4d5158", "masked"),
    ("reserved-bit", "c105 48656c6c6f", "reserved_bit"),
    ("reserved-opcode", "8305 48656c6c6f", "reserved_opcode"),
    (
        "length-not-minimal",
        "817e0005 48656c6c6f",
        "length_not_minimal",
    ),
    (
        "length-top-bit",
        "817f8000000000000005 48656c6c6f",
        "length_too_large",
    ),
    ("ping-126", "897e007e", "control_too_long"),
    (
        "ping-fragmented",
        "090b 68616c6620612050696e67",
        "control_fragmented",
    ),
    (
        "continuation-first",
        "8005 48656c6c6f",
        "nothing_to_continue",
    ),
    ("interleaved", "0103 48656c 8103 6e6577", "interleaved"),
    ("text-not-utf8", "8105 636166c328", "text_not_utf8"),
    (
        "text-not-utf8-split",
        "0104 636166c3 8001 28",
        "text_not_utf8",
    ),
    ("close-1005", "8802 03ed", "close_code_not_for_the_wire"),
    ("close-1006", "8802 03ee", "close_code_not_for_the_wire"),
    ("close-999", "8802 03e7", "close_code_unused"),
    ("close-one-byte", "8801 03", "close_one_byte"),
    (
        "close-reason-not-utf8",
        "8807 03e8 636166c328",
        "reason_not_utf8",
    ),
    ("close-unanswered", "", ""),
    (
        "data-after-close",
        "8805 03e8627965 810e 6f6e65206d6f7265207468696e67",
        "data_after_close",
    ),
    ("right", "8105 48656c6c6f", ""),
    ("ping", "897d 7878", ""),
    ("split-letter", "0104 636166c3", ""),
];

/// How long an exchange may take, and more.
const PATIENCE: Duration = Duration::from_secs(30);

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|c| !c.is_ascii_whitespace()).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// Sends a right handshake, whatever the answer will be; returns its head.
#[track_caller]
fn visit(server: &Server, path: &str, headers: &str) -> (Raw, Response) {
    let mut raw = Raw::connect(server.addr);
    let host = server.addr;
    raw.send(
        format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        )
        .as_bytes(),
    );
    let head = raw.read_head();
    (raw, head)
}

/// The report with this id, as soon as the exchange is over.
#[track_caller]
fn report(server: &Server, id: &str) -> Value {
    let until = Instant::now() + PATIENCE;
    loop {
        let response = http(server.addr, "GET", &format!("/api/broken/{id}"), "", "");
        let report = response.json();
        assert_eq!(response.status, 200, "{id}: {report}");
        match report["state"].as_str() {
            Some("over") => return report,
            state => assert_eq!(state, Some("going_on"), "{id}"),
        }
        assert!(Instant::now() < until, "{id}: no report");
        std::thread::yield_now();
    }
}

/// The faults of the server's frames in a report, without those that follow from the end of TCP.
fn faults(report: &Value) -> Vec<&str> {
    let frames = report["events"].as_array().unwrap().iter();
    let of_server = frames.filter(|event| event["type"] == "frame" && event["from"] == "server");
    let faults = of_server.flat_map(|frame| frame["faults"].as_array().unwrap());
    let rules = faults.map(|fault| fault["rule"].as_str().unwrap());
    rules.filter(|rule| *rule != "cut_off").collect()
}

#[test]
fn each_endpoint_sends_its_bytes_and_the_annotator_finds_one_rule() {
    let server = Server::start("");
    let list = http(server.addr, "GET", "/api/broken", "", "").json();
    let listed: Vec<&Value> = list["endpoints"].as_array().unwrap().iter().collect();
    let names: Vec<&str> = listed
        .iter()
        .map(|each| each["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ENDPOINTS.map(|(name, ..)| name));
    for (endpoint, (name, wrong, rule)) in listed.into_iter().zip(ENDPOINTS) {
        let id = format!("raw-{name}-x");
        let (mut raw, head) = visit(&server, &format!("/broken/{name}?report={id}"), "");
        assert_eq!(head.status, 101, "{name}");
        assert_eq!(head.header("Glassroom-Report"), Some(&*id), "{name}");
        if endpoint["group"] == "handshake" {
            raw.finish();
            check_head(name, &head, wrong);
        } else {
            assert_eq!(
                head.header("Sec-WebSocket-Accept"),
                Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            );
            let greeting = raw.read_frame();
            assert_eq!((greeting.opcode, greeting.mask), (Frame::TEXT, None));
            raw.send_frame(&Frame::close(1000, ""));
            raw.finish();
            let (rest, _) = raw.read_rest();
            assert!(rest.starts_with(&bytes(wrong)), "{name}: {rest:02x?}");
        }
        let report = report(&server, &id);
        for same in ["name", "group", "rule", "duty", "page"] {
            assert_eq!(report[same], endpoint[same], "{name}");
        }
        check_rule(&report, rule);
    }
}

/// The wrong line is there, or the line after the hyphen is missing. The others are right.
#[track_caller]
fn check_head(name: &str, head: &Response, wrong: &str) {
    let mut expected = vec![
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ];
    match (wrong.strip_prefix('-'), wrong.split_once(": ")) {
        (Some(missing), _) => {
            assert_eq!(head.header(missing), None, "{name}");
            expected.retain(|(field, _)| *field != missing);
        }
        (None, Some((field, value))) => {
            expected.retain(|(name, _)| *name != field);
            expected.push((field, value));
        }
        (None, None) => panic!("{name}: {wrong}"),
    }
    for (field, value) in expected {
        assert_eq!(head.header(field), Some(value), "{name}");
    }
}

/// The annotator finds this rule in what the server sent, and no other.
#[track_caller]
fn check_rule(report: &Value, rule: &str) {
    let name = &report["name"];
    if report["group"] != "handshake" {
        assert_eq!(report["handshake"]["established"], true, "{name}");
        let expected: Vec<&str> = Some(rule).filter(|r| !r.is_empty()).into_iter().collect();
        assert_eq!(faults(report), expected, "{name}: {report:#}");
        return;
    }
    assert_eq!(report["handshake"]["established"], false, "{name}");
    let rules = report["handshake"]["rules"].as_array().unwrap().iter();
    let broken: Vec<&Value> = rules.filter(|rule| rule["verdict"] == "broken").collect();
    assert_eq!(broken.len(), 1, "{name}: {broken:?}");
    assert_eq!(broken[0]["by"], "server", "{name}");
    assert_eq!(
        (&report["did"]["what"], &report["verdict"]),
        (&"ended_tcp".into(), &"demanded".into()),
        "{name}"
    );
    assert!(faults(report).is_empty(), "{name}: {rule}");
}

/// Reads until these bytes of the server, whatever comes before them: it may break any rule.
#[track_caller]
fn read_until(raw: &Raw, end: &Frame) {
    use std::io::Read;
    let end = end.clone().unmasked().encode();
    let mut stream = raw.stream();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut read = Vec::new();
    while !read.ends_with(&end) {
        let mut buffer = [0; 512];
        let n = stream.read(&mut buffer).expect("bytes of the server");
        assert!(n > 0, "TCP ended after {read:02x?}");
        read.extend(&buffer[..n]);
    }
}

/// Reads until the server asks whether the client goes on, and says yes.
#[track_caller]
fn answer_ping(raw: &mut Raw) {
    read_until(raw, &Frame::new(Frame::PING, "still there?"));
    raw.send_frame(&Frame::new(Frame::PONG, "still there?"));
}

#[test]
fn who_goes_on_after_a_masked_frame_is_told_that_it_is_wrong() {
    let server = Server::start("");
    let (mut raw, head) = visit(&server, "/broken/masked-frame", "");
    let id = head.header("Glassroom-Report").unwrap().to_owned();
    answer_ping(&mut raw);
    read_until(&raw, &Frame::close(1000, "that was all"));
    raw.send_frame(&Frame::close(1000, ""));
    raw.finish();
    let report = report(&server, &id);
    assert_eq!(report["did"]["what"], "answered");
    assert_eq!(report["verdict"], "wrong");
    assert_eq!(report["duty"]["level"], "MUST");
    assert_eq!(report["summary"]["clean"], true);
    let sentence = report["sentence"].as_str().unwrap();
    assert!(
        sentence.ends_with("That is not what §5.1 demands."),
        "{sentence}"
    );
}

#[test]
fn who_goes_on_after_a_length_in_too_many_bytes_is_permitted_to() {
    let server = Server::start("");
    let (mut raw, head) = visit(&server, "/broken/length-not-minimal", "");
    let id = head.header("Glassroom-Report").unwrap().to_owned();
    answer_ping(&mut raw);
    raw.finish();
    let report = report(&server, &id);
    assert_eq!(report["did"]["what"], "answered");
    assert_eq!(report["verdict"], "permitted");
    assert_eq!(report["duty"]["level"], "MAY");
}

#[test]
fn who_opens_a_connection_without_the_right_accept_value_is_wrong() {
    let server = Server::start("");
    let (mut raw, _) = visit(&server, "/broken/accept-wrong?report=careless", "");
    raw.send_text("hello");
    raw.finish();
    let report = report(&server, "careless");
    assert_eq!(report["did"]["what"], "sent");
    assert_eq!(report["verdict"], "wrong");
}

#[test]
fn who_does_nothing_is_waited_for_and_has_not_failed_the_connection() {
    let server = Server::start("");
    let (mut raw, _) = visit(&server, "/broken/reserved-opcode?report=silent-1", "");
    let (rest, reset) = raw.read_rest();
    assert!(!reset);
    // The question, and then a proper end.
    let end = [Frame::new(Frame::PING, "still there?"), {
        Frame::close(1000, "that was all")
    }];
    let end = end.map(|frame| frame.unmasked().encode()).concat();
    assert!(rest.ends_with(&end), "{rest:02x?}");
    raw.finish();
    let report = report(&server, "silent-1");
    assert_eq!(report["did"]["what"], "nothing");
    assert_eq!(report["verdict"], "wrong");
    let waited = report["did"]["waited"].as_u64().unwrap();
    assert!((2_000_000..4_000_000).contains(&waited), "{waited}");
}

#[test]
fn a_close_with_an_ordinary_code_is_remarked_upon() {
    let server = Server::start("");
    for (code, verdict, remark) in [(1000, "open", "normal_code"), (1002, "demanded", "")] {
        let id = format!("remark-{code}");
        let path = format!("/broken/text-not-utf8?report={id}");
        let (mut raw, _) = visit(&server, &path, "");
        raw.read_frame();
        raw.read_frame();
        raw.send_frame(&Frame::close(code, ""));
        raw.finish();
        let report = report(&server, &id);
        assert_eq!(report["did"]["code"], code);
        assert_eq!(report["verdict"], verdict);
        assert_eq!(report["remark"].as_str().unwrap_or_default(), remark);
    }
}

#[test]
fn what_cannot_be_served_is_refused_and_the_lab_can_be_switched_off() {
    let server = Server::start("");
    let refused = |path: &str, headers: &str, status: u16, slug: &str| {
        let mut raw = Raw::connect(server.addr);
        let host = server.addr;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        raw.send(request.as_bytes());
        let response = raw.read_response();
        assert_eq!(response.status, status, "{path}");
        assert_eq!(response.json()["error"], slug, "{path}");
    };
    refused("/broken/nothing", "", 404, "unknown_defect");
    refused("/broken/", "", 404, "unknown_defect");
    refused("/broken/right?report=short", "", 400, "bad_report");
    refused("/broken/right?report=../../../etc", "", 400, "bad_report");
    let foreign = "Origin: http://elsewhere.example\r\n";
    refused("/broken/right", foreign, 403, "origin_not_allowed");
    let plain = http(server.addr, "GET", "/broken/right", "", "");
    assert_eq!(plain.status, 426);
    let unknown = http(server.addr, "GET", "/api/broken/nobody-was-here", "", "");
    assert_eq!(
        (unknown.status, &unknown.json()["error"]),
        (404, &"unknown_report".into())
    );
    let posted = http(server.addr, "POST", "/api/broken", "", "");
    assert_eq!(posted.status, 405);

    let server = Server::start("[lab]\nenabled = false\n");
    for path in ["/broken/right", "/api/broken", "/api/broken/somebody"] {
        assert_eq!(http(server.addr, "GET", path, "", "").status, 404, "{path}");
    }
}

#[test]
fn a_report_has_no_token_and_a_flood_is_cut() {
    let server = Server::start("");
    let token = server.token("Ann", "member");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let (mut raw, _) = visit(&server, "/broken/right?report=with-token", &bearer);
    let flood = Frame::text(&"x".repeat(60)).encode().repeat(1000);
    raw.try_send(&flood);
    raw.finish();
    let report = report(&server, "with-token");
    assert_eq!(report["cut"], true);
    assert!(report["events"].as_array().unwrap().len() <= 100);
    let text = report.to_string();
    for part in token.split('.') {
        assert!(!text.contains(part), "{text}");
    }
    assert!(report["handshake"]["token"].is_null());
}

#[test]
fn broken_endpoints_hold_no_more_places_than_echoes_may() {
    let server = Server::start("[limits]\nunauthenticated = 8\n");
    let mut open = Vec::new();
    for n in 0..4 {
        let path = format!("/broken/close-unanswered?report=place-{n:03}");
        let (raw, head) = visit(&server, &path, "");
        assert_eq!(head.status, 101);
        open.push(raw);
    }
    let (_raw, head) = visit(&server, "/broken/right", "");
    assert_eq!(head.status, 503);
    assert_eq!(http(server.addr, "GET", "/healthz", "", "").status, 200);
}
