//! The opening handshake: RFC 6455 §4.1, §4.2, §4.4, §9.1, §11.3.

use crate::http::head::MAX_FIELDS;
use crate::lab::experiments::experiment::Expected;
use crate::lab::experiments::steps::{early, in_hex, pause, raw, step, text};
use crate::lab::experiments::table::Table;
use crate::lab::plan::{UNSERVED, right};
use crate::lab::program::{Step, Target};

/// The right lines without one of them.
fn without(name: &str) -> Vec<String> {
    instead(name, &[])
}

/// The right lines with one more.
fn with(line: &str) -> Vec<String> {
    let mut lines = right(Target::Echo);
    lines.push(line.into());
    lines
}

/// The right lines, but with `lines` instead of the one that begins with `name`.
fn instead(name: &str, lines: &[&str]) -> Vec<String> {
    let right = right(Target::Echo).into_iter();
    right
        .flat_map(|line| match line.starts_with(name) {
            true => lines.iter().map(|line| (*line).to_owned()).collect(),
            false => vec![line],
        })
        .collect()
}

pub(super) fn put(table: &mut Table) {
    table.group = "handshake";
    right_handshakes(table);
    wrong_fields(table);
    origins(table);
    tokens(table);
    offers(table);
    frame_before_101(table);
    targets(table);
    heads(table);
}

type Name = (&'static str, &'static str);

fn hello() -> Vec<Step> {
    vec![step(text("Hello"))]
}

/// The connection opens, and a message is echoed.
fn opens(table: &mut Table, name: Name, lines: Vec<String>) {
    let expected = Expected::open(1, 0);
    table.put(name, Target::Echo, Some(lines), hello(), expected);
}

/// The handshake is refused with this status.
fn refused(table: &mut Table, name: Name, lines: Vec<String>, status: u16) {
    let expected = Expected::refused(status);
    table.put(name, Target::Echo, Some(lines), hello(), expected);
}

fn right_handshakes(table: &mut Table) {
    opens(table, ("handshake-right", "4.2.2"), right(Target::Echo));
    let lines = instead("Upgrade", &["upgrade: WebSocket"]);
    let any_case = |line: String| match line.starts_with("Connection") {
        true => "CONNECTION: keep-alive, UPGRADE".into(),
        false => line,
    };
    let lines = lines.into_iter().map(any_case).collect();
    opens(table, ("any-case", "4.2.1"), lines);
}

fn wrong_fields(table: &mut Table) {
    let lines = instead("GET", &["POST {target} HTTP/1.1"]);
    refused(table, ("post-instead-of-get", "4.2.1"), lines, 405);
    let lines = instead("GET", &["GET {target} HTTP/1.0"]);
    refused(table, ("http-1-0", "4.2.1"), lines, 426);
    refused(table, ("no-host", "4.2.1"), without("Host"), 400);
    let lines = with("Host: elsewhere.example");
    refused(table, ("two-hosts", "RFC 9112 §3.2"), lines, 400);
    refused(table, ("no-upgrade", "4.2.1"), without("Upgrade"), 426);
    let lines = without("Connection");
    refused(table, ("no-connection", "4.2.1"), lines, 400);
    refused(
        table,
        ("no-key", "4.2.1"),
        without("Sec-WebSocket-Key"),
        400,
    );
    // 15 bytes.
    let lines = instead(
        "Sec-WebSocket-Key",
        &["Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0O"],
    );
    refused(table, ("short-key", "4.2.1"), lines, 400);
    // 17 bytes.
    let lines = instead(
        "Sec-WebSocket-Key",
        &["Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODxA="],
    );
    refused(table, ("long-key", "4.2.1"), lines, 400);
    let lines = with("Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==");
    refused(table, ("two-keys", "11.3.1"), lines, 400);
    let lines = without("Sec-WebSocket-Version");
    refused(table, ("no-version", "4.2.1"), lines, 400);
    let lines = instead("Sec-WebSocket-Version", &["Sec-WebSocket-Version: 8"]);
    refused(table, ("version-8", "4.4"), lines, 426);
    let lines = with("Sec-WebSocket-Version: 13");
    refused(table, ("two-versions", "11.3.5"), lines, 400);
}

fn origins(table: &mut Table) {
    opens(table, ("own-origin", "10.2"), with("Origin: http://{host}"));
    let lines = with("Origin: http://evil.example");
    refused(table, ("foreign-origin", "4.2.2"), lines, 403);
    let lines = with("Origin: null");
    refused(table, ("origin-null", "4.2.2"), lines, 403);
    let mut lines = with("Origin: http://{host}");
    lines.push("Origin: http://evil.example".into());
    refused(table, ("two-origins", "4.2.1"), lines, 400);
}

