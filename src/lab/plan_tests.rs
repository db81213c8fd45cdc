//! Programs become bytes, or are refused with a sentence.

use super::*;
use serde_json::{Value, json};

const TOKEN: &str = "the-token";

#[track_caller]
fn plan(program: Value) -> Result<Plan, &'static str> {
    let program = serde_json::from_value(program).unwrap();
    let setting = Setting {
        host: "127.0.0.1:8080".into(),
        token: TOKEN,
        is_good: &|token| token == "good",
    };
    Plan::of(&program, &setting).map_err(|refusal| {
        assert!(refusal.message.len() > 20 && refusal.message.ends_with('.'));
        refusal.slug
    })
}

fn sent(plan: &Plan) -> Vec<u8> {
    stream(&plan.actions).flatten().copied().collect()
}

#[test]
fn without_a_handshake_the_right_one_is_sent() {
    let made = plan(json!({"target": "/echo"})).unwrap();
    let text = String::from_utf8(sent(&made)).unwrap();
    assert!(text.starts_with("GET /echo HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"));
    assert!(text.ends_with("Sec-WebSocket-Version: 13\r\n\r\n"));
    assert_eq!(
        (made.head, made.settled),
        (Some(text.len()), Some(text.len()))
    );
    assert!(made.echo && made.actions[1..] == [Action::AwaitResponse]);
    let made = plan(json!({"target": "/ws"})).unwrap();
    let text = String::from_utf8(sent(&made)).unwrap();
    assert!(text.starts_with("GET /ws?join= HTTP/1.1\r\n"));
    assert!(text.contains("\r\nAuthorization: Bearer the-token\r\n") && !made.echo);
}

#[test]
fn steps_become_actions_and_neighbours_one_packet() {
    let frame = json!({"frame": {"opcode": 1, "key": "37fa213d", "payload": {"text": "Hello"}}});
    let made = plan(json!({"target": "/echo", "steps": [
        {"raw": "89 00", "early": true}, frame, {"raw": "ff"}, {"pause": 20}, {"end": "reset"},
    ]}));
    let actions = made.unwrap().actions;
    let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\xff";
    assert!(matches!(&actions[0], Action::Send(bytes) if bytes.ends_with(b"\r\n\r\n\x89\0")));
    assert_eq!(
        actions[1..],
        [
            Action::AwaitResponse,
            Action::Send(hello.to_vec()),
            Action::Pause(Duration::from_millis(20)),
            Action::End(End::Reset),
        ]
    );
}

