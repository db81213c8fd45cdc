//! Frames, fragments and control frames: RFC 6455 §5, and text in them: §8.1.

use crate::lab::experiments::experiment::Expected;
use crate::lab::experiments::steps::{
    close, continuation, fill, frame, hex, not_final, pause, ping, pong, raw, step, text,
};
use crate::lab::experiments::table::Table;
use crate::lab::plan::right;
use crate::lab::program::{Form, Frame, Payload, Target};
use crate::websocket::opcode::{BINARY, CONTINUATION, PING, TEXT};

pub(super) fn put(table: &mut Table, max_message: usize) {
    table.group = "frames";
    whole(table, max_message);
    wrong(table);
    table.group = "fragments";
    fragments(table, max_message);
    table.group = "control";
    control(table);
    table.group = "utf8";
    utf8(table);
}

fn whole(table: &mut Table, max_message: usize) {
    let echoed = Expected::open(1, 0);
    let mut echo = |slug, section, frame| {
        table.echo((slug, section), vec![step(frame)], echoed.clone());
    };
    echo("text", "5.6", text("Hello"));
    echo("binary", "5.6", hex(BINARY, "00ff10"));
    echo("empty-message", "5.6", text(""));
    echo("length-125", "5.2", fill(TEXT, 125));
    echo("length-126", "5.2", fill(TEXT, 126));
    echo("length-127", "5.2", fill(TEXT, 127));
    let zeros = Frame {
        key: Some("00000000".into()),
        ..text("Hello")
    };
    // The form of the length changes here. A server with a smaller limit answers 1009.
    for (slug, bytes) in [("length-65535", 65_535), ("length-65536", 65_536)] {
        let (section, expected) = match bytes <= max_message {
            true => ("5.2", Expected::open(1, 0)),
            false => ("7.4.1", Expected::failed(1009)),
        };
        let steps = vec![step(fill(BINARY, bytes))];
        table.echo((slug, section), steps, expected);
    }
    table.echo(
        ("key-of-zeros", "5.3"),
        vec![step(zeros)],
        Expected::open(1, 0),
    );
    // "Hello", masked, as in §5.7; cut inside the masking key.
    let halves = vec![raw("818537fa"), pause(100), raw("213d7f9f4d5158")];
    table.echo(
        ("frame-in-two-packets", "6.2"),
        halves,
        Expected::open(1, 0),
    );
}

fn wrong(table: &mut Table) {
    let mut failed = |slug, section, code, frame| {
        table.echo((slug, section), vec![step(frame)], Expected::failed(code));
    };
    let hello = || text("Hello");
    let long = |form| Frame { form, ..hello() };
    failed("not-minimal-16", "5.2", 1002, long(Form::Bits16));
    failed("not-minimal-64", "5.2", 1002, long(Form::Bits64));
    let top_bit = Frame {
        form: Form::Bits64,
        claim: Some(1 << 63),
        ..hello()
    };
    failed("length-top-bit", "5.2", 1002, top_bit);
    let unmasked = Frame {
        mask: false,
        key: None,
        ..hello()
    };
    failed("unmasked", "5.1", 1002, unmasked);
    let rsv1 = Frame {
        rsv1: true,
        ..hello()
    };
    failed("rsv1", "5.2", 1002, rsv1);
    let rsv2 = Frame {
        rsv2: true,
        ..hello()
    };
    failed("rsv2", "5.2", 1002, rsv2);
    let rsv3 = Frame {
        rsv3: true,
        ..hello()
    };
    failed("rsv3", "5.2", 1002, rsv3);
    extension_bit(table);
    unsupported(table);
}

/// RSV1 after an offer of compression that the 101 does not name.
fn extension_bit(table: &mut Table) {
    let mut lines = right(Target::Echo);
    lines.push("Sec-WebSocket-Extensions: permessage-deflate".into());
    // "Hello" compressed, as in RFC 7692 §7.2.3.1.
    let compressed = Frame {
        rsv1: true,
        ..hex(TEXT, "f248cdc9c90700")
    };
    let name = ("rsv1-declined", "5.2");
    let steps = vec![step(compressed)];
    table.put(
        name,
        Target::Echo,
        Some(lines),
        steps,
        Expected::failed(1002),
    );
}

/// Opcodes, sizes and types of data that the server does not take.
fn unsupported(table: &mut Table) {
    let mut failed = |slug, section, code, frame| {
        table.echo((slug, section), vec![step(frame)], Expected::failed(code));
    };
    let opcode = |opcode| frame(opcode, Payload::Text("Hello".into()));
    failed("reserved-data-opcode", "5.2", 1002, opcode(0x3));
    failed("reserved-control-opcode", "5.2", 1002, opcode(0xB));
    // A tebibyte: the header alone is refused.
    let huge = Frame {
        claim: Some(1 << 40),
        ..hex(BINARY, "00")
    };
    failed("too-big", "7.4.1", 1009, huge);
    // The `welcome` comes first.
    let expected = Expected {
        echoes: Some(1),
        ..Expected::failed(1003)
    };
    let name = ("binary-to-chat", "7.4.1");
    let steps = vec![step(hex(BINARY, "00ff10"))];
    table.put(name, Target::Chat, None, steps, expected);
}