/// Subprotocols, extensions, and a head that is malformed in other ways.
fn offers(table: &mut Table) {
    let lines = with("Sec-WebSocket-Protocol: soap");
    opens(table, ("unknown-subprotocol", "4.2.2"), lines);
    let lines = with("Sec-WebSocket-Protocol: a, b, a");
    refused(table, ("subprotocol-twice", "4.1"), lines, 400);
    let lines = with("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits");
    opens(table, ("extension-declined", "4.2.2"), lines);
    let lines = with("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=");
    refused(table, ("bad-extension", "9.1"), lines, 400);
    let mut lines = with("X-Story: once upon");
    lines.push(" a time".into());
    refused(table, ("folded-header", "4.2.1"), lines, 400);
    let lines = with("Content-Length: 5");
    refused(table, ("body-on-upgrade", "RFC 9110 §9.3.1"), lines, 400);
}

/// Targets in another form, or of nothing.
fn targets(table: &mut Table) {
    let lines = instead("GET", &["GET http://{host}/echo HTTP/1.1"]);
    opens(table, ("absolute-form", "4.1"), lines);
    let lines = instead("GET", &[&format!("GET {UNSERVED} HTTP/1.1")]);
    refused(table, ("unknown-path", "4.2.2"), lines, 404);
}

/// The bytes of a head: its lines, its size, its time.
fn heads(table: &mut Table) {
    let lines = instead("Upgrade", &["Upgrade : websocket"]);
    refused(table, ("space-before-colon", "4.2.1"), lines, 400);
    let (begin, end) = RIGHT_BYTES;
    let name = ("bare-lf", "4.2.1");
    let bytes = format!("{}{end}", begin.replace("lab\r\n", "lab\n"));
    table.raw(name, &bytes, hello(), Expected::refused(400));
    let lines = with("Transfer-Encoding: chunked");
    refused(table, ("transfer-encoding", "RFC 9110 §9.3.1"), lines, 400);
    let mut steps: Vec<Step> = Vec::new();
    for line in end.split_inclusive('\n') {
        steps.extend([early(pause(100)), early(raw(&in_hex(line)))]);
    }
    steps.extend(hello());
    table.raw(("slow-head", "4.2.1"), begin, steps, Expected::open(1, 0));
    let lines = with("X-Story: {fill}");
    refused(table, ("huge-head", "4.2.2"), lines, 431);
    let mut lines = right(Target::Echo);
    lines.extend((0..MAX_FIELDS).map(|n| format!("X-{n}: x")));
    refused(table, ("many-fields", "4.2.2"), lines, 431);
}

/// A right handshake as bytes: the first line and Host, and the rest.
const RIGHT_BYTES: (&str, &str) = (
    "GET /echo HTTP/1.1\r\nHost: lab\r\n",
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
     Sec-WebSocket-Version: 13\r\n\r\n",
);

fn frame_before_101(table: &mut Table) {
    let early = early(step(text("Hello")));
    let name = ("frame-before-101", "4.1");
    let lines = Some(right(Target::Echo));
    let expected = Expected {
        section: Some("4.1"),
        ..Expected::open(1, 0)
    };
    table.put(name, Target::Echo, lines, vec![early], expected);
}

/// Only the chat asks for a token.
fn tokens(table: &mut Table) {
    let lines = |more: &[&str]| {
        let mut lines = right(Target::Echo);
        lines.extend(more.iter().map(|line| (*line).to_owned()));
        Some(lines)
    };
    // The `welcome` comes back.
    let token = lines(&["Sec-WebSocket-Protocol: chat.v1, bearer.{token}"]);
    let name = ("right-token", "4.2.2");
    table.put(name, Target::Chat, token, vec![], Expected::open(1, 0));
    let none = lines(&["Sec-WebSocket-Protocol: chat.v1"]);
    let name = ("no-token", "7.4.1");
    table.put(name, Target::Chat, none, vec![], Expected::failed(1008));
    // One more letter makes another signature.
    let forged = lines(&[
        "Sec-WebSocket-Protocol: chat.v1",
        "Authorization: Bearer {token}A",
    ]);
    let name = ("forged-token", "7.4.1");
    table.put(name, Target::Chat, forged, vec![], Expected::failed(1008));
}
