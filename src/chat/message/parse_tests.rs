use super::*;

fn parse(json: &str) -> RequestEnvelope {
    Parser {
        bounds: Bounds {
            text: 20,
            code: 80,
            code_lines: 50,
        },
        keys: RandomState::new(),
    }
    .parse(json, &|_| {
        let message = "This test verifies no token.";
        Err(RequestError::new(ErrorCode::Unauthorized, message))
    })
}

#[test]
fn a_send_is_read_whatever_the_order_of_its_fields() {
    let asked = parse(r#" {"room":"lobby","text":"a\"b","ref":"r1","type":"send"} "#);
    assert_eq!(asked.reference, Some(Json::quote("r1")));
    assert!(asked.print.is_some());
    let Ok(Request::Send { room, text, .. }) = asked.request else {
        panic!("{asked:?}")
    };
    assert_eq!((&*room, text.as_str()), ("lobby", r#""a\"b""#));
}

#[test]
fn mistakes_are_answered_with_their_ref_and_a_code() {
    let cases = [
        ("", "bad_message"),
        ("[\"send\"]", "bad_message"),
        ("{}", "bad_message"),
        ("null", "bad_message"),
        (r#"{"type":"dance","ref":"r"}"#, "bad_message"),
        (r#"{"type":"send","ref":"r","room":"lobby"}"#, "bad_message"),
        (
            r#"{"type":"send","ref":"r","room":"lobby","text":5}"#,
            "bad_message",
        ),
        (
            r#"{"type":"send","ref":"r","room":"lobby","text":"a","txt":"b"}"#,
            "bad_message",
        ),
        (
            r#"{"type":"typing","ref":"r","room":"lobby","text":"a"}"#,
            "bad_message",
        ),
        (
            r#"{"type":"send","ref":"r","room":"l","text":"123456789012345678901"}"#,
            "too_long",
        ),
        (
            r#"{"type":"send","ref":"r","room":"l","room":"m","text":"a"}"#,
            "bad_message",
        ),
        (
            r#"{"type":"history","ref":"r","room":"l","limit":101}"#,
            "bad_message",
        ),
        (
            r#"{"type":"join","ref":"r","room":"l","since":["e",1]}"#,
            "bad_message",
        ),
        (
            r#"{"type":"moderate","ref":"r","action":"mute"}"#,
            "bad_message",
        ),
    ];
    for (json, code) in cases {
        let asked = parse(json);
        let refusal = asked.request.expect_err(json);
        assert_eq!(refusal.code.slug(), code, "{json}: {}", refusal.message);
        assert_eq!(
            asked.reference.is_some(),
            json.contains(r#""ref":"r""#),
            "{json}"
        );
    }
    let long = format!(
        r#"{{"type":"typing","room":"l","ref":"{}"}}"#,
        "x".repeat(65)
    );
    assert_eq!(
        parse(&long).request.expect_err("too long").code,
        ErrorCode::TooLong
    );
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    for depth in [127, 20_000] {
        let nested = "[".repeat(depth) + &"]".repeat(depth);
        let late = format!(r#"{{"x":{nested},"ref":"r","type":"send"}}"#);
        assert!(parse(&late).request.is_err());
        assert!(
            parse(&format!(r#"{{"text":{nested},"type":"send"}}"#))
                .request
                .is_err()
        );
        assert!(parse(&nested).request.is_err());
    }
}
