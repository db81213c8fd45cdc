//! Turns a program into bytes. Pure: a program is accepted or refused here, as a whole, before the
//! first byte is sent.
//!
//! A program can reach only `/echo` and `/ws`. The plan puts together everything that the program
//! would send, and reads it with the server's own [`HeadReader`], which reads the bytes as the server
//! will, however steps cut them. A head that it refuses does no harm, because the server refuses it
//! too. After a head that it accepts there can only be frames, because this server answers one request
//! per connection.

use crate::authenticate;
use crate::http::head::Head;
use crate::http::head_reader::{HeadReader, MAX_HEAD};
use crate::http::refusal::Refusal;
use crate::http::refusal::no_random;
use crate::lab::program::{
    End, Frame, Handshake, MAX_PAUSE, MAX_STEPS, Payload, Program, Step, Target,
};
use crate::lens::encode;
use crate::support::random;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::time::Duration;

/// Bytes in each direction.
pub(crate) const MAX_BYTES: usize = 128 * 1024;

/// A path under which this server has nothing, for a handshake that it cannot serve.
pub(crate) const UNSERVED: &str = "/nowhere";

/// The values of the placeholders, and the check of tokens.
pub(crate) struct Setting<'a> {
    /// `{host}`.
    pub(crate) host: String,
    /// `{token}`.
    pub(crate) token: &'a str,
    /// Whether a token is valid on this server.
    pub(crate) is_good: &'a dyn Fn(&str) -> bool,
}

/// An action on the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Write these bytes at once.
    Send(Vec<u8>),
    /// Wait for the response to the handshake, if the server can send one.
    AwaitResponse,
    /// Only receive.
    Pause(Duration),
    /// End TCP.
    End(End),
}

/// The actions, and how the server will read their bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// In order.
    pub(crate) actions: Vec<Action>,
    /// Bytes of the request's head, if the server can read it.
    pub(crate) head: Option<usize>,
    /// Bytes after which the server has read or refused the head; none if it goes on waiting.
    pub(crate) settled: Option<usize>,
    /// Whether the server echoes messages.
    pub(crate) echo: bool,
}

impl Plan {
    /// The plan of a program.
    ///
    /// # Errors
    ///
    /// The learner's mistake, with a sentence.
    pub(crate) fn of(program: &Program, setting: &Setting<'_>) -> Result<Plan, Refusal> {
        if program.steps.len() > MAX_STEPS {
            let message = format!("A program has at most {MAX_STEPS} steps: leave some out.");
            return Err(Refusal::bad_request("too_many_steps", message));
        }
        let mut actions = vec![Action::Send(handshake(program, setting)?)];
        let (mut answered, mut ended) = (false, false);
        for (n, step) in (1..).zip(&program.steps) {
            if ended {
                return Err(bad_step(n, "no step can follow the end of TCP"));
            }
            if step.early && answered {
                return Err(bad_step(n, "early steps come before all others"));
            }
            if !step.early && !answered {
                actions.push(Action::AwaitResponse);
                answered = true;
            }
            let action = action(step, n)?;
            ended = matches!(action, Action::End(_));
            match (action, actions.last_mut()) {
                // One write is one packet on this machine.
                (Action::Send(more), Some(Action::Send(bytes))) => bytes.extend(more),
                (action, _) => actions.push(action),
            }
            if stream(&actions).map(<[u8]>::len).sum::<usize>() > MAX_BYTES {
                let message = format!("A program sends at most {MAX_BYTES} bytes: send less.");
                return Err(Refusal::bad_request("too_many_bytes", message));
            }
        }
        if !answered {
            actions.push(Action::AwaitResponse);
        }
        let mut plan = Plan {
            head: None,
            settled: None,
            echo: program.target == Target::Echo,
            actions,
        };
        plan.read_as_server(setting)?;
        Ok(plan)
    }

