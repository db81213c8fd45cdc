use super::*;

#[test]
fn urls_are_taken_apart() {
    for (url, authority, host, port, resource) in [
        ("ws://a", "a", "a", 80, "/"),
        ("WS://a:1/b?c=d", "a:1", "a", 1, "/b?c=d"),
        ("ws://a?x", "a", "a", 80, "/?x"),
        ("ws://[::1]:8080/ws", "[::1]:8080", "::1", 8080, "/ws"),
        ("ws://[::1]/", "[::1]", "::1", 80, "/"),
    ] {
        let target = Target::parse(url).unwrap();
        assert_eq!(
            (
                target.authority.as_str(),
                target.host.as_str(),
                target.port,
                target.resource.as_str()
            ),
            (authority, host, port, resource)
        );
    }
    for (url, word) in [
        ("wss://a/", "TLS"),
        ("http://a/", "ws://"),
        ("localhost:8080", "ws://"),
        ("ws://", "host"),
        ("ws://me@a/", "user"),
        ("ws://a:99999/", "port"),
        ("ws://a/#b", "fragment"),
        ("ws://a/ b", "visible"),
        ("ws://a/\r\nX: y", "visible"),
    ] {
        let error = Target::parse(url).unwrap_err();
        assert!(error.contains(word), "{url}: {error}");
    }
}

fn lines(args: WireArgs) -> Result<String, String> {
    let target = Target::parse("ws://a:1/b").unwrap();
    request(&args, &target, "KEY").map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn headers_are_added_replaced_and_left_out() {
    let plain = lines(WireArgs::default()).unwrap();
    assert_eq!(
        plain,
        "GET /b HTTP/1.1\r\nHost: a:1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    let header = ["X: 1", "sec-websocket-version: 8", "Upgrade:", "X: 2"];
    let odd = lines(WireArgs {
        token: Some("t".into()),
        protocol: vec!["chat.v1".into(), "b".into()],
        origin: Some("http://o".into()),
        header: header.map(String::from).to_vec(),
        ..WireArgs::default()
    })
    .unwrap();
    assert_eq!(
        odd,
        "GET /b HTTP/1.1\r\nHost: a:1\r\nConnection: Upgrade\r\nSec-WebSocket-Key: KEY\r\n\
         sec-websocket-version: 8\r\nOrigin: http://o\r\nSec-WebSocket-Protocol: chat.v1, b\r\n\
         Authorization: Bearer t\r\nX: 1\r\nX: 2\r\n\r\n"
    );
    for header in ["no colon", "a b: c", ": x", "X: a\r\nY: b"] {
        let wrong = WireArgs {
            header: vec![header.into()],
            ..WireArgs::default()
        };
        assert!(lines(wrong).is_err(), "{header:?}");
    }
}

#[test]
fn a_status_other_than_101_is_called_what_it_is() {
    for (status, words) in [
        (Some(200), "200 instead of 101"),
        (Some(302), "302, a redirect"),
        (Some(403), "refused the handshake with 403"),
        (Some(503), "refused the handshake with 503"),
        (None, "no HTTP response"),
    ] {
        assert!(not_accepted(status).contains(words), "{status:?}");
    }
}
