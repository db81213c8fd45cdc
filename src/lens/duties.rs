//! The duties of both ends in the opening handshake, judged one by one: RFC 6455 §4.1, §4.2, §9.1
//! and §11.3, in the order in which §4.1 lists them. The rules themselves are the table of
//! [`crate::websocket::handshake_rules`].

use crate::http::request_line::is_token;
use crate::lens::duty_note::{AcceptNote, Compliance, DutyNote, quoted};
use crate::lens::head::{LooseHead, MAX_HEAD};
use crate::websocket::handshake::{is_16_bytes_in_base64, is_extension};
use crate::websocket::handshake_rules::HandshakeRule;
use crate::websocket::rulings::of_refusal;

/// Collects the findings.
#[derive(Default)]
pub(super) struct Judge {
    pub(super) notes: Vec<DutyNote>,
}

impl Judge {
    fn note(&mut self, rule: HandshakeRule, compliance: Compliance, found: &str) {
        let broken = compliance == Compliance::Broken;
        let duty = rule.duty();
        self.notes.push(DutyNote {
            by: rule.by(),
            section: duty.section,
            rule: duty.sentence,
            compliance,
            found: quoted(found),
            authority: rule.authority().filter(|_| broken),
        });
    }

    /// A rule whose breach has several refusals, and the one that it would be here.
    fn judge_as(&mut self, rule: HandshakeRule, kept: bool, refusal: &str, found: &str) {
        self.judge(rule, kept, found);
        if let Some(last) = self.notes.last_mut().filter(|_| !kept) {
            last.authority = Some(of_refusal(refusal));
        }
    }

    fn judge(&mut self, rule: HandshakeRule, kept: bool, found: &str) {
        self.note(rule, compliance(kept), found);
    }

    fn absent(&mut self, rule: HandshakeRule, found: &str) {
        self.note(rule, Compliance::Absent, found);
    }

    /// A rule that a field comes at most once. It is named where it is broken.
    fn no_second(&mut self, rule: HandshakeRule, head: &LooseHead, name: &str) {
        if head.all(name).count() > 1 {
            self.judge(rule, false, &values(head, name));
        }
    }
}

fn compliance(kept: bool) -> Compliance {
    if kept {
        Compliance::Kept
    } else {
        Compliance::Broken
    }
}

/// All values of a field, for the eye.
fn values(head: &LooseHead, name: &str) -> String {
    let all: Vec<&str> = head.all(name).collect();
    match all.is_empty() {
        true => "missing".to_owned(),
        false => all.join(", "),
    }
}

/// All values of a field that may stand once: a second one is named, or a right value would be called
/// wrong without a reason.
fn once(head: &LooseHead, name: &str) -> String {
    match head.all(name).count() {
        0 | 1 => values(head, name),
        n => format!("{n} times: {}", values(head, name)),
    }
}

fn lists(head: &LooseHead, name: &str, word: &str) -> bool {
    head.list(name).any(|w| w.eq_ignore_ascii_case(word))
}

/// What a client must send, and a server must check (§4.2.1).
pub(super) fn judge_request(judge: &mut Judge, head: &LooseHead) {
    judge_request_line(judge, head);
    judge_fields(judge, head);
    judge_content(judge, head);
    judge_key_and_version(judge, head);
    judge_origin(judge, head);
    judge_offers(judge, head);
}

