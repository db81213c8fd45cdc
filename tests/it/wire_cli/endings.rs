//! How `wire` ends: the exit code, the last line of standard error and the last object of `--json` say
//! the same, and the truth.

use super::*;

/// Runs `wire` against a server that does this after the 101, in text and in JSON, and checks that
/// both say so.
#[track_caller]
fn assert_end(
    then: impl Fn(&mut TcpStream) + Clone + Send + 'static,
    typed: &str,
    code: i32,
    word: &str,
) {
    for json in [&[][..], &["--json"]] {
        let then = then.clone();
        let (url, server) = server(move |mut stream| {
            stream.write_all(SWITCHING).unwrap();
            then(&mut stream);
        });
        let outcome = wire(&[json, &["--header", KEY, &url]].concat(), typed);
        server.join().unwrap();
        assert_says(&outcome, !json.is_empty(), code, word);
    }
}

#[track_caller]
fn assert_says(outcome: &Outcome, json: bool, code: i32, word: &str) {
    let Outcome { out, err, .. } = outcome;
    assert_eq!(outcome.code, Some(code), "{out}\n{err}");
    assert_eq!(err.lines().count(), usize::from(code != 0), "{err}");
    assert!(err.contains(word), "{err}");
    if !json {
        return;
    }
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["type"], &last["exit"]),
        (&"end".into(), &code.into())
    );
    match last["why"].as_str() {
        None => assert_eq!(code, 0),
        Some(why) => assert!(err.contains(why), "{why} is not in {err}"),
    }
}

fn close(code: u16, reason: &str) -> Vec<u8> {
    Frame::close(code, reason).unmasked().encode()
}

/// Reads the client's Close, which has `payload` bytes of payload.
fn read_close(stream: &mut TcpStream, payload: usize) {
    let mut close = vec![0; 2 + 4 + payload];
    stream.read_exact(&mut close).unwrap();
    assert_eq!(close[0], 0x88);
}

#[test]
fn a_close_with_an_error_exits_with_1_and_names_it() {
    for (code, exit, word) in [
        (1000, 0, ""),
        (1001, 0, ""),
        (1008, 1, "closed with 1008"),
        (1011, 1, "closed with 1011"),
        (4401, 1, "closed with 4401"),
    ] {
        let then = move |stream: &mut TcpStream| {
            stream.write_all(&close(code, "why")).unwrap();
            read_close(stream, 2);
        };
        assert_end(then, ":wait 9\n", exit, word);
    }
    let without_code = |stream: &mut TcpStream| {
        stream.write_all(&[0x88, 0]).unwrap();
        read_close(stream, 0);
    };
    assert_end(without_code, ":wait 9\n", 0, "");
}

#[test]
fn an_answer_that_repeats_our_code_is_good_and_another_code_is_not() {
    let answer = |code| {
        move |stream: &mut TcpStream| {
            read_close(stream, 2);
            stream.write_all(&close(code, "")).unwrap();
        }
    };
    assert_end(answer(4000), ":close 4000\n", 0, "");
    assert_end(answer(1000), ":close 4000\n", 0, "");
    assert_end(answer(1002), ":close 4000\n", 1, "closed with 1002");
}

#[test]
fn tcp_that_ends_without_a_close_exits_with_1() {
    let nothing = |_: &mut TcpStream| {};
    assert_end(nothing, ":wait 9\n", 1, "ended TCP without a Close");
    let after_ours = |stream: &mut TcpStream| read_close(stream, 2);
    assert_end(after_ours, "", 1, "ended TCP without answering the Close");
    let frame_cut_off = |stream: &mut TcpStream| stream.write_all(&[0x81, 5, b'H']).unwrap();
    assert_end(frame_cut_off, ":wait 9\n", 1, "ended TCP without a Close");
}

#[test]
fn tcp_that_is_reset_before_a_close_exits_with_1() {
    // To drop a socket with unread bytes sends a reset.
    let unread = |stream: &mut TcpStream| {
        stream.peek(&mut [0]).unwrap();
    };
    assert_end(unread, "Hello\n:wait 9\n", 1, "reset TCP without a Close");
    assert_end(unread, "", 1, "reset TCP without answering the Close");
}

