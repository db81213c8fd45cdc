//! The exchange: carries out a plan on a TCP connection to this server, and observes it from the
//! client's end.
//!
//! Runs on the lab's thread, blocks on its own socket. Bounded: [`TIME`] in total, [`MAX_BYTES`] in
//! each direction, `MAX_OBSERVATIONS` kept. Writing before reading cannot deadlock, because everything
//! that the server may answer fits into the buffers of the kernel.
//!
//! The exchange is over when the server has ended TCP, or when everything has arrived that RFC 6455 or
//! the experiment lets the client expect, and nothing more has arrived for `QUIET`. Then the lab drops
//! the connection. The report does not show that, because it is not part of the program.

use crate::http::refusal::Refusal;
use crate::lab::experiments::Expected;
use crate::lab::outcome::Outcome;
use crate::lab::plan::{Action, MAX_BYTES, Plan};
use crate::lab::program::End;
use crate::lens::annotate::{Annotator, Observation};
use crate::lens::note::Micros;
use crate::model::direction::Direction;
use rustix::net::sockopt;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream};
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::{Duration, Instant};

/// For the whole exchange.
pub(crate) const TIME: Duration = Duration::from_secs(5);
/// After this much silence, nothing more is expected.
const QUIET: Duration = Duration::from_millis(150);
/// For connecting on the same machine.
const CONNECT: Duration = Duration::from_secs(1);
/// Observations in a report; a program of raw bytes could cause thousands.
const MAX_OBSERVATIONS: usize = 500;
/// Bytes of a message in a report.
const MESSAGE: usize = 1024;
/// Bytes of a refusal's body that are kept.
const MAX_BODY: usize = 2048;

/// The addresses at which this machine can reach the server, the likeliest first.
pub(crate) fn addresses(listening: SocketAddr) -> [SocketAddr; 2] {
    if !listening.ip().to_canonical().is_unspecified() {
        return [listening; 2];
    }
    // `[::]` takes IPv4 as well, and a machine without IPv6 on its loopback is not rare.
    [
        Ipv4Addr::LOCALHOST.into(),
        IpAddr::from(Ipv6Addr::LOCALHOST),
    ]
    .map(|address| SocketAddr::new(address, listening.port()))
}

/// Carries a plan out, on a connection to the server that listens at `address`.
///
/// # Errors
///
/// The connection failed.
pub(crate) fn run(
    plan: &Plan,
    address: SocketAddr,
    expected: Option<&Expected>,
) -> Result<Outcome, Refusal> {
    let connect = |address: SocketAddr| TcpStream::connect_timeout(&address, CONNECT);
    let [first, other] = addresses(address);
    let stream = connect(first)
        .or_else(|_| connect(other))
        .map_err(|error| {
            log::error!("the lab cannot reach this server: {error}");
            let message = "The lab cannot reach its own server just now. Try again in a moment.";
            Refusal::unavailable("lab_busy", message, 5)
        })?;
    let _ = stream.set_nodelay(true);
    let begun = Instant::now();
    let mut exchange = Exchange {
        stream,
        plan,
        expected,
        begun,
        until: begun + TIME,
        last: begun,
        annotator: Annotator::keeping(MESSAGE),
        server_ended: false,
        client_ended: false,
        outcome: Outcome::default(),
    };
    for action in &plan.actions {
        if exchange.act(action).is_break() {
            break;
        }
    }
    exchange.wait_for_the_rest();
    Ok(exchange.finish())
}

struct Exchange<'a> {
    stream: TcpStream,
    plan: &'a Plan,
    expected: Option<&'a Expected>,
    begun: Instant,
    until: Instant,
    /// When something was last sent or received.
    last: Instant,
    annotator: Annotator,
    server_ended: bool,
    client_ended: bool,
    outcome: Outcome,
}

