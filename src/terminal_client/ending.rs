//! What the end of a connection means: whether it went well, and the sentence that says why not.
//!
//! Pure. The exit code and the last line come from here, so they cannot disagree.

use crate::lens::ladders::CloseSummary;
use crate::model::direction::Direction;
use crate::websocket::rules::{Rule, close_code_meaning};

/// How TCP ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TcpEnd {
    /// The server ended its side (FIN).
    Fin,
    /// The server reset the connection (RST).
    Reset,
    /// The client ended it, because the server had not done so in time.
    TimedOut,
}

/// Everything that the exit code depends on.
#[derive(Debug)]
pub(crate) struct Ending {
    /// The first rule that the server broke.
    pub(crate) broken: Option<Rule>,
    /// The code of the first Close of the client, if it sent one.
    pub(crate) sent: Option<Option<u16>>,
    /// The code of the first Close of the server, if one came.
    pub(crate) received: Option<Option<u16>>,
    /// How TCP ended.
    pub(crate) tcp: TcpEnd,
}

impl Ending {
    /// Why the connection did not end well, or `None` if it did.
    pub(crate) fn failure(&self, summary: &CloseSummary) -> Option<String> {
        if let Some(rule) = self.broken {
            return Some(format!(
                "the server broke a rule, so the connection has failed: {} (RFC 6455 §{})",
                rule.slug(),
                rule.section()
            ));
        }
        let Some(code) = self.received else {
            return Some(self.without_close());
        };
        if self.sent.is_none() {
            return Some(
                "the server has closed, and the answer to its Close could not be sent".into(),
            );
        }
        // An answer "typically echos the status code it received" (§5.5.1), whatever it means.
        let is_echo = summary.began == Some(Direction::FromClient) && self.sent == self.received;
        match code {
            None | Some(1000 | 1001) => None,
            Some(_) if is_echo => None,
            Some(code) => Some(format!(
                "the server closed with {code} ({})",
                close_code_meaning(code)
            )),
        }
    }

    /// The server has sent no Close.
    fn without_close(&self) -> String {
        let how = match self.tcp {
            TcpEnd::Fin => "ended",
            TcpEnd::Reset => "reset",
            TcpEnd::TimedOut => {
                return "the server did not answer the Close within 5 s (RFC 6455 §5.5.1); a page \
                        would see 1006 (§7.1.5)"
                    .into();
            }
        };
        let what = match self.sent {
            Some(_) => "without answering the Close",
            None => "without a Close",
        };
        format!("the server {how} TCP {what}; a page would see 1006 (RFC 6455 §7.1.5)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn failure(
        sent: Option<Option<u16>>,
        received: Option<Option<u16>>,
        tcp: TcpEnd,
        began: Option<Direction>,
    ) -> Option<String> {
        let summary = CloseSummary {
            began,
            ..CloseSummary::default()
        };
        let ending = Ending {
            broken: None,
            sent,
            received,
            tcp,
        };
        ending.failure(&summary)
    }

    #[test]
    fn an_end_is_good_only_after_both_closes_and_with_a_code_that_is_no_error() {
        let (ours, theirs) = (Some(Direction::FromClient), Some(Direction::FromServer));
        for (sent, received, tcp, began) in [
            (Some(1000), Some(1000), TcpEnd::Fin, ours),
            (None, None, TcpEnd::Fin, ours),
            (Some(4000), Some(4000), TcpEnd::Reset, ours),
            (Some(4000), Some(1000), TcpEnd::TimedOut, ours),
            (Some(1001), Some(1001), TcpEnd::Fin, theirs),
            (None, None, TcpEnd::Fin, theirs),
        ] {
            assert_eq!(failure(Some(sent), Some(received), tcp, began), None);
        }
        for (sent, received, tcp, began, word) in [
            (None, None, TcpEnd::Fin, None, "ended TCP without a Close"),
            (None, None, TcpEnd::Reset, None, "reset TCP without a Close"),
            (
                Some(None),
                None,
                TcpEnd::Fin,
                ours,
                "ended TCP without answering",
            ),
            (
                Some(None),
                None,
                TcpEnd::Reset,
                ours,
                "reset TCP without answering",
            ),
            (Some(None), None, TcpEnd::TimedOut, ours, "within 5 s"),
            (None, Some(None), TcpEnd::Reset, theirs, "could not be sent"),
            (
                Some(Some(1011)),
                Some(Some(1011)),
                TcpEnd::Fin,
                theirs,
                "1011",
            ),
            (
                Some(Some(1000)),
                Some(Some(1002)),
                TcpEnd::Fin,
                ours,
                "1002",
            ),
        ] {
            let why = failure(sent, received, tcp, began).expect(word);
            assert!(why.contains(word), "{why}");
        }
    }
}
