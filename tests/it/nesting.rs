//! JSON that nests deeply, wherever strangers send some: it is refused, and no stack overflows, which
//! would end the process. The stacks of a release build are smaller; CI runs this against one, too.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;

use crate::harness::{Chat, Raw, Response, Server, UNPACED, http};

/// serde_json gives up at 128; the rest is far beyond any stack.
const DEPTHS: [usize; 7] = [1, 126, 127, 128, 129, 1000, 100_000];

/// What nests, and how it ends.
const FORMS: [(&str, &str); 4] = [
    ("[", "]"),
    ("{\"a\":", "}"),
    ("[{\"a\":", "}]"),
    ("[", ""), // never closed
];

/// Every form at every depth, as long as it fits into `most` bytes; at least as deep as that allows.
fn nested(most: usize) -> Vec<String> {
    let mut all = vec![texts_in_texts(most)];
    for (open, close) in FORMS {
        for depth in DEPTHS {
            let depth = depth.min(most / (open.len() + close.len()));
            all.push(format!("{}{}", open.repeat(depth), close.repeat(depth)));
        }
    }
    all
}

/// The key with which serde_json's feature `raw_value` parses a text as JSON of its own, with a limit of its
/// own. A server without that feature takes it for any other key.
const RAW: &str = "$serde_json::private::RawValue";

/// Texts in texts, each of which nests as deeply as one may, in at most `most` bytes. None is closed: it is
/// longer by what that saves.
fn texts_in_texts(most: usize) -> String {
    let mut value = "0".to_owned();
    loop {
        let around = format!("{}{}", "[".repeat(125), text_of(&value));
        if text_of(&around).len() > most {
            return text_of(&value);
        }
        value = around;
    }
}

/// JSON as a text under [`RAW`], without a bracket in it that could be counted.
fn text_of(json: &str) -> String {
    let text = serde_json::to_string(json).unwrap();
    let text = text.replace('[', "\\u005b").replace('{', "\\u007b");
    format!("{{\"{RAW}\":{text}}}")
}

/// Values that nest, alone and in the fields of an object.
fn bodies(fields: &[&str], most: usize) -> Vec<String> {
    let mut all = nested(most);
    for field in fields {
        let inside = nested(most - field.len() - 10);
        all.extend(
            inside
                .iter()
                .map(|value| format!("{{\"{field}\":{value}}}")),
        );
    }
    all
}

#[track_caller]
fn lives(server: &Server) {
    assert_eq!(http(server.addr, "GET", "/healthz", "", "").status, 200);
}

#[track_caller]
fn refused(response: &Response, what: &str) {
    let status = response.status;
    assert!(
        (400..500).contains(&status),
        "{what}: {status}, {}",
        response.text()
    );
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

#[test]
fn bodies_of_the_api_may_nest_as_they_like() {
    let server = Server::start("[lab]\nruns_per_minute = 6000\n");
    let host = bearer(&server.token("Lin", "host"));
    for (path, lines, fields, most) in [
        (
            "/api/join",
            "",
            &["name", "code", "device", "other"][..],
            4096,
        ),
        ("/api/host", "", &["ticket", "name"], 4096),
        ("/api/forget", &host, &["who"], 4096),
        ("/api/send", &host, &["text", "ref", "other"], 16_000),
    ] {
        for body in bodies(fields, most) {
            let what = format!("{path} with {:.60}", body);
            refused(&http(server.addr, "POST", path, lines, &body), &what);
        }
        lives(&server);
    }
}

#[cfg(feature = "full")]
#[test]
fn programs_of_the_lab_may_nest_as_they_like() {
    let server = Server::start("[lab]\nruns_per_minute = 6000\n");
    let lines = bearer(&server.token("Ann", "member"));
    let most = 16 * 1024;
    let mut all = bodies(&["experiment", "program"], most);
    for value in nested(most - 200) {
        for program in ["target", "handshake", "steps"] {
            all.push(format!("{{\"program\":{{\"{program}\":{value}}}}}"));
        }
        for step in ["frame", "raw", "pause", "end", "early"] {
            let step = format!("{{\"{step}\":{value}}}");
            all.push(format!(
                "{{\"program\":{{\"target\":\"/echo\",\"steps\":[{step}]}}}}"
            ));
        }
    }
    for body in all {
        let what = format!("the lab with {:.80}", body);
        let status = http(server.addr, "POST", "/api/lab", &lines, &body).status;
        // An empty array is a frame with nothing said about it.
        assert!(status < 500, "{what}: {status}");
    }
    lives(&server);
}

#[test]
fn tokens_may_nest_as_they_like() {
    let server = Server::start(UNPACED);
    let encode = |json: &str| BASE64_URL_SAFE_NO_PAD.encode(json);
    let good = server.token("Ann", "member");
    let [head, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("{good}")
    };
    let mut tokens = Vec::new();
    for value in bodies(&["alg", "sub", "rooms", "x"], 5900) {
        tokens.push(format!("{}.{claims}.{signature}", encode(&value)));
        tokens.push(format!("{head}.{}.{signature}", encode(&value)));
        let header = format!("{{\"alg\":\"HS256\",\"typ\":\"JWT\",\"x\":{value}}}");
        tokens.push(format!("{}.{claims}.{signature}", encode(&header)));
    }
    // With the secret, so that the claims are read.
    for depth in [100, 127, 1000] {
        let deep = (0..depth).fold(json!(0), |inner, _| json!([inner]));
        tokens.push(server.token_with("Ann", "member", json!({ "rooms": deep })));
    }
    for token in &tokens {
        let response = http(server.addr, "GET", "/api/session", &bearer(token), "");
        refused(&response, &format!("a token of {} bytes", token.len()));
        let mut raw = Raw::upgrade(server.addr, "/ws", &bearer(token));
        raw.expect_close(1008);
    }
    lives(&server);
    let mut ann = Chat::connect(server.addr, &good);
    for token in tokens.iter().step_by(5) {
        ann.refused(json!({"type": "auth", "token": token}), "unauthorized");
    }
}

#[test]
fn messages_of_the_chat_may_nest_as_they_like() {
    let server = Server::start(UNPACED);
    let mut ann = Chat::member(&server, "Ann");
    let fields = ["type", "room", "text", "ref", "since", "user", "other"];
    for message in bodies(&fields, 60_000) {
        ann.raw.send_text(&message);
        assert_eq!(ann.expect("error")["code"], "bad_message", "{message:.60}");
        let more =
            format!("{{\"type\":\"send\",\"room\":\"lobby\",\"text\":\"x\",\"y\":{message}}}");
        ann.raw.send_text(&more);
        assert_eq!(ann.expect("error")["code"], "bad_message", "{more:.60}");
    }
    ann.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));
}

#[cfg(feature = "full")]
#[test]
fn actions_of_the_protocol_view_may_nest_as_they_like() {
    let server = Server::start("");
    let token = server.token("Ann", "member");
    let mut ann = Chat::connect(server.addr, &token);
    let connection = ann.expect("welcome")["connection"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/lens?connection={connection}");
    let offer = format!("Sec-WebSocket-Protocol: lens.v1, bearer.{token}\r\n");
    for action in bodies(&["type", "what"], 900) {
        // One view each, because a view may act five times in a second only.
        let mut raw = Raw::upgrade(server.addr, &path, &offer);
        raw.send_text(&action);
        while raw.read_json()["type"] != "error" {}
    }
    lives(&server);
}