impl Exchange<'_> {
    fn now(&self) -> Micros {
        self.begun.elapsed().as_micros() as Micros
    }

    fn act(&mut self, action: &Action) -> ControlFlow<()> {
        match action {
            Action::Send(bytes) => return self.send(bytes),
            Action::AwaitResponse if self.is_settled() => {
                let head = self.plan.head;
                self.outcome.early = head.is_some_and(|bytes| self.outcome.sent > bytes);
                self.listen(self.until, |this| this.outcome.status.is_some());
                // The remaining steps belong after a 101.
                if self.outcome.status != Some(101) {
                    return Break(());
                }
            }
            Action::AwaitResponse => {}
            Action::Pause(time) => self.listen(Instant::now() + *time, |_| false),
            Action::End(end) => self.end(*end),
        }
        if self.left(self.until).is_zero() {
            self.outcome.timed_out = true;
            return Break(());
        }
        Continue(())
    }

    /// Whether the server has read or refused the request.
    fn is_settled(&self) -> bool {
        let settled = self.plan.settled;
        settled.is_some_and(|bytes| self.outcome.sent >= bytes)
    }

    fn left(&self, until: Instant) -> Duration {
        until
            .min(self.until)
            .saturating_duration_since(Instant::now())
    }

    fn send(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let before = self.outcome.sent;
        self.outcome.sent += bytes.len();
        // The request ends with its head, if the bytes are one.
        let head = self.plan.head.unwrap_or(usize::MAX);
        let (request, frames) = bytes.split_at(head.saturating_sub(before).min(bytes.len()));
        self.outcome.request.extend_from_slice(request);
        let now = self.now();
        let observations = self.annotator.feed(Direction::FromClient, frames, now);
        self.note(observations);
        self.last = Instant::now();
        let left = self.left(self.until);
        let sent = !left.is_zero()
            && self.stream.set_write_timeout(Some(left)).is_ok()
            && self.stream.write_all(bytes).is_ok();
        // A server that has closed does not read on, but what it sent before can still be received.
        match sent {
            true => Continue(()),
            false => Break(()),
        }
    }

    fn end(&mut self, end: End) {
        self.client_ended = true;
        if end == End::Reset {
            // The reset is sent when the socket is closed, which happens next.
            let _ = sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO));
        } else {
            let _ = self.stream.shutdown(Shutdown::Write);
        }
        let (reset, now) = (end == End::Reset, self.now());
        let observations = self.annotator.tcp_ended(Direction::FromClient, reset, now);
        self.note(observations);
        // After a reset nothing can be received.
        self.server_ended |= reset;
    }

    /// Receives until `until`, or until it is `enough`, or until nothing more can be received.
    fn listen(&mut self, until: Instant, enough: impl Fn(&Self) -> bool) {
        let mut buffer = [0; 8192];
        while !self.server_ended && self.outcome.received < MAX_BYTES && !enough(self) {
            let left = self.left(until);
            if left.is_zero() || self.stream.set_read_timeout(Some(left)).is_err() {
                return;
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => self.on_end(false),
                Ok(read) => self.receive(&buffer[..read]),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    _ => self.on_end(true),
                },
            }
        }
    }

    fn on_end(&mut self, reset: bool) {
        self.server_ended = true;
        let now = self.now();
        let observations = self.annotator.tcp_ended(Direction::FromServer, reset, now);
        self.note(observations);
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.last = Instant::now();
        self.outcome.received += bytes.len();
        let now = self.now();
        if self.outcome.status == Some(101) {
            let observations = self.annotator.feed(Direction::FromServer, bytes, now);
            return self.note(observations);
        }
        if self.outcome.status.is_some() {
            return self.keep_body(bytes);
        }
        self.outcome.response.extend_from_slice(bytes);
        let head = &mut self.outcome.response;
        if let Some(at) = head.windows(4).position(|end| end == b"\r\n\r\n") {
            let rest = head.split_off(at + 4);
            let status = head.get(9..12).and_then(|digits| {
                let digits = std::str::from_utf8(digits).ok()?;
                digits.parse().ok()
            });
            if let Some(100 | 102..=199) = status {
                // Not the response, but one before it (RFC 9110 §15.2).
                self.outcome.response.clear();
                self.outcome.received -= rest.len();
                return self.receive(&rest);
            }
            self.outcome.status = Some(status.unwrap_or_default());
            if status == Some(101) {
                let observations = self.annotator.feed(Direction::FromServer, &rest, now);
                self.note(observations);
            } else {
                self.keep_body(&rest);
            }
        }
    }

    fn keep_body(&mut self, bytes: &[u8]) {
        let free = MAX_BODY.saturating_sub(self.outcome.body.len());
        let kept = bytes.get(..free).unwrap_or(bytes);
        self.outcome.body.extend_from_slice(kept);
        self.outcome.cut |= kept.len() < bytes.len();
    }

    fn note(&mut self, observations: Vec<Observation>) {
        for observation in observations {
            if let Observation::Frame(frame) = &observation {
                self.outcome.tally.note(frame);
            }
            if self.outcome.observations.len() < MAX_OBSERVATIONS {
                self.outcome.observations.push(observation);
            } else {
                self.outcome.cut = true;
            }
        }
    }

    /// Whether something must still arrive.
    fn is_expecting(&self) -> bool {
        let tally = &self.outcome.tally;
        let (status, settled) = (self.outcome.status, self.is_settled());
        if self.server_ended || (status.is_none() && !settled && !self.client_ended) {
            return false;
        }
        if status != Some(101) || self.client_ended || tally.is_ending() {
            return true; // the response, or the end of TCP
        }
        let expected = self.expected.is_some_and(|expected| {
            expected.tcp_ended_by == Some(Direction::FromServer)
                || expected.echoes.is_some_and(|n| n > tally.echoes)
                || expected.pongs.is_some_and(|n| n > tally.pongs)
        });
        expected || self.plan.echo && (tally.messages > tally.echoes || tally.pings > tally.pongs)
    }

    fn wait_for_the_rest(&mut self) {
        loop {
            let expecting = self.is_expecting();
            let until = match expecting {
                true => self.until,
                false => self.last + QUIET,
            };
            self.listen(until, |this| this.is_expecting() != expecting);
            let (expecting, late) = (self.is_expecting(), self.left(self.until).is_zero());
            let full = self.outcome.received >= MAX_BYTES;
            if self.server_ended
                || late
                || full
                || (!expecting && self.left(self.last + QUIET).is_zero())
            {
                self.outcome.timed_out |= expecting && late;
                self.outcome.cut |= full;
                return;
            }
        }
    }

    fn finish(mut self) -> Outcome {
        let now = self.now();
        self.outcome.took = now;
        self.outcome.summary = self.annotator.summary();
        if !self.client_ended {
            // A frame that the client left unfinished is shown; that the lab leaves is not.
            let mut observations = self.annotator.tcp_ended(Direction::FromClient, false, now);
            observations.retain(|observation| matches!(observation, Observation::Frame(_)));
            self.note(observations);
        }
        self.outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_reached_where_it_listens() {
        for (listening, first, other) in [
            ("192.168.1.20:80", "192.168.1.20:80", "192.168.1.20:80"),
            ("0.0.0.0:80", "127.0.0.1:80", "[::1]:80"),
            ("[::]:80", "127.0.0.1:80", "[::1]:80"),
            ("[::1]:80", "[::1]:80", "[::1]:80"),
        ] {
            let addresses = addresses(listening.parse().unwrap()).map(|first| first.to_string());
            assert_eq!(addresses, [first, other]);
        }
    }
}
