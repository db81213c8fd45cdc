//! Requests, right and wrong, and the status each must get: 101 for a handshake that
//! RFC 6455 §4.2.1 accepts, else the refusal that names the broken rule.
//!
//! Only bytes and `std`, so that the same table serves the pure checks and a real
//! server: send `request`, read the status line, and for a refusal look for the slug in
//! its body. Every request is complete or is refused on what there is; none needs a timeout.

/// A request and what must come back.
#[derive(Debug, Clone)]
pub struct Case {
    /// The rule that the case keeps or breaks.
    pub name: &'static str,
    /// Every byte that is sent.
    pub request: Vec<u8>,
    /// The status of the answer.
    pub status: u16,
    /// `error` in its JSON body; empty where the answer is no refusal.
    pub slug: &'static str,
}

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

/// The handshake that all others are made from.
const LINES: [&str; 6] = [
    "GET /ws HTTP/1.1",
    "Host: localhost:8080",
    "Upgrade: websocket",
    "Connection: Upgrade",
    KEY,
    "Sec-WebSocket-Version: 13",
];

/// Lines of a request head, with CR LF after each line and after the last one again.
fn lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut text = String::new();
    for line in lines.into_iter().filter(|line| !line.is_empty()) {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// The handshake with its n-th line replaced; an empty one is left out.
fn instead(n: usize, line: &str) -> Vec<u8> {
    let kept = LINES.iter().enumerate();
    lines(kept.map(|(i, kept)| if i == n { line } else { kept }))
}

/// The handshake with a line more, at its end.
fn with(line: &str) -> Vec<u8> {
    lines(LINES.into_iter().chain([line]))
}

/// Every case.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name, request, status, slug| {
        cases.push(Case {
            name,
            request,
            status,
            slug,
        });
    };
    // Each table replaces one line of the handshake.
    let tables = [REQUEST_LINES, HOSTS, UPGRADES, CONNECTIONS, KEYS, VERSIONS];
    for (n, table) in tables.into_iter().enumerate() {
        for (name, line, status, slug) in table {
            add(*name, instead(n, line), *status, *slug);
        }
    }
    for (name, line, status, slug) in MORE_LINES {
        add(name, with(line), *status, slug);
    }
    for (name, request, status, slug) in WHOLE {
        add(name, request.to_vec(), *status, slug);
    }
    for (name, request, status, slug) in sizes() {
        add(name, request, status, slug);
    }
    cases
}