fn judge_request_line(judge: &mut Judge, head: &LooseHead) {
    let mut words = head.start.split(' ');
    let (method, target, version) = (words.next(), words.next(), words.next());
    let is_http = version.is_some_and(|v| v.starts_with("HTTP/")) && words.next().is_none();
    if head.bytes > MAX_HEAD {
        let found = format!("{} bytes, of which {MAX_HEAD} are read", head.bytes);
        judge.absent(HandshakeRule::ValidRequest, &found);
    } else {
        judge.judge_as(
            HandshakeRule::ValidRequest,
            is_http && head.complete && head.malformed == 0,
            head.refusal.unwrap_or("bad_request_line"),
            &match (head.complete, head.malformed) {
                (false, _) => "the empty line at its end is missing".into(),
                (true, 0) => head.start.clone(),
                (true, n) => format!("{n} lines that are not header fields"),
            },
        );
    }
    let new_enough = version
        .and_then(|v| v.strip_prefix("HTTP/")?.split_once('.'))
        .and_then(|(major, minor)| Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?)))
        .is_some_and(|version| version >= (1, 1));
    judge.judge(
        HandshakeRule::Method,
        method == Some("GET") && new_enough,
        &format!(
            "{} \u{2026} {}",
            method.unwrap_or_default(),
            version.unwrap_or_default()
        ),
    );
    let target = target.unwrap_or_default();
    let is_path = target.starts_with('/') || target.starts_with("http");
    judge.judge_as(
        HandshakeRule::NoFragment,
        is_path && !target.contains('#'),
        match target.contains('#') {
            true => "fragment",
            false => "bad_target",
        },
        target,
    );
}

fn judge_fields(judge: &mut Judge, head: &LooseHead) {
    judge.judge(
        HandshakeRule::Host,
        head.get("host").is_some_and(|host| !host.is_empty()),
        &values(head, "host"),
    );
    judge.no_second(HandshakeRule::SingleHost, head, "host");
    judge.judge(
        HandshakeRule::Upgrade,
        lists(head, "upgrade", "websocket"),
        &values(head, "upgrade"),
    );
    judge.judge(
        HandshakeRule::Connection,
        lists(head, "connection", "upgrade"),
        &values(head, "connection"),
    );
}

/// A body of the request, which would stand before the first frame. It is named where there is one. A
/// length that is no number announces none: that is an error of HTTP.
fn judge_content(judge: &mut Judge, head: &LooseHead) {
    let is_some = |length: &str| {
        length.bytes().all(|byte| byte.is_ascii_digit()) && length.bytes().any(|byte| byte != b'0')
    };
    let has_length = head.all("content-length").any(is_some);
    let announced = ["transfer-encoding", "content-length"]
        .into_iter()
        .find(|name| match *name {
            "content-length" => has_length,
            name => head.get(name).is_some(),
        });
    if let Some(name) = announced {
        let found = format!("{name}: {}", values(head, name));
        judge.judge(HandshakeRule::NoContent, false, &found);
    }
}

fn judge_key_and_version(judge: &mut Judge, head: &LooseHead) {
    let key = head.get("sec-websocket-key");
    judge.judge_as(
        HandshakeRule::Key,
        key.is_some_and(|key| is_16_bytes_in_base64(key.as_bytes())),
        key.map_or("no_key", |_| "bad_key"),
        &values(head, "sec-websocket-key"),
    );
    let keys = head.all("sec-websocket-key").count();
    judge.judge(
        HandshakeRule::SingleKey,
        keys <= 1,
        &match keys {
            1 => "once".into(),
            n => format!("{n} times"),
        },
    );
    let version = head.get("sec-websocket-version");
    judge.judge_as(
        HandshakeRule::Version,
        version == Some("13"),
        version.map_or("no_version", |_| "unsupported_version"),
        &values(head, "sec-websocket-version"),
    );
    judge.no_second(HandshakeRule::SingleVersion, head, "sec-websocket-version");
}

/// The browser names the site of the page, which protects its user (§10.2).
fn judge_origin(judge: &mut Judge, head: &LooseHead) {
    let Some(origin) = head.get("origin") else {
        let found = "missing: a program, or a browser that breaks the rule";
        return judge.absent(HandshakeRule::Origin, found);
    };
    let host_of_page = origin
        .split_once("://")
        .map(|(_, host)| host.to_ascii_lowercase());
    let host = head.get("host").map(str::to_ascii_lowercase);
    let whose = match host_of_page.is_some() && host_of_page == host {
        true => "a page of this server",
        false => "a page of another site: a server that checks (§10.2) lets it in or answers 403",
    };
    let found = format!("{origin}: {whose}");
    judge.judge(HandshakeRule::Origin, true, &found);
}

