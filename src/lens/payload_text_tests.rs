//! Which payloads are shown as text.

use super::*;

#[test]
fn a_payload_is_text_exactly_if_its_bytes_are_utf8() {
    let read = |opcode: u8, payload: &[u8]| {
        let frame = crate::lens::encode::frame(true, opcode, payload, [1, 2, 3, 4]);
        let mut parser = FrameParser::new(Direction::FromClient);
        parser.feed(&frame, 0).remove(0).text
    };
    for text in [
        "\u{FFFD}",
        "a\u{FFFD}b",
        "caf\u{e9}",
        "\0",
        "\u{FEFF}x",
        "\u{FFFE}",
    ] {
        for opcode in [opcode::TEXT, opcode::BINARY, opcode::PING] {
            assert_eq!(read(opcode, text.as_bytes()).as_deref(), Some(text));
        }
    }
    for bytes in [
        &b"\xff"[..],
        b"a\xc3",
        b"\xed\xa0\x80",
        b"\xef\xbf\xbd\xef\xbf",
    ] {
        assert_eq!(read(opcode::BINARY, bytes), None, "{bytes:?}");
    }
    // The preview may cut a character, wherever that is.
    for before in PREVIEW - 3..=PREVIEW {
        let text = format!("{}\u{FFFD}\u{FFFD} and more", "x".repeat(before));
        let shown = read(opcode::TEXT, text.as_bytes()).expect("text");
        assert!(
            text.starts_with(&shown) && shown.len() > PREVIEW - 3,
            "{shown}"
        );
    }
}
