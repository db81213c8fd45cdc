//! Closing: RFC 6455 §5.5.1 and §7.

use crate::lab::experiments::experiment::Expected;
use crate::lab::experiments::steps::{close, hex, step, text};
use crate::lab::experiments::table::Table;
use crate::lab::program::{End, Step};
use crate::model::direction::Direction;
use crate::websocket::opcode::CLOSE;

pub(super) fn put(table: &mut Table) {
    table.group = "closing";
    let closes = |table: &mut Table, slug, section, frame, code| {
        table.echo((slug, section), vec![step(frame)], Expected::closed(code));
    };
    let answered = |table: &mut Table, slug, section, code: u16| {
        closes(table, slug, section, close(code, ""), Some(code));
    };
    let bye = close(1000, "bye");
    closes(table, "close-1000", "5.5.1", bye, Some(1000));
    closes(table, "close-empty", "5.5.1", hex(CLOSE, ""), None);
    answered(table, "close-3000", "7.4.2", 3000);
    answered(table, "close-4000", "7.4.2", 4000);
    // Registered with IANA after the RFC, as §7.4.1 leaves room for.
    answered(table, "close-1014", "7.4.2", 1014);
    let longest = close(1000, &"x".repeat(123));
    closes(table, "close-reason-123", "5.5", longest, Some(1000));
    wrong(table);
    unusual(table);
}

/// Closes that the server answers with a code of its own.
fn wrong(table: &mut Table) {
    // Both ends have sent a Close, so the end counts as clean although the first was wrong.
    let failed = |table: &mut Table, slug, section, frame, code| {
        let expected = Expected {
            section: Some(section),
            clean: None,
            ..Expected::failed(code)
        };
        table.echo((slug, section), vec![step(frame)], expected);
    };
    failed(table, "close-one-byte", "5.5.1", hex(CLOSE, "03"), 1002);
    for (slug, section, code) in [
        ("close-1004", "7.4.1", 1004),
        ("close-1005", "7.4.1", 1005),
        ("close-1006", "7.4.1", 1006),
        ("close-1015", "7.4.1", 1015),
        ("close-999", "7.4.2", 999),
        ("close-2999", "7.4.2", 2999),
        ("close-5000", "7.4.2", 5000),
    ] {
        failed(table, slug, section, close(code, ""), 1002);
    }
    let long = close(1000, &"x".repeat(124));
    failed(table, "close-reason-too-long", "5.5", long, 1002);
    let not_utf8 = hex(CLOSE, "03e8ff");
    failed(table, "close-reason-not-utf8", "8.1", not_utf8, 1007);
}

/// Data after a Close, and no Close at all.
fn unusual(table: &mut Table) {
    let expected = Expected {
        section: Some("5.5.1"),
        ..Expected::closed(Some(1000))
    };
    let steps = vec![step(close(1000, "")), step(text("one more thing"))];
    table.echo(("data-after-close", "5.5.1"), steps, expected);
    let hang_up = Step {
        end: Some(End::Fin),
        ..Step::default()
    };
    let expected = Expected {
        echoes: Some(1),
        tcp_ended_by: Some(Direction::FromClient),
        ..Expected::refused(101)
    };
    let steps = vec![step(text("Hello")), hang_up];
    table.echo(("hang-up", "7.1.5"), steps, expected);
}