fn judge_offers(judge: &mut Judge, head: &LooseHead) {
    let offered: Vec<&str> = head.list("sec-websocket-protocol").collect();
    let unique = |(i, protocol): (usize, &&str)| !offered[..i].contains(protocol);
    let tokens = !offered.is_empty() && offered.iter().all(|p| is_token(p));
    let unique = offered.iter().enumerate().all(unique);
    match head.get("sec-websocket-protocol") {
        None => judge.absent(HandshakeRule::Protocols, "none offered"),
        Some(_) => judge.judge_as(
            HandshakeRule::Protocols,
            tokens && unique,
            match tokens {
                true => "repeated_protocol",
                false => "bad_protocol",
            },
            &offered.join(", "),
        ),
    }
    let extensions: Vec<&str> = head.list("sec-websocket-extensions").collect();
    match extensions.is_empty() {
        true => judge.absent(HandshakeRule::OfferedExtensions, "none asked for"),
        false => judge.judge(
            HandshakeRule::OfferedExtensions,
            extensions.iter().all(|extension| is_extension(extension)),
            &extensions.join(", "),
        ),
    }
}

/// What a server must send, and a client must check.
pub(super) fn judge_response(
    judge: &mut Judge,
    request: &LooseHead,
    answer: &LooseHead,
    status: Option<u16>,
    accept: Option<&AcceptNote>,
) {
    // A server may refuse: that breaks no rule, as long as it answers in HTTP.
    let compliance = match status {
        Some(101) => compliance(answer.complete),
        Some(_) => Compliance::Absent,
        None => Compliance::Broken,
    };
    judge.note(HandshakeRule::SwitchingProtocols, compliance, &answer.start);
    if status == Some(101) {
        judge_acceptance(judge, answer, accept);
        judge_choices(judge, request, answer);
        return;
    }
    let versions = answer.get("sec-websocket-version");
    if status == Some(426) || versions.is_some() {
        judge.judge(
            HandshakeRule::SupportedVersion,
            versions.is_some(),
            versions.unwrap_or("missing"),
        );
    }
}

fn judge_acceptance(judge: &mut Judge, answer: &LooseHead, accept: Option<&AcceptNote>) {
    // Two fields are one list (RFC 9110 §5.3), which is another value.
    let upgrade = values(answer, "upgrade");
    judge.judge(
        HandshakeRule::ResponseUpgrade,
        upgrade.eq_ignore_ascii_case("websocket"),
        &upgrade,
    );
    judge.judge(
        HandshakeRule::ResponseConnection,
        lists(answer, "connection", "upgrade"),
        &values(answer, "connection"),
    );
    let accepts = answer.all("sec-websocket-accept").count();
    judge.judge(
        HandshakeRule::Accept,
        accepts == 1 && accept.is_some_and(|accept| accept.equal),
        &once(answer, "sec-websocket-accept"),
    );
}

/// The extensions and the subprotocol that the server chose.
fn judge_choices(judge: &mut Judge, request: &LooseHead, answer: &LooseHead) {
    let name = |extension: &str| extension.split(';').next().map(|n| n.trim().to_owned());
    let offered: Vec<_> = request.list("sec-websocket-extensions").map(name).collect();
    match answer.get("sec-websocket-extensions") {
        None => judge.absent(
            HandshakeRule::ChosenExtensions,
            "none in use: the server declines all that were offered",
        ),
        Some(_) => {
            let mut all = answer.list("sec-websocket-extensions").map(name);
            let kept = all.all(|n| offered.contains(&n));
            let used = values(answer, "sec-websocket-extensions");
            judge.judge(HandshakeRule::ChosenExtensions, kept, &used);
        }
    }
    match answer.get("sec-websocket-protocol") {
        None => judge.absent(HandshakeRule::ChosenProtocol, "none chosen"),
        Some(chosen) => {
            let single = answer.all("sec-websocket-protocol").count() == 1;
            let mut offered = request.list("sec-websocket-protocol");
            let kept = single && offered.any(|p| p == chosen);
            let found = once(answer, "sec-websocket-protocol");
            judge.judge(HandshakeRule::ChosenProtocol, kept, &found);
        }
    }
}
