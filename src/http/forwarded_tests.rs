//! Fields as proxies write them, and as clients forge them.

use super::*;

/// The address of a request with these lines that came from 10.0.0.1. Proxies are 10.0.0.0/24.
#[track_caller]
fn address(lines: &str) -> String {
    let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
    let (head, _) = Head::parse(text.as_bytes()).unwrap().unwrap();
    let trusted = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.octets()[..3] == [10, 0, 0],
        IpAddr::V6(v6) => v6.segments()[0] == 0xfd00,
    };
    client_address(&head, "10.0.0.1".parse().unwrap(), trusted).to_string()
}

#[test]
fn every_form_of_an_address_is_read_in_both_fields() {
    for (written, read) in [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:5678", "192.0.2.1"),
        ("192.0.2.1:_port", "192.0.2.1"),
        ("::1", "::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        // Not addresses: the proxy itself is all that is known.
        ("unknown", "10.0.0.1"),
        ("_hidden", "10.0.0.1"),
        ("_SEVKISEK:80", "10.0.0.1"),
        ("unknown:80", "10.0.0.1"),
        ("192.0.2.1:", "10.0.0.1"),
        ("192.0.2.1:x", "10.0.0.1"),
        ("192.0.2.1:123456", "10.0.0.1"),
        ("192.0.2.1:+1", "10.0.0.1"),
        ("192.0.2", "10.0.0.1"),
        ("[192.0.2.1]", "10.0.0.1"),
        ("[::1", "10.0.0.1"),
        ("::1]", "10.0.0.1"),
        ("[::1]x", "10.0.0.1"),
        ("[::1]:", "10.0.0.1"),
        ("localhost", "10.0.0.1"),
    ] {
        for line in [
            format!("X-Forwarded-For: {written}\r\n"),
            format!("X-Forwarded-For: \"{written}\"\r\n"),
            format!("Forwarded: for={written}\r\n"),
            format!("Forwarded: for=\"{written}\"\r\n"),
            format!("Forwarded: proto=https;FOR=\"{written}\";by=10.0.0.1\r\n"),
            format!("Forwarded: host=\"a, b;\\\"c\" ; for=\"{written}\" ; proto=http,\r\n"),
        ] {
            assert_eq!(address(&line), read, "{line}");
        }
    }
}

#[test]
fn the_client_is_the_last_that_is_no_trusted_proxy() {
    for (chain, read) in [
        (&["6.6.6.6", "192.0.2.1"][..], "192.0.2.1"),
        (&["6.6.6.6", "192.0.2.1", "10.0.0.9"], "192.0.2.1"),
        (
            &["6.6.6.6", "192.0.2.1:99", "10.0.0.9:8", "fd00::2"],
            "192.0.2.1",
        ),
        // If a proxy did not name the address, the names to the left of it prove nothing.
        (&["6.6.6.6", "unknown"], "10.0.0.1"),
        (&["6.6.6.6", "unknown", "10.0.0.9"], "10.0.0.9"),
        (&["6.6.6.6", "_x", "fd00::2", "10.0.0.9"], "fd00::2"),
        // All are proxies: the first of them has sent it.
        (&["10.0.0.8", "10.0.0.9"], "10.0.0.8"),
    ] {
        let legacy = format!("X-Forwarded-For: {}\r\n", chain.join(", "));
        let lines: String = chain
            .iter()
            .map(|hop| format!("X-Forwarded-For: ,{hop} ,,\r\n"))
            .collect();
        let pairs: Vec<String> = chain.iter().map(|hop| format!("for=\"{hop}\"")).collect();
        let standard = format!("Forwarded: {}\r\n", pairs.join(" ,, "));
        let separate: String = pairs
            .iter()
            .map(|pair| format!("Forwarded: {pair}\r\n"))
            .collect();
        for line in [&legacy, &lines, &standard, &separate] {
            assert_eq!(address(line), read, "{line}");
        }
    }
}

#[test]
fn nobody_chooses_an_address_by_the_field_that_the_proxy_does_not_write() {
    let real = "192.0.2.1";
    for lines in [
        "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=6.6.6.6\r\n",
        "Forwarded: for=6.6.6.6\r\nX-Forwarded-For: 192.0.2.1\r\n",
        "X-Forwarded-For: 6.6.6.6\r\nForwarded: for=192.0.2.1\r\n",
        "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=unknown\r\n",
        "X-Forwarded-For: 192.0.2.1\r\nForwarded: nonsense\r\n",
        "X-Forwarded-For:\r\nForwarded: for=6.6.6.6\r\n",
        "X-Forwarded-For: 6.6.6.6\r\nForwarded:\r\n",
    ] {
        assert_eq!(address(lines), "10.0.0.1", "{lines}");
    }
    let agreed = "X-Forwarded-For: 192.0.2.1:80\r\nForwarded: for=\"192.0.2.1\"\r\n";
    assert_eq!(address(agreed), real);
}

#[test]
fn a_quotation_that_the_client_opens_does_not_swallow_what_the_proxy_appends() {
    for begun in [
        "for=\"",
        "for=6.6.6.6, for=\"x",
        "for=6.6.6.6;host=\"",
        "for=6.6.6.6;host=\"\\",
    ] {
        for appended in [
            "for=192.0.2.1",
            "for=\"192.0.2.1:80\"",
            "by=\"a\";for=\"192.0.2.1\"",
        ] {
            let one = format!("Forwarded: {begun}, {appended}\r\n");
            assert_eq!(address(&one), "10.0.0.1", "{one}");
            let two = format!("Forwarded: {begun}\r\nForwarded: {appended}\r\n");
            assert_eq!(address(&two), "192.0.2.1", "{two}");
        }
    }
    let legacy = "X-Forwarded-For: \", 192.0.2.1\r\n";
    assert_eq!(address(legacy), "192.0.2.1");
}

#[test]
fn a_line_that_breaks_the_grammar_says_nothing() {
    for line in [
        "for",
        "for=",
        "=192.0.2.1",
        "for =192.0.2.1",
        "for= 192.0.2.1",
        "for=192.0.2.1 proto=http",
        "for=\"192.0.2.1\"x",
        "for=\"192.0.2.1",
        "for=6.6.6.6;for=192.0.2.1",
        "for=\"192.0.2.1\\",
        "{for=192.0.2.1}",
    ] {
        let line = format!("Forwarded: {line}\r\n");
        assert_eq!(address(&line), "10.0.0.1", "{line}");
    }
}

#[test]
fn only_a_trusted_proxy_is_believed() {
    let text = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\n\
                Forwarded: for=6.6.6.6\r\n\r\n";
    let (head, _) = Head::parse(text.as_bytes()).unwrap().unwrap();
    let peer: IpAddr = "192.0.2.7".parse().unwrap();
    assert_eq!(client_address(&head, peer, |_| false), peer);
}

#[test]
fn a_node_names_the_client_and_its_place_and_nobody_else_can() {
    let tag = |text: &str| format!("<{}>", text.len());
    let client: IpAddr = "192.0.2.7".parse().unwrap();
    let field = |place| node_field(&FromNode { client, place }, tag);
    let named = |lines: &str| {
        let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
        let (head, _) = Head::parse(text.as_bytes()).unwrap().unwrap();
        let from = from_node(&head, tag);
        let from = from.map(|from| (from.client, from.place.map(|(t, c)| (t.to_owned(), c))));
        (is_from_node(&head), from)
    };
    let (here, trunk) = (field(None), field(Some(("abc", 12))));
    assert_eq!(named(&here), (true, Some((client, None))));
    let place = Some(("abc".to_owned(), 12));
    assert_eq!(named(&trunk), (true, Some((client, place))));
    assert_eq!(named(""), (false, None));
    for forged in [
        "Glassroom-Client: 192.0.2.7\r\n".to_owned(),
        "Glassroom-Client: 192.0.2.7 <1>\r\n".to_owned(),
        "Glassroom-Client: nobody <13>\r\n".to_owned(),
        trunk.replace("/12", "/123"),
        format!("{here}{here}"),
    ] {
        assert_eq!(named(&forged), (true, None), "{forged}");
    }
}

#[test]
fn the_line_of_a_node_is_no_part_of_what_the_client_has_sent() {
    for (request, sent) in [
        (
            "GET / HTTP/1.1\r\nGlassroom-Client: a - b\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "\r\nGET / HTTP/1.1\r\nGlassroom-Client: a\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\n\r\n",
        ),
        ("GET / HTTP/1.1\nglassroom-client: a", "GET / HTTP/1.1\n"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        ("GET / HTTP/1.1", "GET / HTTP/1.1"),
        ("", ""),
    ] {
        assert_eq!(as_sent(request.as_bytes()), sent.as_bytes());
    }
}