#[test]
fn a_rule_that_the_server_breaks_exits_with_1_even_after_a_close_of_both() {
    let reserved_bit = |stream: &mut TcpStream| {
        let wrong = Frame::text("x").rsv(4).unmasked().encode();
        stream.write_all(&wrong).unwrap();
        let mut head = [0; 6];
        stream.read_exact(&mut head).unwrap();
        let mut rest = vec![0; usize::from(head[1] & 0x7F)];
        stream.read_exact(&mut rest).unwrap();
        stream.write_all(&close(1002, "")).unwrap();
    };
    assert_end(reserved_bit, ":wait 9\n", 1, "broke a rule");
}

#[test]
fn a_failed_handshake_says_so_in_the_last_object_too() {
    let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";
    for (response, word) in [
        (refusal, "refused the handshake with 403"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "breaks a rule"),
        ("HTTP/1.1 101 Switch", "ended TCP instead of answering"),
        ("", "ended TCP instead of answering"),
    ] {
        for json in [false, true] {
            let (url, _server) = server(move |mut stream| stream.write_all(response.as_bytes()));
            let args = ["--header", KEY, &url, "--json"];
            let outcome = wire(&args[..3 + usize::from(json)], "");
            assert_says(&outcome, json, 1, word);
        }
    }
}

#[test]
fn interim_responses_are_read_until_the_final_one_comes() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
        HTTP/1.1 199\r\n\r\n";
    for pieces in [1, 7] {
        let (url, server) = server(move |mut stream| {
            for piece in interim.as_bytes().chunks(interim.len().div_ceil(pieces)) {
                stream.write_all(piece).unwrap();
            }
            stream.write_all(SWITCHING).unwrap();
            stream.write_all(&close(1000, "")).unwrap();
            read_close(&mut stream, 2);
        });
        let outcome = wire(&["--header", KEY, "--json", &url], ":wait 9\n");
        server.join().unwrap();
        assert_says(&outcome, true, 0, "");
        let notes = outcome.json("note");
        assert_eq!(notes.len(), 3, "{notes:?}");
        assert!(
            notes[1]["text"]
                .as_str()
                .unwrap()
                .contains("103 Early Hints")
        );
        assert_eq!(outcome.json("handshake")[0]["status"], 101);
    }
}

#[test]
fn interim_responses_have_a_bound() {
    let (url, _server) = server(|mut stream| {
        // Until the client hangs up.
        while stream.write_all(b"HTTP/1.1 102 Processing\r\n\r\n").is_ok() {}
    });
    let outcome = wire(&["--header", KEY, "--json", &url], "");
    assert_says(&outcome, true, 1, "more than 16 interim responses");
}

#[test]
fn a_server_that_keeps_tcp_open_after_both_closes_is_left_and_that_is_clean() {
    let (url, server) = server(|mut stream| {
        stream.write_all(SWITCHING).unwrap();
        stream.write_all(&close(1000, "")).unwrap();
        read_close(&mut stream, 2);
        // The client ends TCP.
        stream.read(&mut [0]).unwrap()
    });
    let outcome = wire(&["--header", KEY, "--json", &url], ":wait 9\n");
    assert_says(&outcome, true, 0, "");
    assert_eq!(server.join().unwrap(), 0);
    let end = &outcome.json("end")[0];
    assert_eq!(
        (&end["clean"], &end["tcp"]),
        (&true.into(), &"client".into())
    );
    assert!(outcome.out.contains("has not ended TCP within 5 s"));
}

#[test]
fn a_line_that_is_not_utf8_is_not_changed_and_not_sent() {
    let server = Server::start("");
    let url = server.url("ws", "/echo");
    let outcome = wire_bytes(&["--json", &url], b"caf\xc3\xa9 \xef\xbf\xbd\ncaf\xe9\n");
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    let texts: Vec<_> = outcome
        .frames("client")
        .into_iter()
        .map(|(_, hex)| hex)
        .collect();
    assert_eq!(texts, ["\"636166c3a920efbfbd\"", "\"03e8\""]);
    assert!(
        outcome.json("note")[0]["text"]
            .to_string()
            .contains("UTF-8")
    );
    let text = &outcome.json("frame")[0]["text"];
    assert_eq!(text, "caf\u{e9} \u{FFFD}");
}

#[test]
fn the_exit_codes_are_in_the_help() {
    let help = wire(&["--help"], "").out;
    for words in ["Exit codes", "without an answer for 5 seconds", "--pcapng"] {
        assert!(help.contains(words), "{words:?} in {help}");
    }
}
