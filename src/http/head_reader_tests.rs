use super::*;

const REQUEST: &[u8] = b"\r\nGET /ws?x HTTP/1.1\r\nHost: a\r\nX-Y:\tz\r\n\r\n";

fn slug(bytes: &[u8]) -> &'static str {
    match Head::parse(bytes) {
        Ok(Some(_)) => "complete",
        Ok(None) => "incomplete",
        Err(refusal) => refusal.slug,
    }
}

#[test]
fn a_head_in_any_pieces_is_the_same_head() {
    let (whole, used) = Head::parse(REQUEST).unwrap().unwrap();
    assert_eq!(used, REQUEST.len());
    assert_eq!((whole.path.as_str(), whole.query.as_str()), ("/ws", "x"));
    for size in 1..REQUEST.len() {
        let mut reader = HeadReader::new();
        let mut pieces = REQUEST.chunks(size).peekable();
        while let Some(piece) = pieces.next() {
            let head = reader.feed(piece).unwrap();
            match pieces.peek() {
                Some(_) => assert_eq!(head, None),
                None => assert_eq!(head.as_ref(), Some(&whole)),
            }
        }
    }
}

#[test]
fn what_follows_the_head_is_kept() {
    let mut reader = HeadReader::new();
    assert!(reader.is_empty());
    let mut bytes = REQUEST.to_vec();
    bytes.extend_from_slice(b"\x81\x80\0\0\0\0");
    assert!(reader.feed(&bytes).unwrap().is_some());
    assert_eq!(reader.raw(), REQUEST);
    assert_eq!(reader.into_rest(), b"\x81\x80\0\0\0\0");
}

