//! Handshakes, ladders and the end of a connection as text for a terminal.

use crate::lens::annotate::Observation;
use crate::lens::duty_note::Compliance;
use crate::lens::handshake::HandshakeNote;
use crate::lens::head::HeadNote;
use crate::lens::ladders::{CloseSummary, Rung};
use crate::lens::paint::{Ink, Paint, escape_controls};
use crate::lens::ruler::{bit_ruler, seconds};
use crate::lens::token::{Carrier, TokenNote};
use crate::model::authority::Authority;
use crate::model::direction::Direction;

/// The handshake: both heads, every rule, the accept key, the token.
pub(crate) fn handshake(note: &HandshakeNote, colour: bool) -> String {
    let paint = Paint(colour);
    let mut out = String::new();
    head("client → server", &note.request, paint, &mut out);
    if let Some(response) = &note.response {
        head("client ← server", response, paint, &mut out);
    }
    rules(note, Direction::FromClient, paint, &mut out);
    if note.response.is_some() {
        rules(note, Direction::FromServer, paint, &mut out);
    }
    if let Some(accept) = note.accept.as_ref().filter(|_| note.status == Some(101)) {
        out += &paint.paint(
            Ink::Strong,
            "Sec-WebSocket-Accept, step by step (§4.2.2 step 5.4)",
        );
        let sent = accept.sent.as_deref().unwrap_or("nothing");
        let (ink, verdict) = match accept.equal {
            true => (Ink::Good, "equal: the server has read the key"),
            false => (Ink::Bad, "not equal: this is not a WebSocket server"),
        };
        out += &format!(
            "\n  key as sent       {}\n  + GUID            {}\n  SHA-1             {}\n  \
             in base64         {}\n  server sent       {} {}\n",
            escape_controls(&accept.key),
            escape_controls(&accept.joined),
            accept.sha1.spaced(),
            accept.expected,
            escape_controls(sent),
            paint.paint(ink, verdict)
        );
    }
    if let Some(token) = &note.token {
        put_token(token, paint, &mut out);
    }
    out
}

fn head(way: &str, note: &HeadNote, paint: Paint, out: &mut String) {
    let line = format!("{way}  HTTP head, {} bytes", note.bytes);
    *out += &format!("{}\n", paint.paint(Ink::Strong, line));
    for line in &note.lines {
        *out += &format!("  {}\n", escape_controls(line));
    }
    if note.cut {
        *out += "  … cut\n";
    }
}

fn rules(note: &HandshakeNote, by: Direction, paint: Paint, out: &mut String) {
    let whose = format!("The {}'s duties (RFC 6455)", by.sender());
    *out += &format!("{}\n", paint.paint(Ink::Strong, whose));
    for rule in note.rules.iter().filter(|rule| rule.by == by) {
        let (ink, mark) = match rule.compliance {
            Compliance::Kept => (Ink::Good, "✓"),
            Compliance::Broken => (Ink::Bad, "✗"),
            Compliance::Absent => (Ink::Faint, "-"),
        };
        let section = match rule.section.starts_with("RFC ") {
            true => rule.section.to_owned(),
            false => format!("§{}", rule.section),
        };
        *out += &format!(
            "  {} {section:<7} {}\n            {}\n",
            paint.paint(ink, mark),
            paint.paint(Ink::Faint, rule.rule),
            escape_controls(&rule.found)
        );
        if let Some(authority) = rule.authority {
            *out += &answer(authority);
        }
    }
}

/// What the other end does about a broken rule, and who decided that.
pub(crate) fn answer(authority: &Authority) -> String {
    let choice = authority.choice.map(|choice| format!(" {choice}"));
    format!(
        "            the answer: {}.{}\n",
        authority.brief(),
        choice.unwrap_or_default()
    )
}

fn put_token(token: &TokenNote, paint: Paint, out: &mut String) {
    let carrier = match token.carrier {
        Carrier::Authorization => "Authorization",
        Carrier::Subprotocol => "Sec-WebSocket-Protocol",
    };
    let line = format!(
        "Your token ({} characters in {carrier}), read without its signature",
        token.length
    );
    *out += &format!("{}\n", paint.paint(Ink::Strong, line));
    for (name, part) in [("header", &token.header), ("claims", &token.claims)] {
        let part = part
            .as_ref()
            .map_or("not readable".into(), |json| json.to_string());
        *out += &format!("  {name:<10} {}\n", escape_controls(&part));
    }
    let signature = match token.signature_bytes {
        Some(bytes) => {
            format!("{bytes} bytes, not shown: with it, anybody could pretend to be you")
        }
        None => "none".into(),
    };
    *out += &format!("  signature  {signature}\n");
}

/// One observation: a frame with its ruler, or a step of a ladder.
pub(crate) fn observation(observation: &Observation, colour: bool) -> String {
    let paint = Paint(colour);
    match observation {
        Observation::Frame(note) => bit_ruler(note, colour),
        Observation::Ping(ping) => {
            let line = match (ping.rung, ping.round_trip) {
                (Rung::Sent, _) => "the other end must answer with a Pong (§5.5.2)".into(),
                (_, Some(time)) => format!(
                    "answers the Ping after {}.{:03} ms{} (§5.5.3)",
                    time / 1000,
                    time % 1000,
                    match ping.skipped {
                        0 => String::new(),
                        n => format!(", and {n} older ones with it"),
                    }
                ),
                _ => "a Pong that answers no Ping, which is allowed (§5.5.3)".into(),
            };
            format!("  ⇄ {}\n", paint.paint(Ink::Good, line))
        }
        Observation::Close(close) => {
            let code = match close.code {
                Some(code) => format!(" (code {code})"),
                None => String::new(),
            };
            let line = format!(
                "the {}{code} {} (§{}), {}",
                close.by.sender(),
                close.meaning,
                close.section,
                seconds(close.at)
            );
            format!("  ⇥ {}\n", paint.paint(Ink::Strong, line))
        }
    }
}

/// How the connection ended.
pub(crate) fn ending(summary: &CloseSummary, colour: bool) -> String {
    let who = |direction: Option<Direction>| direction.map_or("nobody", Direction::sender);
    let how = match summary.clean {
        true => "closed cleanly (§7.1.4)",
        false => "not closed cleanly (§7.1.4)",
    };
    let line = format!(
        "{how}: the first Close came from {}, TCP was ended first by {}; the client's program sees \
         {}, the server's {} (§7.1.5)",
        who(summary.began),
        who(summary.tcp),
        summary.client_sees,
        summary.server_sees
    );
    format!("{}\n", Paint(colour).paint(Ink::Strong, line))
}
