//! The join address as a QR code, for the wall.

use crate::harness::{Raw, Response, Server};

#[track_caller]
fn ask(server: &Server, host: &str, query: &str, more: &str) -> Response {
    let mut raw = Raw::connect(server.addr);
    let head = format!("GET /api/join.svg{query} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n");
    raw.send(head.as_bytes());
    raw.read_response()
}

#[test]
fn the_qr_code_shows_only_the_address_that_the_request_used() {
    let server = Server::start("");
    let one = ask(&server, "192.168.1.7:8080", "", "");
    assert_eq!(one.status, 200);
    assert_eq!(one.header("content-type"), Some("image/svg+xml"));
    assert_eq!(
        one.header("content-security-policy"),
        Some("default-src 'none'")
    );
    let picture = one.text();
    assert!(picture.starts_with("<svg "), "{picture}");
    for word in ["<script", "style", "href"] {
        assert!(!picture.contains(word), "{word} in {picture}");
    }
    // The token and the query make no difference.
    let token = format!("Authorization: Bearer {}\r\n", server.token("Ada", "host"));
    assert_eq!(
        ask(&server, "192.168.1.7:8080", "?x=y", &token).text(),
        picture
    );
    for (host, query) in [
        ("192.168.1.8:8080", ""),
        ("192.168.1.7", ""),
        ("192.168.1.7:8080", "?https"),
    ] {
        let other = ask(&server, host, query, "");
        assert_eq!(other.status, 200, "{host}{query}");
        assert_ne!(other.text(), picture, "{host}{query}");
    }
}

#[test]
fn the_picture_carries_a_class_code_if_the_client_names_one() {
    let server = Server::start("");
    let host = "192.168.1.7:8080";
    let plain = ask(&server, host, "", "").text();
    let coded = ask(&server, host, "?code=GHKM23", "");
    assert_eq!(coded.status, 200);
    assert_ne!(coded.text(), plain);
    // As people type it.
    assert_eq!(ask(&server, host, "?code=ghkm23", "").text(), coded.text());
    let secure = ask(&server, host, "?https&code=GHKM23", "").text();
    assert_ne!(secure, coded.text());
    assert_eq!(ask(&server, host, "?code=GHKM23&https", "").text(), secure);
    for code in ["", "x", "a%20b%20c", "<script>"] {
        assert_eq!(
            ask(&server, host, &format!("?code={code}"), "").status,
            404,
            "{code}"
        );
    }
}

/// A proxy on this machine may forward requests from the whole Internet.
#[test]
fn only_moderators_and_hosts_get_the_network_address() {
    let server = Server::start("");
    assert_eq!(ask(&server, "localhost", "", "").status, 401);
    for (role, status) in [("member", 403), ("moderator", 200), ("host", 200)] {
        let token = format!("Authorization: Bearer {}\r\n", server.token("Ada", role));
        assert_eq!(
            ask(&server, "127.0.0.1:8080", "", &token).status,
            status,
            "{role}"
        );
    }
}
