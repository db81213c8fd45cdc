//! Which form of a page or file a client gets: its encoding, and its language.
//!
//! Obeys RFC 9110 §12.4.2 (weights), §12.5.3 (Accept-Encoding) and §12.5.4 (Accept-Language).

use crate::http::head::Head;

/// The elements of a list that may have weights, with these. An element whose weight cannot be read has 0.
fn weighted<'a>(head: &'a Head, field: &'a str) -> impl Iterator<Item = (&'a str, f32)> {
    head.list(field).map(|element| {
        let (value, parameters) = element.split_once(';').unwrap_or((element, ""));
        let parameters = parameters.trim();
        let weight = parameters
            .strip_prefix("q=")
            .or(parameters.strip_prefix("Q="));
        let weight = match weight {
            Some(text) => text.trim().parse().unwrap_or(0.0),
            None => 1.0,
        };
        (value.trim(), weight)
    })
}

/// Returns whether the client takes gzip, and does not prefer the plain form.
///
/// Without the field any encoding is acceptable (§12.5.3), but who does not ask seldom decompresses.
pub(super) fn takes_gzip(head: &Head) -> bool {
    let weight = |names: &[&str]| {
        let mut elements = weighted(head, "accept-encoding");
        let named = |value: &str| names.iter().any(|name| name.eq_ignore_ascii_case(value));
        elements.find(|(value, _)| named(value)).map(|(_, q)| q)
    };
    let any = weight(&["*"]);
    // RFC 9110 §8.4.1.3: "A recipient SHOULD consider "x-gzip" to be equivalent to "gzip"."
    let gzip = weight(&["gzip", "x-gzip"]).or(any).unwrap_or(0.0);
    // §12.5.3: the plain form is acceptable unless it is excluded; who does not name it prefers the other.
    let identity = weight(&["identity"]).unwrap_or(0.0);
    gzip > 0.0 && gzip >= identity
}

/// Returns whether the client prefers Chinese to English: by the larger weight, or by the order if
/// the weights are equal.
pub(super) fn prefers_chinese(head: &Head) -> bool {
    let mut best = ("en", 0.0);
    for (tag, weight) in weighted(head, "accept-language") {
        let language = tag.split('-').next().unwrap_or_default();
        let known = ["zh", "en"]
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(language));
        if let Some(known) = known.filter(|_| weight > best.1) {
            best = (known, weight);
        }
    }
    best.0 == "zh"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(lines: &str) -> Head {
        let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
        Head::parse(text.as_bytes()).unwrap().unwrap().0
    }

    #[test]
    fn gzip_goes_to_those_who_take_it() {
        for (value, gzip) in [
            ("gzip", true),
            ("gzip, deflate, br, zstd", true),
            ("deflate, GZIP;q=0.1", true),
            ("x-gzip", true),
            ("*", true),
            ("*;q=0.5", true),
            ("gzip ; q=0.5, identity;q=0.5", true),
            ("identity;q=0, *", true),
            ("", false),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip;q=0.000", false),
            ("gzip;Q=0, *", false),
            ("*;q=0", false),
            ("gzip;q=0.5, identity", false),
            ("identity, *;q=0.5", false),
            ("br, deflate", false),
            ("gzip;q=much", false),
            ("gzipped", false),
        ] {
            let head = head(&format!("Accept-Encoding: {value}\r\n"));
            assert_eq!(takes_gzip(&head), gzip, "{value}");
        }
        assert!(!takes_gzip(&head("")));
        let lines = "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n";
        assert!(takes_gzip(&head(lines)));
    }
}