type Line = (&'static str, &'static str, u16, &'static str);

#[rustfmt::skip] // one case a line
const REQUEST_LINES: &[Line] = &[
    ("the plain handshake", "GET /ws HTTP/1.1", 101, ""),
    ("the echo endpoint", "GET /echo HTTP/1.1", 101, ""),
    ("a query", "GET /ws?join= HTTP/1.1", 101, ""),
    ("an empty query", "GET /ws? HTTP/1.1", 101, ""),
    ("a query with a question mark", "GET /ws?a?b=c HTTP/1.1", 101, ""),
    ("an absolute target", "GET http://localhost:8080/ws HTTP/1.1", 101, ""),
    ("an absolute target in capitals", "GET HTTP://LOCALHOST:8080/ws HTTP/1.1", 101, ""),
    ("an absolute https target", "GET https://localhost:8080/echo HTTP/1.1", 101, ""),
    ("an absolute IPv6 target", "GET http://[::1]:8080/ws HTTP/1.1", 101, ""),
    ("a later minor version", "GET /ws HTTP/1.2", 101, ""),
    ("POST", "POST /ws HTTP/1.1", 405, "method_not_allowed"),
    ("PUT", "PUT /ws HTTP/1.1", 405, "method_not_allowed"),
    ("HEAD", "HEAD /ws HTTP/1.1", 405, "method_not_allowed"),
    ("DELETE", "DELETE /echo HTTP/1.1", 405, "method_not_allowed"),
    ("OPTIONS", "OPTIONS /ws HTTP/1.1", 405, "method_not_allowed"),
    ("an unknown method", "BREW /ws HTTP/1.1", 405, "method_not_allowed"),
    ("a method in lower case", "get /ws HTTP/1.1", 405, "method_not_allowed"),
    ("CONNECT", "CONNECT localhost:8080 HTTP/1.1", 501, "no_proxy"),
    ("HTTP/1.0", "GET /ws HTTP/1.0", 426, "http_1_0"),
    ("HTTP/0.9 with its version", "GET /ws HTTP/0.9", 505, "http_version"),
    ("HTTP/2.0 in words", "GET /ws HTTP/2.0", 505, "http_version"),
    ("HTTP/3.0 in words", "GET /ws HTTP/3.0", 505, "http_version"),
    ("a version in lower case", "GET /ws http/1.1", 400, "bad_version"),
    ("a version of two digits", "GET /ws HTTP/1.10", 400, "bad_version"),
    ("a version without a dot", "GET /ws HTTP/11", 400, "bad_version"),
    ("a version of another protocol", "GET /ws ICY/1.1", 400, "bad_version"),
    ("no version", "GET /ws", 400, "bad_request_line"),
    ("no target", "GET HTTP/1.1", 400, "bad_request_line"),
    ("two spaces before the target", "GET  /ws HTTP/1.1", 400, "bad_request_line"),
    ("two spaces before the version", "GET /ws  HTTP/1.1", 400, "bad_request_line"),
    ("a space at the end", "GET /ws HTTP/1.1 ", 400, "bad_request_line"),
    ("a space at the start", " GET /ws HTTP/1.1", 400, "bad_request_line"),
    ("tabs for spaces", "GET\t/ws\tHTTP/1.1", 400, "bad_request_line"),
    ("a space in the target", "GET /w s HTTP/1.1", 400, "bad_request_line"),
    ("a target that is not ASCII", "GET /wś HTTP/1.1", 400, "bad_request_line"),
    ("a method that is no token", "G@T /ws HTTP/1.1", 400, "bad_request_line"),
    ("a fragment", "GET /ws#top HTTP/1.1", 400, "fragment"),
    ("a target without its slash", "GET ws HTTP/1.1", 400, "bad_target"),
    ("an asterisk for a GET", "GET * HTTP/1.1", 400, "bad_target"),
    ("an absolute ws target", "GET ws://localhost:8080/ws HTTP/1.1", 400, "bad_target"),
    ("an absolute target without a host", "GET http:///ws HTTP/1.1", 400, "bad_target"),
    ("an absolute target with a user", "GET http://me@localhost/ws HTTP/1.1", 400, "bad_target"),
    ("an authority for a target", "GET localhost:8080 HTTP/1.1", 400, "bad_target"),
];

#[rustfmt::skip] // one case a line
const HOSTS: &[Line] = &[
    ("a host in capitals", "HOST: LOCALHOST:8080", 101, ""),
    ("a host without a port", "Host: localhost", 101, ""),
    ("a host with an empty port", "Host: localhost:", 101, ""),
    ("an IPv4 host", "Host: 127.0.0.1:8080", 101, ""),
    ("an IPv6 host", "Host: [::1]:8080", 101, ""),
    ("a host without a space", "Host:localhost", 101, ""),
    ("a host with tabs around it", "Host:\t localhost \t", 101, ""),
    ("any host, as in a LAN", "Host: raspberry-pi_2.local.", 101, ""),
    ("no host", "", 400, "no_host"),
    ("an empty host", "Host:", 400, "bad_host"),
    ("two equal hosts", "Host: localhost\r\nHost: localhost", 400, "two_hosts"),
    ("two hosts", "Host: localhost\r\nX: y\r\nhost: evil.example", 400, "two_hosts"),
    ("a host and an empty one", "Host: localhost\r\nHost:", 400, "two_hosts"),
    ("two hosts in a list", "Host: localhost, evil.example", 400, "bad_host"),
    ("two hosts in a list without a space", "Host: localhost,evil.example", 400, "bad_host"),
    ("a host with a space", "Host: local host", 400, "bad_host"),
    ("a host with a user", "Host: me@localhost", 400, "bad_host"),
    ("a host with a path", "Host: localhost/ws", 400, "bad_host"),
    ("a host with a scheme", "Host: http://localhost", 400, "bad_host"),
    ("a host with a word for a port", "Host: localhost:http", 400, "bad_host"),
    ("a host with a port too high", "Host: localhost:65536", 400, "bad_host"),
    ("a host with a signed port", "Host: localhost:+80", 400, "bad_host"),
    ("a host with two ports", "Host: localhost:80:80", 400, "bad_host"),
    ("an IPv6 host without brackets", "Host: ::1", 400, "bad_host"),
    ("an IPv6 host with one bracket", "Host: [::1", 400, "bad_host"),
    ("a host that is not ASCII", "Host: schüle.example", 400, "bad_host"),
    ("a host with a space before its colon", "Host : localhost", 400, "space_before_colon"),
];

#[rustfmt::skip] // one case a line
const UPGRADES: &[Line] = &[
    ("Upgrade: WebSocket", "Upgrade: WebSocket", 101, ""),
    ("UPGRADE: WEBSOCKET", "UPGRADE: WEBSOCKET", 101, ""),
    ("upgrade in lower case", "upgrade: websocket", 101, ""),
    ("websocket in a list", "Upgrade: foo, WebSocket", 101, ""),
    ("websocket in a list with versions", "Upgrade: foo/2, websocket, bar/1", 101, ""),
    ("websocket in a list with holes", "Upgrade: ,, websocket ,", 101, ""),
    ("websocket on a second line", "Upgrade: foo\r\nUpgrade: websocket", 101, ""),
    ("websocket twice", "Upgrade: websocket\r\nUpgrade: websocket", 101, ""),
    ("no upgrade: a plain GET", "", 426, "no_upgrade"),
    ("an empty upgrade", "Upgrade:", 426, "no_upgrade"),
    ("another upgrade", "Upgrade: h2c", 426, "no_upgrade"),
    ("an upgrade to websockets", "Upgrade: websockets", 426, "no_upgrade"),
    ("an upgrade to websocket/13", "Upgrade: websocket/13", 426, "no_upgrade"),
    ("an upgrade to web socket", "Upgrade: web socket", 426, "no_upgrade"),
    ("an upgrade in quotes", "Upgrade: \"websocket\"", 426, "no_upgrade"),
    ("an upgrade with a semicolon", "Upgrade: websocket;", 426, "no_upgrade"),
    ("an upgrade under another name", "X-Upgrade: websocket", 426, "no_upgrade"),
];

#[rustfmt::skip] // one case a line
const CONNECTIONS: &[Line] = &[
    ("connection in lower case", "connection: upgrade", 101, ""),
    ("connection in capitals", "CONNECTION: UPGRADE", 101, ""),
    ("keep-alive, Upgrade", "Connection: keep-alive, Upgrade", 101, ""),
    ("Upgrade,keep-alive", "Connection: Upgrade,keep-alive", 101, ""),
    ("white space of every sort", "Connection: \tkeep-alive\t , \t uPgRaDe \t", 101, ""),
    ("several connection lines", "Connection: keep-alive\r\nConnection: Upgrade", 101, ""),
    ("connection lines far apart", "Connection: Upgrade\r\nX: y\r\nConnection: TE", 101, ""),
    ("holes in the list", "Connection: ,Upgrade,,", 101, ""),
    ("no connection", "", 400, "no_connection_upgrade"),
    ("an empty connection", "Connection:", 400, "no_connection_upgrade"),
    ("keep-alive alone", "Connection: keep-alive", 400, "no_connection_upgrade"),
    ("close", "Connection: close", 400, "no_connection_upgrade"),
    ("websocket in the wrong line", "Connection: websocket", 400, "no_connection_upgrade"),
    ("a list without commas", "Connection: keep-alive Upgrade", 400, "no_connection_upgrade"),
    ("an upgrade with more to it", "Connection: Upgrade-Insecure", 400, "no_connection_upgrade"),
];

#[rustfmt::skip] // one case a line
const KEYS: &[Line] = &[
    ("a key of zeros", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", 101, ""),
    ("a key of ones", "Sec-WebSocket-Key: /////////////////////w==", 101, ""),
    ("a key that ends in g", "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDg==", 101, ""),
    ("a key that ends in A", "Sec-WebSocket-Key: +/+/+/+/+/+/+/+/+/+/+A==", 101, ""),
    ("a key with white space behind it", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== \t", 101, ""),
    ("a key with white space before it", "Sec-WebSocket-Key: \t  dGhlIHNhbXBsZSBub25jZQ==", 101, ""),
    ("a key without a space", "sec-websocket-key:dGhlIHNhbXBsZSBub25jZQ==", 101, ""),
    ("no key", "", 400, "no_key"),
    ("an empty key", "Sec-WebSocket-Key:", 400, "bad_key"),
    ("a key of 15 bytes", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA", 400, "bad_key"),
    ("a key of 17 bytes", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA=", 400, "bad_key"),
    ("a key of 18 bytes", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAA", 400, "bad_key"),
    ("a key of 13 bytes", "Sec-WebSocket-Key: SGVsbG8sIHdvcmxkIQ==", 400, "bad_key"),
    ("a key of 19 bytes", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAAAA==", 400, "bad_key"),
    ("a key in hexadecimal", "Sec-WebSocket-Key: 000102030405060708090a0b0c0d0e0f", 400, "bad_key"),
    ("a key in plain text", "Sec-WebSocket-Key: the sample nonce", 400, "bad_key"),
    ("a key without padding", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ", 400, "bad_key"),
    ("a key with half its padding", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=", 400, "bad_key"),
    ("a key with too much padding", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ===", 400, "bad_key"),
    ("the key of the note in RFC 6455 §4.1", "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==", 101, ""),
    ("a key in base64url", "Sec-WebSocket-Key: -_-_-_-_-_-_-_-_-_-_-A==", 400, "bad_key"),
    ("a key with a space in it", "Sec-WebSocket-Key: dGhlIHNhbXB ZSBub25jZQ==", 400, "bad_key"),
    ("a key in quotes", "Sec-WebSocket-Key: \"dGhlIHNhbXBsZSBub25jZQ==\"", 400, "bad_key"),
    ("a key with padding inside", "Sec-WebSocket-Key: dGhl=HNhbXBsZSBub25jZQ==", 400, "bad_key"),
    ("two keys in a list", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, AAAAAAAAAAAAAAAAAAAAAA==", 400, "bad_key"),
    ("a key with ü in it", "Sec-WebSocket-Key: dGhlIHNhbXüsZSBub25jZQ==", 400, "bad_key"),
    ("two equal keys", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", 400, "two_keys"),
    ("a key and an empty one", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-key:", 400, "two_keys"),
];

#[rustfmt::skip] // one case a line
const VERSIONS: &[Line] = &[
    ("the version in lower case", "sec-websocket-version:13", 101, ""),
    ("the version with white space", "Sec-WebSocket-Version:\t 13 \t", 101, ""),
    ("no version of WebSocket", "", 400, "no_version"),
    ("two equal versions", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13", 400, "two_versions"),
    ("two versions", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8", 400, "two_versions"),
    ("version 0", "Sec-WebSocket-Version: 0", 426, "unsupported_version"),
    ("version 7", "Sec-WebSocket-Version: 7", 426, "unsupported_version"),
    ("version 8", "Sec-WebSocket-Version: 8", 426, "unsupported_version"),
    ("version 12", "Sec-WebSocket-Version: 12", 426, "unsupported_version"),
    ("version 14", "Sec-WebSocket-Version: 14", 426, "unsupported_version"),
    ("version 255", "Sec-WebSocket-Version: 255", 426, "unsupported_version"),
    ("version 013", "Sec-WebSocket-Version: 013", 426, "unsupported_version"),
    ("version +13", "Sec-WebSocket-Version: +13", 426, "unsupported_version"),
    ("version 13.0", "Sec-WebSocket-Version: 13.0", 426, "unsupported_version"),
    ("versions in a list", "Sec-WebSocket-Version: 13, 8", 426, "unsupported_version"),
    ("an empty version", "Sec-WebSocket-Version:", 426, "unsupported_version"),
];

#[rustfmt::skip] // one case a line
const MORE_LINES: &[Line] = &[
    ("other fields", "User-Agent: x\r\nAccept-Encoding: gzip\r\nCookie: a=b; c=d", 101, ""),
    ("a field without a value", "X-Empty:", 101, ""),
    ("a value with colons", "X: a:b: c", 101, ""),
    ("a value that is not ASCII", "X: schön 课", 101, ""),
    ("a value with a tab in it", "X: a\tb", 101, ""),
    ("a field name of every legal sign", "!#$%&'*+-.^_`|~09AZaz: x", 101, ""),
    ("a length of zero", "Content-Length: 0", 101, ""),
    ("a length of zeros", "Content-Length: 000", 101, ""),
    ("the server's own origin", "Origin: http://localhost:8080", 101, ""),
    ("its origin in capitals", "Origin: HTTP://LOCALHOST:8080", 101, ""),
    ("its origin behind TLS", "Origin: https://localhost:8080", 101, ""),
    ("a subprotocol", "Sec-WebSocket-Protocol: chat.v1", 101, ""),
    ("subprotocols", "Sec-WebSocket-Protocol: other, chat.v1 ,third", 101, ""),
    ("subprotocols on two lines", "Sec-WebSocket-Protocol: chat.v1\r\nSec-WebSocket-Protocol: b", 101, ""),
    ("subprotocols that differ in case", "Sec-WebSocket-Protocol: chat.v1, CHAT.V1", 101, ""),
    ("an unknown subprotocol", "Sec-WebSocket-Protocol: soap", 101, ""),
    ("an extension", "Sec-WebSocket-Extensions: permessage-deflate", 101, ""),
    ("an extension with parameters", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=10", 101, ""),
    ("an extension with a quoted parameter", "Sec-WebSocket-Extensions: x; a=\"10\"; b", 101, ""),
    ("an extension offered twice", "Sec-WebSocket-Extensions: x; a=1, x; a=2, x", 101, ""),
    ("extensions on two lines", "Sec-WebSocket-Extensions: x\r\nSec-WebSocket-Extensions: y;z", 101, ""),
    ("an unknown extension", "Sec-WebSocket-Extensions: x-webkit-deflate-frame", 101, ""),
    ("a body", "Content-Length: 5", 400, "body_on_upgrade"),
    ("a body of a large length", "Content-Length: 18446744073709551615", 400, "body_on_upgrade"),
    ("a chunked body", "Transfer-Encoding: chunked", 400, "body_on_upgrade"),
    ("a chunked body in capitals", "TRANSFER-ENCODING: CHUNKED", 400, "body_on_upgrade"),
    ("an unknown transfer coding", "Transfer-Encoding: xchunked", 400, "body_on_upgrade"),
    ("an identity coding", "Transfer-Encoding: identity", 400, "body_on_upgrade"),
    ("an empty coding", "Transfer-Encoding:", 400, "body_on_upgrade"),
    ("length and coding", "Content-Length: 0\r\nTransfer-Encoding: chunked", 400, "body_on_upgrade"),
    ("coding and length", "Transfer-Encoding: chunked\r\nContent-Length: 5", 400, "body_on_upgrade"),
    ("a signed length", "Content-Length: +0", 400, "bad_content_length"),
    ("a negative length", "Content-Length: -0", 400, "bad_content_length"),
    ("a length in hexadecimal", "Content-Length: 0x0", 400, "bad_content_length"),
    ("an empty length", "Content-Length:", 400, "bad_content_length"),
    ("lengths in a list", "Content-Length: 0, 0", 400, "bad_content_length"),
    ("a length with a space in it", "Content-Length: 0 0", 400, "bad_content_length"),
    ("a length beyond 64 bits", "Content-Length: 18446744073709551616", 400, "bad_content_length"),
    ("two equal lengths", "Content-Length: 0\r\nContent-Length: 0", 400, "repeated_field"),
    ("two lengths", "Content-Length: 0\r\nContent-Length: 5", 400, "repeated_field"),
    ("a second host", "Host: localhost:8080", 400, "two_hosts"),
    ("a second key", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", 400, "two_keys"),
    ("a second version", "Sec-WebSocket-Version: 13", 400, "two_versions"),
    ("a foreign origin", "Origin: http://evil.example", 403, "origin_not_allowed"),
    ("a foreign port", "Origin: http://localhost:8081", 403, "origin_not_allowed"),
    ("an origin that begins like ours", "Origin: http://localhost:8080.evil.example", 403, "origin_not_allowed"),
    ("an origin with a path", "Origin: http://localhost:8080/", 403, "origin_not_allowed"),
    ("the null origin", "Origin: null", 403, "origin_not_allowed"),
    ("an empty origin", "Origin:", 403, "origin_not_allowed"),
    ("a file's origin", "Origin: file://", 403, "origin_not_allowed"),
    ("two origins", "Origin: http://localhost:8080\r\nOrigin: http://localhost:8080", 400, "repeated_field"),
    ("an empty subprotocol", "Sec-WebSocket-Protocol:", 400, "bad_protocol"),
    ("nothing but a comma", "Sec-WebSocket-Protocol: ,", 400, "bad_protocol"),
    ("a subprotocol with a space", "Sec-WebSocket-Protocol: chat v1", 400, "bad_protocol"),
    ("a subprotocol with a slash", "Sec-WebSocket-Protocol: chat/v1", 400, "bad_protocol"),
    ("a subprotocol in quotes", "Sec-WebSocket-Protocol: \"chat.v1\"", 400, "bad_protocol"),
    ("a subprotocol that is not ASCII", "Sec-WebSocket-Protocol: schön", 400, "bad_protocol"),
    ("a subprotocol twice", "Sec-WebSocket-Protocol: chat.v1, chat.v1", 400, "repeated_protocol"),
    ("a subprotocol twice on two lines", "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: b", 400, "repeated_protocol"),
    ("no extension", "Sec-WebSocket-Extensions:", 400, "bad_extensions"),
    ("an extension without a name", "Sec-WebSocket-Extensions: ; a=1", 400, "bad_extensions"),
    ("a parameter without a name", "Sec-WebSocket-Extensions: x; =1", 400, "bad_extensions"),
    ("a parameter without a value", "Sec-WebSocket-Extensions: x; a=", 400, "bad_extensions"),
    ("an empty parameter", "Sec-WebSocket-Extensions: x;", 400, "bad_extensions"),
    ("an extension with a space", "Sec-WebSocket-Extensions: x y", 400, "bad_extensions"),
    ("an open quote", "Sec-WebSocket-Extensions: x; a=\"1", 400, "bad_extensions"),
    ("a quoted value that is no token", "Sec-WebSocket-Extensions: x; a=\"1 2\"", 400, "bad_extensions"),
    ("a folded line", "X: a\r\n b", 400, "folded_line"),
    ("a line folded by a tab", "X: a\r\n\tb", 400, "folded_line"),
];

type Whole = (&'static str, &'static [u8], u16, &'static str);

/// A handshake on /ws whose bytes between `$before` and `$after` its lines are free.
macro_rules! ws {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "GET /ws HTTP/1.1\r\nHost: localhost:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
            $after
        )
        .as_bytes()
    };
}

#[rustfmt::skip] // one case a line
const WHOLE: &[Whole] = &[
    ("an empty line first", ws!("\r\n", "\r\n"), 101, ""),
    ("two empty lines first", ws!("\r\n\r\n", "\r\n"), 101, ""),
    ("three empty lines first", ws!("\r\n\r\n\r\n", "\r\n"), 400, "bad_request_line"),
    ("a lone LF first", ws!("\n", "\r\n"), 400, "bare_lf"),
    ("a space first", ws!(" ", "\r\n"), 400, "bad_request_line"),
    ("a byte order mark first", ws!("\u{feff}", "\r\n"), 400, "bad_request_line"),
    ("a lone LF for the empty line", ws!("", "\n"), 400, "bare_lf"),
    ("a lone LF behind a field", ws!("", "X: y\n\r\n"), 400, "bare_lf"),
    ("a LF inside a value", ws!("", "X: a\nHost: b\r\n\r\n"), 400, "bare_lf"),
    ("a CR inside a value", ws!("", "X: a\rb\r\n\r\n"), 400, "bare_cr"),
    ("a CR too many", ws!("", "X: a\r\r\n\r\n"), 400, "bare_cr"),
    ("a CR for the empty line", ws!("", "\rX: y\r\n\r\n"), 400, "bare_cr"),
    ("a NUL in a value", ws!("", "X: a\0b\r\n\r\n"), 400, "control_character"),
    ("a NUL in a name", ws!("", "X\0: a\r\n\r\n"), 400, "control_character"),
    ("an escape in a value", ws!("", "X: \u{1b}[31m\r\n\r\n"), 400, "control_character"),
    ("a vertical tab", ws!("", "X:\u{b}a\r\n\r\n"), 400, "control_character"),
    ("a delete", ws!("", "X: \u{7f}\r\n\r\n"), 400, "control_character"),
    ("no colon", ws!("", "X\r\n\r\n"), 400, "no_colon"),
    ("no name", ws!("", ": x\r\n\r\n"), 400, "bad_field_name"),
    ("a space in a name", ws!("", "X Y: x\r\n\r\n"), 400, "bad_field_name"),
    ("a bracket in a name", ws!("", "X[0]: x\r\n\r\n"), 400, "bad_field_name"),
    ("a name that is not ASCII", ws!("", "Ü: x\r\n\r\n"), 400, "bad_field_name"),
    ("a space before the colon", ws!("", "X : y\r\n\r\n"), 400, "space_before_colon"),
    ("a tab before the colon", ws!("", "X\t: y\r\n\r\n"), 400, "space_before_colon"),
    ("a smuggled length", ws!("", "Content-Length : 5\r\n\r\n"), 400, "space_before_colon"),
    ("a space before the first field", b"GET /ws HTTP/1.1\r\n Host: a\r\n\r\n", 400, "folded_line"),
    ("a tab before the first field", b"GET /ws HTTP/1.1\r\n\tHost: a\r\n\r\n", 400, "folded_line"),
    ("only a request line", b"GET /ws HTTP/1.1\r\n\r\n", 400, "no_host"),
    ("a plain GET of the chat", b"GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", 426, "no_upgrade"),
    ("a plain GET of the echo", b"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n", 426, "no_upgrade"),
    ("a plain GET over HTTP/1.0", b"GET /ws HTTP/1.0\r\n\r\n", 426, "http_1_0"),
    ("a POST over HTTP/1.0", b"POST /ws HTTP/1.0\r\n\r\n", 405, "method_not_allowed"),
    ("the page", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, ""),
    ("the page with a query", b"GET /?lang=en HTTP/1.1\r\nHost: a\r\n\r\n", 200, ""),
    ("the page over HTTP/1.0", b"GET / HTTP/1.0\r\n\r\n", 200, ""),
    ("the head of the page", b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 200, ""),
    ("a POST to the page", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405, "method_not_allowed"),
    ("a path that is not there", b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404, "not_found"),
    ("a path that climbs", b"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 404, "not_found"),
    ("a path that climbs in percent", b"GET /assets/%2e%2e/%2e%2e/Cargo.toml HTTP/1.1\r\nHost: a\r\n\r\n", 404, "not_found"),
    ("the chat in percent", b"GET /%77s HTTP/1.1\r\nHost: a\r\n\r\n", 404, "not_found"),
    ("TLS", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 400, "not_https"),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http_version"),
    ("SSH", b"SSH-2.0-OpenSSH_9.9\r\n", 400, "bad_request_line"),
    ("a frame without a handshake", b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 400, "bad_request_line"),
    ("nonsense", b"hello, world\r\n", 400, "bad_request_line"),
];

/// Cases that are too long to write down.
#[rustfmt::skip] // one case a line
fn sizes() -> Vec<(&'static str, Vec<u8>, u16, &'static str)> {
    let value = |length: usize| with(&format!("X: {}", "a".repeat(length)));
    let room = 16 * 1024 - value(0).len();
    let fields = |count: usize| with(&vec!["X: y"; count].join("\r\n"));
    let target = |length: usize| instead(0, &format!("GET /{} HTTP/1.1", "a".repeat(length - 1)));
    let mut query = "GET /ws?".to_owned();
    query.extend(std::iter::repeat_n('q', 8 * 1024 - 4));
    query.push_str(" HTTP/1.1");
    let mut frames = with("");
    // An empty text, masked, four times: a client need not wait for the 101 before it sends.
    frames.extend_from_slice(&b"\x81\x80\x01\x02\x03\x04".repeat(4));
    vec![
        ("a head of 16 KiB", value(room), 101, ""),
        ("a head of 16 KiB and a byte", value(room + 1), 431, "head_too_large"),
        ("a head of 64 KiB", value(64 * 1024), 431, "head_too_large"),
        ("a hundred fields", fields(95), 101, ""),
        ("a hundred and one fields", fields(96), 431, "too_many_fields"),
        ("a thousand fields", fields(1000), 431, "too_many_fields"),
        ("a target of 8 KiB", instead(0, &query), 101, ""),
        ("a long path that is not there", target(8 * 1024), 404, "not_found"),
        ("a target of 8 KiB and a byte", target(8 * 1024 + 1), 414, "target_too_long"),
        ("a target without end", vec![b'a'; 9000], 414, "target_too_long"),
        ("an empty line alone too often", b"\r\n".repeat(3), 400, "bad_request_line"),
        ("frames pipelined behind it", frames, 101, ""),
    ]
}
