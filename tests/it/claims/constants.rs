//! Claims that are computed from others, or that would take long to measure.

use std::fs;

use super::facts::{Facts, grouped, number, say};
use crate::harness::{Server, output};
use crate::tidy::root;

/// What would take long to measure: from the table of the limits and the printed configuration,
/// both of which are written from the constants themselves.
pub(super) fn constants(facts: &mut Facts, server: &Server) {
    let limits = fs::read_to_string(root().join("docs/limits.md")).unwrap();
    let row = |name: &str| {
        let row = limits.lines().find(|line| line.contains(name));
        let row = row.unwrap_or_else(|| panic!("no row with {name}"));
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[3].to_owned(), cells[4].to_owned())
    };
    let first = |cell: String| cell.split(' ').next().unwrap().to_owned();
    say(facts, "drain-seconds", first(row("client.rs LINGER").0));
    say(
        facts,
        "close-seconds",
        first(row("flusher.rs CLOSE_WITHIN").0),
    );
    say(facts, "inbox", first(row("inbox.rs DEPTH").0));
    let (backlog, then) = row("| `limits.backlog` |");
    say(facts, "backlog", first(backlog));
    let code = then
        .split(|c: char| !c.is_ascii_digit())
        .find(|word| word.len() == 4);
    say(facts, "too-slow", code.expect("a close code"));
    let out = output(&mut server.command("check"));
    let configuration = String::from_utf8_lossy(&out.stdout).into_owned();
    let interval = configuration.split("interval = \"").nth(1).unwrap();
    let interval: usize = interval.split('s').next().unwrap().parse().unwrap();
    say(facts, "interval", interval);
    say(facts, "stalled-seconds", 2 * interval);
    let minimal = fs::read_to_string(root().join("examples/minimal.rs")).unwrap();
    let queue = minimal.split("const QUEUE: usize = ").nth(1).unwrap();
    say(facts, "minimal-queue", queue.split(';').next().unwrap());
}

/// The table of chapter 1: 30 students, 45 minutes, nobody writes.
pub(super) fn silence(facts: &mut Facts) {
    let seconds = 45 * 60;
    let beats = seconds / number(facts, "interval");
    let beat = number(facts, "ping") + number(facts, "pong");
    let polls = 30 * seconds * number(facts, "poll");
    let sockets = 30 * (number(facts, "open") + beats * beat);
    say(facts, "beats", beats);
    say(facts, "beat", beat);
    say(facts, "all-polls", grouped(polls));
    say(facts, "all-sockets", grouped(sockets));
    say(facts, "times", (polls + sockets / 2) / sockets);
}