    /// Reads the bytes as the server will read them.
    fn read_as_server(&mut self, setting: &Setting<'_>) -> Result<(), Refusal> {
        let mut reader = HeadReader::new();
        for bytes in stream(&self.actions) {
            match reader.feed(bytes) {
                Ok(None) => {}
                Ok(Some(head)) => {
                    self.head = Some(reader.raw().len());
                    self.settled = self.head;
                    self.echo = head.path == Target::Echo.resource();
                    return check_head(&head, setting);
                }
                Err(_) => {
                    // The next byte is the one that the reader refused.
                    self.settled = Some(reader.raw().len() + 1);
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// All bytes that are sent, in order.
fn stream(actions: &[Action]) -> impl Iterator<Item = &[u8]> {
    actions.iter().filter_map(|action| match action {
        Action::Send(bytes) => Some(bytes.as_slice()),
        _ => None,
    })
}

/// Whether the lab may send a head that the server accepts.
fn check_head(head: &Head, setting: &Setting<'_>) -> Result<(), Refusal> {
    let refuse = |slug, message: &'static str| Err(Refusal::bad_request(slug, message));
    if !matches!(&*head.path, "/echo" | "/ws" | UNSERVED) {
        return refuse(
            "other_path",
            "The lab talks to /echo and /ws only: write one of them into the request line.",
        );
    }
    if ["x-forwarded-for", "forwarded"]
        .iter()
        .any(|name| head.get(name).is_some())
    {
        return refuse(
            "forwarded_for",
            "X-Forwarded-For and Forwarded name the client of a proxy, and the lab is not a proxy: \
             leave them out.",
        );
    }
    let offered = head.list("sec-websocket-protocol");
    let mut carried = offered
        .filter_map(|protocol| protocol.strip_prefix("bearer."))
        .chain(authenticate::bearer(head).ok().flatten());
    if carried.any(|token| token != setting.token && (setting.is_good)(token)) {
        return refuse(
            "own_token",
            "That token belongs to a person. Write {token} instead: the lab fills in its own, which \
             enters no room.",
        );
    }
    Ok(())
}

fn handshake(program: &Program, setting: &Setting<'_>) -> Result<Vec<u8>, Refusal> {
    let lines = match &program.handshake {
        Some(Handshake::Raw(raw)) => {
            return encode::hex(raw).map_err(|error| bad_hex(format!("The handshake: {error}.")));
        }
        Some(Handshake::Lines(lines)) => lines.clone(),
        None => right(program.target),
    };
    let bad = |message| Err(Refusal::bad_request("bad_line", message));
    if lines.is_empty() {
        return bad("The handshake has no lines: the first is `GET {target} HTTP/1.1`.");
    }
    let key = BASE64_STANDARD.encode(random::bytes::<16>().map_err(no_random)?);
    let mut fill = "x".repeat(MAX_HEAD);
    let mut head = String::new();
    for line in lines {
        if line.is_empty() || line.contains(['\r', '\n']) {
            return bad(
                "A line of the handshake is empty or contains a line break. The lab adds the line \
                 breaks and the empty line at the end; for others, write the handshake as `raw`.",
            );
        }
        let filled = line.contains("{fill}");
        let line = line
            .replace("{target}", program.target.resource())
            .replace("{host}", &setting.host)
            .replace("{key}", &key)
            .replace("{token}", setting.token)
            // Once: many would cost memory before the limit of a program refuses them.
            .replacen("{fill}", &fill, 1);
        if filled {
            fill.clear();
        }
        head += &line;
        head += "\r\n";
    }
    Ok((head + "\r\n").into_bytes())
}

/// A handshake without mistakes.
pub(crate) fn right(target: Target) -> Vec<String> {
    let mut lines = vec![
        "GET {target} HTTP/1.1",
        "Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ];
    if target == Target::Chat {
        lines.push("Sec-WebSocket-Protocol: chat.v1");
        lines.push("Authorization: Bearer {token}");
    }
    lines.into_iter().map(str::to_owned).collect()
}

fn action(step: &Step, n: usize) -> Result<Action, Refusal> {
    match step {
        Step {
            frame: Some(frame),
            raw: None,
            pause: None,
            end: None,
            ..
        } => bytes_of(frame, n).map(Action::Send),
        Step {
            frame: None,
            raw: Some(raw),
            pause: None,
            end: None,
            ..
        } => {
            let bytes = encode::hex(raw);
            let bytes = bytes.map_err(|error| bad_hex(format!("Step {n}: {error}.")))?;
            Ok(Action::Send(bytes))
        }
        Step {
            frame: None,
            raw: None,
            pause: Some(millis),
            end: None,
            ..
        } => match millis {
            0..=MAX_PAUSE => Ok(Action::Pause(Duration::from_millis(*millis))),
            _ => Err(bad_step(n, &format!("a pause is at most {MAX_PAUSE} ms"))),
        },
        Step {
            frame: None,
            raw: None,
            pause: None,
            end: Some(end),
            ..
        } => Ok(Action::End(*end)),
        _ => Err(bad_step(
            n,
            "a step is exactly one of `frame`, `raw`, `pause` and `end`",
        )),
    }
}

fn bytes_of(frame: &Frame, n: usize) -> Result<Vec<u8>, Refusal> {
    let bad = |what: &str| Refusal::bad_request("bad_frame", format!("Step {n}: {what}."));
    let payload = match &frame.payload {
        Payload::Text(text) => text.clone().into_bytes(),
        Payload::Hex(hex) => {
            encode::hex(hex).map_err(|error| bad_hex(format!("Step {n}: {error}.")))?
        }
        Payload::Fill(count) if *count <= MAX_BYTES => vec![b'x'; *count],
        Payload::Fill(_) => return Err(bad(&format!("`fill` is at most {MAX_BYTES}"))),
    };
    if frame.opcode > 0xF {
        return Err(bad("an opcode has four bits: 0 to 15"));
    }
    let key = match (&frame.key, frame.mask) {
        (_, false) => None,
        (None, true) => Some(random::bytes().map_err(no_random)?),
        (Some(key), true) => {
            let bytes = encode::hex(key).ok().and_then(|key| key.try_into().ok());
            let wanted = || bad("a masking key has four bytes: eight hexadecimal digits");
            Some(bytes.ok_or_else(wanted)?)
        }
    };
    let (form, most) = frame.form.length_form();
    let rsv = [frame.rsv1, frame.rsv2, frame.rsv3];
    let frame = encode::Frame {
        fin: frame.fin,
        rsv: rsv.iter().fold(0, |bits, &bit| bits << 1 | u8::from(bit)),
        opcode: frame.opcode,
        key,
        form,
        claim: frame.claim,
        payload: &payload,
    };
    if frame.length() > most {
        let what = format!("that form of the length holds at most {most} (RFC 6455 \u{a7}5.2)");
        return Err(bad(&what));
    }
    Ok(frame.encode())
}

fn bad_step(n: usize, what: &str) -> Refusal {
    Refusal::bad_request("bad_step", format!("Step {n}: {what}."))
}

fn bad_hex(message: String) -> Refusal {
    Refusal::bad_request("bad_hex", message)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