#[test]
fn each_mistake_has_its_own_answer() {
    let step = |step: Value| plan(json!({"target": "/echo", "steps": [step]}));
    let frame = |frame: Value| step(json!({ "frame": frame }));
    let lines = |lines: Value| plan(json!({"target": "/ws", "handshake": {"lines": lines}}));
    for (made, slug) in [
        (step(json!({})), "bad_step"),
        (step(json!({"raw": "00", "pause": 1})), "bad_step"),
        (step(json!({"pause": 501})), "bad_step"),
        (step(json!({"raw": "0"})), "bad_hex"),
        (step(json!({"raw": "xy"})), "bad_hex"),
        (frame(json!({"opcode": 16})), "bad_frame"),
        (frame(json!({"key": "37fa21"})), "bad_frame"),
        (frame(json!({"key": "hello!!!"})), "bad_frame"),
        (
            frame(json!({"form": "7", "payload": {"fill": 126}})),
            "bad_frame",
        ),
        (frame(json!({"form": "16", "claim": 65536})), "bad_frame"),
        (frame(json!({"payload": {"fill": 131_073}})), "bad_frame"),
        (
            frame(json!({"payload": {"fill": 131_072}})),
            "too_many_bytes",
        ),
        (frame(json!({"payload": {"hex": "f"}})), "bad_hex"),
        (lines(json!([])), "bad_line"),
        (lines(json!(["GET / HTTP/1.1", ""])), "bad_line"),
        (lines(json!(["GET / HTTP/1.1\r\nHost: a"])), "bad_line"),
        (
            plan(json!({"target": "/echo", "handshake": {"raw": "4"}})),
            "bad_hex",
        ),
        (
            plan(json!({"target": "/echo", "steps": vec![json!({"pause": 0}); 33]})),
            "too_many_steps",
        ),
        (
            plan(json!({"target": "/echo", "steps": [{"end": "fin"}, {"raw": "00"}]})),
            "bad_step",
        ),
        (
            plan(json!({"target": "/echo", "steps": [{"pause": 0}, {"raw": "00", "early": true}]})),
            "bad_step",
        ),
    ] {
        assert_eq!(made, Err(slug));
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The plan judges what the server would read, however the steps cut it.
#[test]
fn no_other_path_can_be_reached() {
    let elsewhere = "GET /api/room HTTP/1.1\r\nHost: a\r\n\r\n";
    let raw = |text: &str, steps: Value| {
        plan(json!({"target": "/echo", "handshake": {"raw": hex(text)}, "steps": steps}))
    };
    assert_eq!(raw(elsewhere, json!([])), Err("other_path"));
    assert_eq!(
        raw(&format!("\r\n\r\n{elsewhere}"), json!([])),
        Err("other_path")
    );
    for at in [0, 1, 4, 6, elsewhere.len() - 1] {
        let (one, two) = elsewhere.split_at(at);
        let (first, rest) = two.split_at(1);
        let steps = json!([{"raw": hex(first), "early": true}, {"pause": 1}, {"raw": hex(rest)}]);
        assert_eq!(raw(one, steps), Err("other_path"), "{at}");
    }
    for line in [
        "GET http://a/metrics HTTP/1.1",
        "POST /api/join HTTP/1.1",
        "GET /lens HTTP/1.1",
        "GET /echo/ HTTP/1.1",
        "GET //echo HTTP/1.1",
        "GET /ECHO HTTP/1.1",
        "GET /%65cho HTTP/1.1",
        "OPTIONS * HTTP/1.1",
    ] {
        let lines = json!({"lines": [line, "Host: a"]});
        let made = plan(json!({"target": "/echo", "handshake": lines}));
        assert_eq!(made, Err("other_path"), "{line}");
    }
    // After a head there are only frames, because the server answers one request per connection.
    let pipelined = format!("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n{elsewhere}");
    let made = raw(&pipelined, json!([])).unwrap();
    assert_eq!(made.head, Some(pipelined.len() - elsewhere.len()));
    // A head that the server refuses before it reads the path does no harm.
    for (text, settled) in [
        ("GET /api/room HTTP/1.1\nHost: a\r\n\r\n", Some(23)),
        ("\x16\x03\x01", Some(1)),
        ("GET /api/room HTTP/1.1\r\nHost: a\r\n", None),
        ("", None),
    ] {
        let made = raw(text, json!([])).unwrap();
        assert_eq!((made.head, made.settled), (None, settled), "{text}");
    }
}

#[test]
fn a_program_cannot_impersonate_anybody() {
    let with = |line: &str| {
        let lines = ["GET {target} HTTP/1.1", "Host: {host}", line];
        plan(json!({"target": "/ws", "handshake": {"lines": lines}})).map(drop)
    };
    assert_eq!(with("x-forwarded-FOR:  10.0.0.1"), Err("forwarded_for"));
    assert_eq!(with("Forwarded: for=10.0.0.1"), Err("forwarded_for"));
    assert_eq!(with("Authorization: Bearer good"), Err("own_token"));
    assert_eq!(
        with("Sec-WebSocket-Protocol: a, bearer.good"),
        Err("own_token")
    );
    assert_eq!(with("Authorization: Bearer bad"), Ok(()));
    assert_eq!(with("Authorization: Bearer {token}"), Ok(()));
    assert_eq!(with("Sec-WebSocket-Protocol: a, bearer.{token}"), Ok(()));
}
