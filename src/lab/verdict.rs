//! Which rule decided: of all that there is to say about an exchange, the sentence of RFC 6455
//! because of which it went as it did.
//!
//! Pure. Sentences are quoted, cut where they run on.

use crate::lab::outcome::{Outcome, Seen};
use crate::lab::program::Program;
use crate::lens::duty_note::Verdict;
use crate::lens::handshake::HandshakeNote;
use crate::lens::head::blank;
use crate::model::direction::Direction;
use crate::websocket::handshake_rules::{HandshakeRule, Quotation};
use crate::websocket::rules::{Rule, close_code_sentence};
use serde::{Deserialize, Serialize};

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// The client, if it broke the rule; the server, if nobody broke one and it made use of a right.
    pub by: Direction,
    /// A word for it: of the annotator, of the refusal, or of the reason.
    pub rule: String,
    /// Where it stands.
    pub section: String,
    /// What it says.
    pub sentence: String,
    /// The code of the Close that it leads to.
    pub close_code: Option<u16>,
}

impl Decided {
    fn new(by: Direction, rule: &str, (section, sentence): (&str, &str)) -> Self {
        Self {
            by,
            rule: rule.into(),
            section: section.into(),
            sentence: sentence.into(),
            close_code: None,
        }
    }
}

/// What decided, if anything had to be decided.
pub fn decided(outcome: &Outcome, handshake: &HandshakeNote) -> Option<Decided> {
    match outcome.status? {
        101 => closed(&outcome.seen, outcome),
        _ => Some(refused(&outcome.body, handshake)),
    }
}

/// Frames that did not wait for the 101. A server may take them all the same.
pub fn impatient(program: &Program, outcome: &Outcome) -> Option<Decided> {
    let early = outcome.status == Some(101) && program.steps.iter().any(|step| step.early);
    let duty = HandshakeRule::WaitForResponse.duty();
    early.then(|| Decided::new(Direction::FromClient, "frame_before_101", pair(duty)))
}

fn pair(quotation: Quotation) -> (&'static str, &'static str) {
    (quotation.section, quotation.sentence)
}

/// The body of a refusal.
#[derive(Deserialize)]
struct Told {
    error: String,
    message: String,
}

fn refused(body: &[u8], handshake: &HandshakeNote) -> Decided {
    let told = serde_json::from_slice::<Told>(body).ok();
    let slug = told.as_ref().map_or("refused", |told| told.error.as_str());
    let rule = HandshakeRule::of_refusal(slug);
    if rule == Some(HandshakeRule::Refuse) {
        return Decided::new(
            Direction::FromServer,
            slug,
            pair(HandshakeRule::Refuse.duty()),
        );
    }
    // 414, 431, 503 and their like are about this server's limits, whatever else may be wrong.
    let broken = || {
        handshake
            .status
            .filter(|status| matches!(status, 400 | 405 | 426 | 501))?;
        let mut rules = handshake.rules.iter();
        let client = |by| by == Direction::FromClient;
        let broken = rules.find(|rule| client(rule.by) && rule.verdict == Verdict::Broken)?;
        Some((broken.section, broken.rule))
    };
    if let Some(rule) = rule.map(|rule| pair(rule.check())).or_else(broken) {
        return Decided::new(Direction::FromClient, slug, rule);
    }
    // A limit of this server, or that it is full: it says so itself.
    let own = told
        .as_ref()
        .map_or(HandshakeRule::ValidRequest.check().sentence, |told| {
            &told.message
        });
    Decided::new(Direction::FromServer, slug, ("4.2.2", &blank(own)))
}

fn closed(seen: &Seen, outcome: &Outcome) -> Option<Decided> {
    let answer = seen.server_close.as_ref();
    let code = answer.and_then(|(code, _)| *code);
    // The rule that leads to this very code; or one that leads to none, and was passed over.
    let fault = seen.faults.iter().find(|rule| match answer {
        Some(_) => rule.close_code().is_none_or(|leads| Some(leads) == code),
        None => rule.close_code().is_none(),
    });
    if let Some(rule) = fault {
        return Some(Decided {
            close_code: rule.close_code(),
            ..Decided::new(
                Direction::FromClient,
                rule.slug(),
                (rule.section(), rule.sentence()),
            )
        });
    }
    let hung_up = outcome.summary.tcp == Some(Direction::FromClient) && answer.is_none();
    if hung_up && seen.client_close.is_none() {
        let rule = (Rule::CutOff.section(), Rule::CutOff.sentence());
        return Some(Decided::new(Direction::FromClient, "no_close", rule));
    }
    let (_, reason) = answer?;
    // An answer to the client's own Close is what it asked for.
    if seen.client_close == Some(code) {
        return None;
    }
    let word = reason.split(':').next().unwrap_or_default();
    let word = word.to_ascii_lowercase();
    Some(Decided {
        close_code: code,
        ..Decided::new(Direction::FromServer, &word, close_code_sentence(code))
    })
}