fn fragments(table: &mut Table, max_message: usize) {
    let begun = || step(not_final(text("Hel")));
    let last = || step(continuation("lo"));
    let three = vec![
        begun(),
        step(not_final(continuation("l"))),
        step(continuation("o")),
    ];
    table.echo(("three-fragments", "5.4"), three, Expected::open(1, 0));
    let steps = vec![begun(), step(ping("in between")), last()];
    table.echo(
        ("ping-between-fragments", "5.4"),
        steps,
        Expected::open(1, 1),
    );
    let steps = vec![
        step(not_final(text(""))),
        step(not_final(continuation(""))),
        last(),
    ];
    table.echo(("empty-fragments", "5.4"), steps, Expected::open(1, 0));
    let name = ("continuation-without-start", "5.4");
    table.echo(name, vec![last()], Expected::failed(1002));
    let steps = vec![begun(), step(text("another"))];
    table.echo(("interleaved", "5.4"), steps, Expected::failed(1002));
    let steps = vec![begun(), step(close(1000, "enough"))];
    let name = ("close-between-fragments", "5.4");
    table.echo(name, steps, Expected::closed(Some(1000)));
    // Each frame is within the limit, both together are not.
    let rest = Frame {
        claim: Some(max_message as u64),
        ..continuation("lo")
    };
    let name = ("limit-over-fragments", "7.4.1");
    table.echo(name, vec![begun(), step(rest)], Expected::failed(1009));
}

fn control(table: &mut Table) {
    let answered = Expected::open(0, 1);
    let steps = vec![step(ping("are you there?"))];
    table.echo(("ping", "5.5.2"), steps, answered.clone());
    table.echo(("ping-125", "5.5"), vec![step(fill(PING, 125))], answered);
    // The echo of the message shows that the Pong changed nothing.
    let steps = vec![step(pong("nobody asked")), step(text("Hello"))];
    table.echo(("pong-unasked", "5.5.3"), steps, Expected::open(1, 0));
    let mut failed = |slug, frame| {
        table.echo((slug, "5.5"), vec![step(frame)], Expected::failed(1002));
    };
    failed("ping-126", fill(PING, 126));
    failed("ping-fragmented", not_final(ping("are you")));
    failed("pong-fragmented", not_final(pong("I am")));
    let unfinished = not_final(close(1000, ""));
    // Both ends have sent a Close, so whether the end counts as clean is not judged.
    let expected = Expected {
        clean: None,
        section: Some("5.5"),
        ..Expected::failed(1002)
    };
    table.echo(
        ("close-fragmented", "5.5"),
        vec![step(unfinished)],
        expected,
    );
    control_headers(table);
    let steps = vec![step(close(1000, "")), step(ping("still there?"))];
    let name = ("ping-after-close", "5.5.2");
    table.echo(name, steps, Expected::closed(Some(1000)));
}

/// Control frames whose header breaks a rule that all frames have.
fn control_headers(table: &mut Table) {
    let bare = |frame| Frame {
        mask: false,
        key: None,
        ..frame
    };
    let marked = |frame| Frame {
        rsv1: true,
        ..frame
    };
    let ping = || ping("are you there?");
    // The client has sent a Close too, so whether the end counts as clean is not judged.
    let close = || close(1000, "");
    let mut failed = |slug, section: &'static str, frame, clean| {
        let expected = Expected {
            clean,
            section: Some(section),
            ..Expected::failed(1002)
        };
        table.echo((slug, section), vec![step(frame)], expected);
    };
    failed("unmasked-ping", "5.1", bare(ping()), Some(false));
    failed("unmasked-close", "5.1", bare(close()), None);
    failed("rsv-on-ping", "5.2", marked(ping()), Some(false));
    failed("rsv-on-close", "5.2", marked(close()), None);
}

fn utf8(table: &mut Table) {
    let mut failed = |slug, steps| {
        table.echo((slug, "8.1"), steps, Expected::failed(1007));
    };
    failed("utf8-invalid", vec![step(hex(TEXT, "48656c6c6fff"))]);
    // U+D800, half of a surrogate pair: not a character.
    failed("utf8-surrogate", vec![step(hex(TEXT, "eda080"))]);
    // "/" in two bytes instead of one.
    failed("utf8-overlong", vec![step(hex(TEXT, "c0af"))]);
    // U+110000, one more than the last code point.
    failed("utf8-above", vec![step(hex(TEXT, "f4908080"))]);
    // "caf" and the first byte of "é", and no more.
    failed("utf8-cut-at-end", vec![step(hex(TEXT, "636166c3"))]);
    let begun = || step(not_final(hex(TEXT, "636166c3")));
    let steps = vec![begun(), step(hex(CONTINUATION, "28"))];
    failed("utf8-split-invalid", steps);
    // "café", the é over two frames.
    let steps = vec![begun(), step(hex(CONTINUATION, "a9"))];
    table.echo(("utf8-split-letter", "8.1"), steps, Expected::open(1, 0));
    let mut echoed = |slug, hexadecimal| {
        let steps = vec![step(hex(TEXT, hexadecimal))];
        table.echo((slug, "5.6"), steps, Expected::open(1, 0));
    };
    // "a", U+0000, "b".
    echoed("utf8-nul", "610062");
    // U+FEFF, "Hi".
    echoed("utf8-bom", "efbbbf4869");
    // U+FFFF, U+FDD0, U+10FFFF.
    echoed("utf8-noncharacters", "efbfbfefb790f48fbfbf");
}
