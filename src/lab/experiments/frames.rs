//! Frames, fragments and control frames: RFC 6455 §5, and text in them: §8.1.

use crate::lab::experiments::experiment::Expected;
use crate::lab::experiments::steps::{
    close, continuation, fill, frame, hex, not_final, pause, ping, pong, raw, step, text,
};
use crate::lab::experiments::table::Table;
use crate::lab::program::{Form, Frame, Payload, Target};
use crate::websocket::opcode::{BINARY, CONTINUATION, PING, TEXT};

pub(super) fn put(table: &mut Table, max_message: usize) {
    table.group = "frames";
    whole(table, max_message);
    wrong(table);
    table.group = "fragments";
    fragments(table);
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
    unsupported(table);
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

fn fragments(table: &mut Table) {
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
}

fn utf8(table: &mut Table) {
    let mut failed = |slug, steps| {
        table.echo((slug, "8.1"), steps, Expected::failed(1007));
    };
    failed("utf8-invalid", vec![step(hex(TEXT, "48656c6c6fff"))]);
    // U+D800, half of a surrogate pair: not a character.
    failed("utf8-surrogate", vec![step(hex(TEXT, "eda080"))]);
    let begun = || step(not_final(hex(TEXT, "636166c3")));
    let steps = vec![begun(), step(hex(CONTINUATION, "28"))];
    failed("utf8-split-invalid", steps);
    // "café", the é over two frames.
    let steps = vec![begun(), step(hex(CONTINUATION, "a9"))];
    table.echo(("utf8-split-letter", "8.1"), steps, Expected::open(1, 0));
}
