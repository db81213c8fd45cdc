//! The rule that decided: the sentence of RFC 6455 that explains why an exchange ended as it did.
//!
//! Pure.

use crate::lab::outcome::{Outcome, Tally};
use crate::lens::duty_note::Compliance;
use crate::lens::handshake::HandshakeNote;
use crate::model::authority::Authority;
use crate::model::direction::Direction;
use crate::websocket::handshake_rules::{HandshakeRule, Quotation};
use crate::websocket::rules::{Rule, close_code_sentence};
use crate::websocket::rulings::{EARLY, of_refusal};
use crate::websocket::violations::{NO_CLOSE, of_close};
use serde::{Deserialize, Serialize};

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DecisiveRule {
    /// The client if it broke the rule; the server if nobody broke one and the server used a right.
    pub(crate) by: Direction,
    /// The rule's slug: the annotator's, the refusal's, or the first word of the reason.
    pub(crate) rule: String,
    /// The section of the RFC.
    pub(crate) section: String,
    /// The sentence of the RFC.
    pub(crate) sentence: String,
    /// The code of the Close that the rule leads to.
    pub(crate) close_code: Option<u16>,
    /// Who decided that the server answers so.
    pub(crate) authority: &'static Authority,
}

impl DecisiveRule {
    fn new(
        by: Direction,
        rule: &str,
        (section, sentence): (&str, &str),
        authority: &'static Authority,
    ) -> Self {
        Self {
            authority,
            by,
            rule: rule.into(),
            section: section.into(),
            sentence: sentence.into(),
            close_code: None,
        }
    }
}

/// The rule that decided, if anything had to be decided.
pub(crate) fn decisive_rule(outcome: &Outcome, handshake: &HandshakeNote) -> Option<DecisiveRule> {
    match outcome.status? {
        101 => closed(&outcome.tally, outcome),
        _ => Some(refused(&outcome.body, handshake)),
    }
}

/// The rule about frames sent before the 101, which a server may accept nevertheless.
pub(crate) fn early_frame(outcome: &Outcome) -> Option<DecisiveRule> {
    let early = outcome.status == Some(101) && outcome.early;
    let duty = HandshakeRule::WaitForResponse.duty();
    early.then(|| {
        DecisiveRule::new(
            Direction::FromClient,
            "frame_before_101",
            pair(duty),
            &EARLY,
        )
    })
}

fn pair(quotation: Quotation) -> (&'static str, &'static str) {
    (quotation.section, quotation.sentence)
}

/// The body of a refusal.
#[derive(Deserialize)]
struct RefusalBody {
    error: String,
}

fn refused(body: &[u8], handshake: &HandshakeNote) -> DecisiveRule {
    let refusal = serde_json::from_slice::<RefusalBody>(body).ok();
    let slug = refusal
        .as_ref()
        .map_or("refused", |refusal| refusal.error.as_str());
    let rule = HandshakeRule::of_refusal(slug);
    let authority = of_refusal(slug);
    if rule == Some(HandshakeRule::Refuse) {
        return DecisiveRule::new(
            Direction::FromServer,
            slug,
            pair(HandshakeRule::Refuse.duty()),
            authority,
        );
    }
    // 414, 431, 503 and others are about limits of this server, even if the request broke a rule too.
    let broken = || {
        handshake
            .status
            .filter(|status| matches!(status, 400 | 405 | 426 | 501))?;
        let mut rules = handshake.rules.iter();
        let client = |by| by == Direction::FromClient;
        let broken = rules.find(|rule| client(rule.by) && rule.compliance == Compliance::Broken)?;
        Some((broken.section, broken.rule))
    };
    if let Some(rule) = rule.map(|rule| pair(rule.check())).or_else(broken) {
        return DecisiveRule::new(Direction::FromClient, slug, rule, authority);
    }
    if slug == "not_found" {
        let quotation = ("4.2.2", authority.sentence);
        return DecisiveRule::new(Direction::FromServer, slug, quotation, authority);
    }
    // The server reached a limit. Its message, which says which, is shown with the answer: it is no
    // sentence of the RFC.
    let refuse = pair(HandshakeRule::Refuse.duty());
    DecisiveRule::new(Direction::FromServer, slug, refuse, authority)
}

fn closed(tally: &Tally, outcome: &Outcome) -> Option<DecisiveRule> {
    let answer = tally.server_close.as_ref();
    let code = answer.and_then(|(code, _)| *code);
    // The rule that leads to this code, or one that leads to none and was ignored.
    let fault = tally.faults.iter().find(|rule| match answer {
        Some(_) => rule.close_code().is_none_or(|leads| Some(leads) == code),
        None => rule.close_code().is_none(),
    });
    if let Some(rule) = fault {
        return Some(DecisiveRule {
            close_code: rule.close_code(),
            ..DecisiveRule::new(
                Direction::FromClient,
                rule.slug(),
                (rule.section(), rule.sentence()),
                rule.authority(),
            )
        });
    }
    let hung_up = outcome.summary.tcp == Some(Direction::FromClient) && answer.is_none();
    if hung_up && tally.client_close.is_none() {
        let rule = (Rule::CutOff.section(), Rule::CutOff.sentence());
        return Some(DecisiveRule::new(
            Direction::FromClient,
            "no_close",
            rule,
            &NO_CLOSE,
        ));
    }
    let (_, reason) = answer?;
    // The server answered the client's own Close: nothing had to be decided.
    if tally.client_close == Some(code) {
        return None;
    }
    let word = reason.split(':').next().unwrap_or_default();
    let word = word.to_ascii_lowercase();
    Some(DecisiveRule {
        close_code: code,
        ..DecisiveRule::new(
            Direction::FromServer,
            &word,
            close_code_sentence(code),
            of_close(code, reason),
        )
    })
}