#[test]
fn a_broken_rule_is_answered_before_the_head_is_complete() {
    for (bytes, expected) in [
        (&b"\x16\x03\x01\x02\0"[..], "not_https"),
        (b"\x81\x85", "bad_request_line"),
        (b"\0", "control_character"),
        (b"GET / HTTP/1.1\n", "bare_lf"),
        (b"\n", "bare_lf"),
        (b"GET / HTTP/1.1\r\r", "bare_cr"),
        (b"GET /\rX", "bare_cr"),
        (b"GET / HTTP/2.0\r\n", "http_version"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http_version"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "bad_request_line"),
        (b"\r\n\r\n\r\n", "bad_request_line"),
        (b"GET / HTTP/1.1\r\nX: a\0b", "control_character"),
        (b"GET / HTTP/1.1\r\nX: a\x7f", "control_character"),
        (b"GET / HTTP/1.1\r\nX: a\x1b[", "control_character"),
        (b"GET / HTTP/1.1\r\nX: a\nY", "bare_lf"),
        (b"GET / HTTP/1.1\r\nX: a\rY", "bare_cr"),
        (b"GET / HTTP/1.1\r\nX: a\r\n b\r\n", "folded_line"),
        (b"GET / HTTP/1.1\r\nHost : a\r\n", "space_before_colon"),
        (b"GET / HTTP/1.1\r\n\n", "bare_lf"),
    ] {
        assert_eq!(slug(bytes), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn what_may_still_become_a_request_is_waited_for() {
    for bytes in [
        &b""[..],
        b"\r",
        b"\r\n\r\n",
        b"GET",
        b"GET / HTTP/1.1\r",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r",
    ] {
        assert_eq!(slug(bytes), "incomplete", "{}", bytes.escape_ascii());
    }
    assert_eq!(slug(b"\r\n\r\nGET / HTTP/1.0\r\n\r\n"), "complete");
    // Opaque bytes are legal in a value (RFC 9110 §5.5).
    assert_eq!(
        slug(b"GET / HTTP/1.0\r\nX: \xff\xc3\xa9\t\r\n\r\n"),
        "complete"
    );
}

#[test]
fn a_head_of_16_kib_is_read_and_one_byte_more_is_not() {
    let head = |size: usize| {
        let (start, end) = ("GET / HTTP/1.0\r\nX: ", "\r\n\r\n");
        let value = "a".repeat(size - start.len() - end.len());
        format!("{start}{value}{end}").into_bytes()
    };
    assert_eq!(slug(&head(MAX_HEAD)), "complete");
    assert_eq!(slug(&head(MAX_HEAD + 1)), "head_too_large");
    // Without an end it is refused at the same byte, not later.
    assert_eq!(slug(&head(MAX_HEAD + 99)[..MAX_HEAD]), "incomplete");
    assert_eq!(slug(&head(MAX_HEAD + 99)[..MAX_HEAD + 1]), "head_too_large");
    // Bytes after the head do not count.
    let mut pipelined = head(MAX_HEAD);
    pipelined.extend([0x81; 9000]);
    assert_eq!(slug(&pipelined), "complete");
}

#[test]
fn a_hundred_fields_are_read_and_one_more_is_not() {
    let head = |fields: usize| format!("GET / HTTP/1.0\r\n{}\r\n", "X: y\r\n".repeat(fields));
    assert_eq!(slug(head(100).as_bytes()), "complete");
    assert_eq!(slug(head(101).as_bytes()), "too_many_fields");
}

#[test]
fn an_endless_first_line_is_refused_on_its_way() {
    let line = [b'a'; MAX_REQUEST_LINE + 2];
    assert_eq!(slug(&line[..MAX_REQUEST_LINE]), "incomplete");
    assert_eq!(slug(&line), "target_too_long");
}

/// Smuggling needs two readers that disagree: what this one takes, httparse must take
/// as well, with the same end and the same fields. Says whether it was taken.
#[track_caller]
fn reads_the_same_to_httparse(bytes: &[u8]) -> bool {
    let Ok(Some((head, used))) = Head::parse(bytes) else {
        return false;
    };
    // httparse knows no later minor version than 1.
    if head.version > 1 {
        return true;
    }
    let mut fields = [httparse::EMPTY_HEADER; 16];
    let mut other = httparse::Request::new(&mut fields);
    let status = other.parse(bytes);
    assert_eq!(
        status,
        Ok(httparse::Status::Complete(used)),
        "{}",
        bytes.escape_ascii()
    );
    let theirs = other.headers.iter().map(|field| {
        let value = String::from_utf8_lossy(field.value).trim().to_owned();
        (field.name.to_ascii_lowercase(), value)
    });
    assert_eq!(
        head.headers,
        theirs.collect::<Vec<_>>(),
        "{}",
        bytes.escape_ascii()
    );
    assert_eq!(
        (Some(head.method.as_str()), Some(head.version)),
        (other.method, other.version)
    );
    true
}

#[test]
fn lines_in_every_order_read_the_same_to_another_parser() {
    const LINES: [&str; 16] = [
        "Host: a\r\n",
        "X:b\r\n",
        "X: \tb \r\n",
        "X: b\r\n c\r\n",
        "X: b\n",
        "X : b\r\n",
        "X: b\rc\r\n",
        "X:\r\n",
        ": b\r\n",
        "X\r\n",
        "\r\n",
        "\n",
        " X: b\r\n",
        "Content-Length: 5\r\n",
        "X: a\x0bb\r\n",
        "Transfer-Encoding: chunked\r\n",
    ];
    let mut accepted = 0;
    for choice in 0..LINES.len().pow(4) {
        let mut text = String::from("GET / HTTP/1.1\r\n");
        for digit in 0..4 {
            text.push_str(LINES[choice / LINES.len().pow(digit) % LINES.len()]);
        }
        accepted += usize::from(reads_the_same_to_httparse(text.as_bytes()));
    }
    assert!(accepted > 400, "{accepted}");
}

#[test]
fn any_byte_in_any_place_reads_the_same_to_another_parser() {
    let mut accepted = 0;
    for place in 0..REQUEST.len() {
        for byte in 0..=255 {
            let mut bytes = REQUEST.to_vec();
            bytes[place] = byte;
            accepted += usize::from(reads_the_same_to_httparse(&bytes));
            bytes.insert(place, REQUEST[place]);
            accepted += usize::from(reads_the_same_to_httparse(&bytes));
        }
    }
    assert!(accepted > 1000, "{accepted}");
}
