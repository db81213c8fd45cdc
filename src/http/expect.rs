//! `Expect: 100-continue`: a client that has a large body asks whether it may send it.
//!
//! Obeys RFC 9110 §10.1.1 and §7.8 (before a 101). A request that is refused gets its final status
//! without a 100, so that the client can keep its body.

use crate::http::head::Head;
use crate::http::refusal::Refusal;

/// The interim response that asks for the body.
pub(crate) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Whether the client waits for [`CONTINUE`] before it goes on.
///
/// # Errors
///
/// 417: the client expects something else.
pub(crate) fn asks_first(head: &Head) -> Result<bool, Refusal> {
    // RFC 9110 §10.1.1: "A server that receives a 100-continue expectation in an HTTP/1.0 request
    // MUST ignore that expectation."
    if head.version == 0 {
        return Ok(false);
    }
    let mut expected = head.list("expect").peekable();
    let asks = expected.peek().is_some();
    // §10.1.1: "The Expect field value is case-insensitive."
    if expected.any(|one| !one.eq_ignore_ascii_case("100-continue")) {
        return Err(Refusal::new(
            417,
            "unknown_expectation",
            "This server knows one expectation, Expect: 100-continue (RFC 9110 §10.1.1): leave the \
             field out.",
        ));
    }
    Ok(asks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(version: &str, lines: &str) -> Result<bool, u16> {
        let text = format!("POST / HTTP/{version}\r\nHost: a\r\n{lines}\r\n");
        let (head, _) = Head::parse(text.as_bytes()).unwrap().unwrap();
        asks_first(&head).map_err(|refusal| refusal.status)
    }

    #[test]
    fn one_expectation_is_known_and_http_1_0_has_none() {
        for (lines, expected) in [
            ("", Ok(false)),
            ("Expect:\r\n", Ok(false)),
            ("Expect: 100-continue\r\n", Ok(true)),
            ("EXPECT: 100-Continue\r\n", Ok(true)),
            ("Expect: 100-continue, ,100-continue\r\n", Ok(true)),
            ("Expect: 100-continue\r\nExpect: 100-continue\r\n", Ok(true)),
            ("Expect: 200-ok\r\n", Err(417)),
            ("Expect: 100-continue, coffee\r\n", Err(417)),
            ("Expect: 100-continue;q=1\r\n", Err(417)),
            ("Expect: 100\r\n", Err(417)),
        ] {
            assert_eq!(judged("1.1", lines), expected, "{lines}");
            assert_eq!(judged("1.0", lines), Ok(false), "{lines}");
        }
    }
}
