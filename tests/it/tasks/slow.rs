//! Clients that are slow, and clients for which it would be vain to wait.

use std::time::{Duration, Instant};

use crate::harness::{Frame, Raw, Server};

use super::student::{asked, begin, fresh, fresh_key, honest, play};

/// Shows that nothing comes for this time.
#[track_caller]
fn nothing_comes_for(raw: &Raw, time: Duration) {
    let stream = raw.stream();
    stream.set_read_timeout(Some(time)).unwrap();
    let came = stream.peek(&mut [0]);
    assert!(came.is_err(), "the examiner does not wait: {came:?}");
}

/// The text that is to be sent back.
fn text(frame: &Frame) -> Option<String> {
    let text = String::from_utf8(frame.payload.clone()).ok()?;
    (frame.opcode == Frame::TEXT && !text.starts_with('{')).then_some(text)
}

#[test]
fn a_client_that_sends_byte_by_byte_may_take_longer_than_a_step() {
    let server = Server::start("");
    let mut client = honest();
    let mut is_slow = true;
    let mut has_rested = false;
    let step = Duration::from_secs(5);
    let begun = Instant::now();
    let verdict = play(&mut begin(&server, 2, "Slow"), |raw, frame| {
        let Some(asked) = asked(frame).filter(|_| std::mem::take(&mut is_slow)) else {
            return client(raw, frame);
        };
        let text = asked["text"].as_str().unwrap();
        for byte in fresh(Frame::text(text)).encode() {
            nothing_comes_for(raw, Duration::from_millis(350));
            if begun.elapsed() > step && !std::mem::replace(&mut has_rested, true) {
                nothing_comes_for(raw, Duration::from_millis(1150));
            }
            raw.send(&[byte]);
        }
    });
    assert!(verdict.passed, "{verdict:?}");
    assert!(has_rested, "the client was not slow");
}

#[test]
fn a_client_that_rests_inside_a_frame_is_not_told_that_its_length_is_wrong() {
    let server = Server::start("");
    let mut client = honest();
    let verdict = play(&mut begin(&server, 3, "Rest"), |raw, frame| {
        match text(frame).filter(|text| text.len() == 126) {
            Some(text) => {
                let bytes = fresh(Frame::text(&text)).encode();
                let (first, rest) = bytes.split_at(bytes.len() - 1);
                raw.send(first);
                nothing_comes_for(raw, Duration::from_millis(1500));
                raw.send(rest);
            }
            None => client(raw, frame),
        }
    });
    assert!(verdict.passed, "{verdict:?}");
}

#[test]
fn a_header_that_announces_too_much_is_named_before_the_step_is_over() {
    let server = Server::start("");
    type Length = fn(usize) -> u16;
    let lengths: [(&str, &str, Length); 2] = [
        ("7e 00", "length_byte_order", |length| {
            (length as u16).swap_bytes()
        }),
        ("00 82", "length_with_key", |length| length as u16 + 4),
    ];
    for (n, (bytes, rule, length)) in lengths.into_iter().enumerate() {
        let begun = Instant::now();
        let mut client = honest();
        let verdict = play(
            &mut begin(&server, 3, &format!("Client {n}")),
            |raw, frame| {
                let Some(text) = text(frame).filter(|text| text.len() == 126) else {
                    return client(raw, frame);
                };
                let key = fresh_key();
                let mut sent = vec![0x81, 0x80 | 126];
                sent.extend(length(text.len()).to_be_bytes());
                sent.extend(key);
                sent.extend(text.bytes().enumerate().map(|(i, byte)| byte ^ key[i % 4]));
                raw.send(&sent);
            },
        );
        assert_eq!(verdict.said["rule"], rule, "{verdict:?}");
        assert!(verdict.what.contains(bytes), "{verdict:?}");
        assert!(verdict.what.contains("nothing for 1 s"), "{verdict:?}");
        assert!(
            begun.elapsed() < Duration::from_secs(4),
            "it took {:?}",
            begun.elapsed()
        );
    }
}
