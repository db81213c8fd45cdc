//! Valid and invalid request heads as bytes over TCP: each gets its answer, and the server goes on.
//! The table is in `handshake_cases.rs`.

use crate::handshake_cases::{Case, cases};
use crate::harness::{Frame, Raw, Server, http};

#[test]
fn every_request_head_gets_its_answer_and_the_next_client_is_served() {
    let server = Server::start("");
    let mut wrong = Vec::new();
    for case in cases() {
        if let Err(how) = check(&server, &case) {
            wrong.push(format!("{}: {how}", case.name));
        }
        assert_echoes(&server, case.name);
    }
    assert!(
        wrong.is_empty(),
        "{} of them:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Sends the case and describes every difference from the table.
#[track_caller]
fn check(server: &Server, case: &Case) -> Result<(), String> {
    println!("{}", case.name); // shown when something inside fails
    let mut raw = Raw::connect(server.addr);
    raw.send(&case.request);
    // The answer to HEAD has no body (RFC 9110 §9.3.2).
    let headless = case.request.starts_with(b"HEAD ");
    let response = if headless {
        raw.read_head()
    } else {
        raw.read_response()
    };
    let (status, body) = (response.status, response.text());
    if status != case.status {
        return Err(format!("{status} where {} belongs: {body}", case.status));
    }
    if status < 400 || headless {
        return Ok(());
    }
    let refusal = response.json();
    if refusal["error"] != case.slug {
        return Err(format!("{body} where the slug is {:?}", case.slug));
    }
    // People read refusals, too.
    if refusal["message"].as_str().is_none_or(str::is_empty) {
        return Err(format!("no words in {body}"));
    }
    Ok(())
}

/// A client that does everything right is served.
#[track_caller]
fn assert_echoes(server: &Server, after: &str) {
    let mut raw = Raw::upgrade(server.addr, "/echo", "");
    raw.send_text(after);
    assert_eq!(
        raw.read_frame(),
        Frame::text(after).unmasked(),
        "the echo after {after}"
    );
    raw.send_frame(&Frame::close(1000, ""));
    raw.expect_close(1000);
    raw.expect_eof();
}

/// The end of a wrongly framed body is unknown, whatever the request asks for (RFC 9112 §6.3).
#[test]
fn a_body_that_is_framed_wrongly_is_refused_on_every_path() {
    let server = Server::start("");
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    let cases = [
        (both, 400, "two_lengths"),
        (
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            400,
            "repeated_field",
        ),
        ("Content-Length: +5\r\n", 400, "bad_content_length"),
        ("Content-Length: abc\r\n", 400, "bad_content_length"),
        ("Transfer-Encoding: chunked\r\n", 411, "length_required"),
    ];
    let paths = [
        "/",
        "/nowhere",
        "/assets/0123456789abcdef/page/app.js",
        "/healthz",
        "/api/attendance.csv",
        "/learn/en/1",
    ];
    for path in paths {
        for (lines, status, slug) in cases {
            let response = http(server.addr, "GET", path, lines, "");
            let told = (response.status, response.json()["error"].clone());
            assert_eq!(told, (status, slug.into()), "{path} {lines}");
        }
    }
}
