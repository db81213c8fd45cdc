//! A program as bytes. Pure: what is refused is refused here, as a whole, before the first byte
//! leaves.
//!
//! Nothing but `/echo` and `/ws` can be reached. All that a program would send is put together
//! first and read with the server's own [`HeadReader`]: what that makes of the bytes is what the
//! server will make of them, however they are cut into steps. A head that it refuses does no harm,
//! for the server refuses it too; behind a head that it takes there are only frames, for this
//! server answers one request on a connection.

use crate::authenticate;
use crate::http::head::Head;
use crate::http::head_reader::HeadReader;
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

/// Bytes each way.
pub(crate) const MAX_BYTES: usize = 128 * 1024;

/// What a program is filled in with, and judged by.
pub(crate) struct Setting<'a> {
    /// `{host}`.
    pub(crate) host: String,
    /// `{token}`.
    pub(crate) token: &'a str,
    /// Whether a token opens a door here.
    pub(crate) is_good: &'a dyn Fn(&str) -> bool,
}

/// One thing to do on the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Write these bytes at once.
    Send(Vec<u8>),
    /// Wait for the answer to the handshake, if the server can have one.
    AwaitResponse,
    /// Only listen.
    Pause(Duration),
    /// End TCP.
    End(End),
}

/// What is done, and what the server will make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// One after the other.
    pub(crate) actions: Vec<Action>,
    /// Bytes of the request's head, if they are one that the server can read.
    pub(crate) head: Option<usize>,
    /// Bytes after which the server has read, or refused, the head; none: it goes on waiting.
    pub(crate) settled: Option<usize>,
    /// Whether messages come back.
    pub(crate) echo: bool,
}

impl Plan {
    /// The plan of a program.
    ///
    /// # Errors
    ///
    /// The learner's mistakes, each with a sentence.
    pub(crate) fn of(program: &Program, setting: &Setting<'_>) -> Result<Plan, Refusal> {
        if program.steps.len() > MAX_STEPS {
            let message = format!("A program has at most {MAX_STEPS} steps: leave some out.");
            return Err(Refusal::bad_request("too_many_steps", message));
        }
        let mut actions = vec![Action::Send(handshake(program, setting)?)];
        let (mut answered, mut ended) = (false, false);
        for (n, step) in (1..).zip(&program.steps) {
            if ended {
                return Err(bad_step(n, "nothing can follow the end of TCP"));
            }
            if step.early && answered {
                return Err(bad_step(n, "what is early stands before all that is not"));
            }
            if !step.early && !answered {
                actions.push(Action::AwaitResponse);
                answered = true;
            }
            let action = action(step, n)?;
            ended = matches!(action, Action::End(_));
            match (action, actions.last_mut()) {
                // In one write, which on this machine is one packet.
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

    /// Reads the bytes as the server will.
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
                    // It was found wrong at the byte behind those that were right.
                    self.settled = Some(reader.raw().len() + 1);
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Everything that is sent, in order.
fn stream(actions: &[Action]) -> impl Iterator<Item = &[u8]> {
    actions.iter().filter_map(|action| match action {
        Action::Send(bytes) => Some(bytes.as_slice()),
        _ => None,
    })
}

/// Whether a head that the server takes may be sent.
fn check_head(head: &Head, setting: &Setting<'_>) -> Result<(), Refusal> {
    let refuse = |slug, message: &'static str| Err(Refusal::bad_request(slug, message));
    if !matches!(&*head.path, "/echo" | "/ws") {
        return refuse(
            "other_path",
            "The lab talks to /echo and /ws and to nothing else: let the request line name one of \
             them.",
        );
    }
    if head.get("x-forwarded-for").is_some() {
        return refuse(
            "forwarded_for",
            "X-Forwarded-For says whose a request is, and this one is the lab's: leave it out.",
        );
    }
    let offered = head.list("sec-websocket-protocol");
    let mut carried = offered
        .filter_map(|protocol| protocol.strip_prefix("bearer."))
        .chain(authenticate::bearer(head).ok().flatten());
    if carried.any(|token| token != setting.token && (setting.is_good)(token)) {
        return refuse(
            "own_token",
            "That token is somebody's. Write {token} instead: the lab fills in one of its own, \
             which enters no room.",
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
        return bad("The handshake has no line: the first is `GET {target} HTTP/1.1`.");
    }
    let key = BASE64_STANDARD.encode(random::bytes::<16>().map_err(no_random)?);
    let mut head = String::new();
    for line in lines {
        if line.is_empty() || line.contains(['\r', '\n']) {
            return bad(
                "A line of the handshake is empty or has a line break in it. The lab ends each line, \
                 and the head; for other endings write the handshake as `raw`.",
            );
        }
        let line = line
            .replace("{target}", program.target.resource())
            .replace("{host}", &setting.host)
            .replace("{key}", &key)
            .replace("{token}", setting.token);
        head += &line;
        head += "\r\n";
    }
    Ok((head + "\r\n").into_bytes())
}

/// A handshake in which nothing is wrong.
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
            "a step is one of `frame`, `raw`, `pause` and `end`",
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
    let (form, most) = frame.form.demands();
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
