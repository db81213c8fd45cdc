use super::*;
use crate::lens::frames::FrameParser;

#[test]
fn the_masked_hello_of_section_5_7_is_drawn_as_in_section_5_2() {
    let mut parser = FrameParser::new(Direction::FromClient);
    let notes = parser.feed(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 1_500_000);
    let expected = "\
client → server  frame 1: text, 6 + 5 bytes, at byte 0, 1.500000 s
      0                   1                   2                   3
      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
     +-+-+-+-+-------+-+-------------+-------------------------------+
     |F|R|R|R|opcode |M| Payload len |          Masking-key          |
     |I|S|S|S|  (4)  |A|     (7)     |             (32)              |
     |N|V|V|V|       |S|             |                               |
     | |1|2|3|       |K|             |                               |
   0 |1|0|0|0|0 0 0 1|1|0 0 0 0 1 0 1|0 0 1 1 0 1 1 1 1 1 1 1 1 0 1 0|  81 85 37 fa
     +-+-+-+-+-------+-+-------------+-------------------------------+
     |          Masking-key          |         Payload data          |
     |             (32)              |                               |
   4 |0 0 1 0 0 0 0 1 0 0 1 1 1 1 0 1|0 1 1 1 1 1 1 1 1 0 0 1 1 1 1 1|  21 3d 7f 9f
     +-------------------------------+-------------------------------+
  FIN          1            message 1 is whole §5.4
  RSV1-3       000          no extension uses them §5.2
  opcode       0x1          text §5.6
  MASK         1            masked, as every frame of a client §5.1
  Payload len  5            the length itself §5.2
  Masking-key  37 fa 21 3d  has to be fresh and unpredictable for every frame §5.3
  on the wire  7f 9f 4d 51 58
  XOR key      37 fa 21 3d 37
  payload      48 65 6c 6c 6f                                   Hello
  message 1: text, 5 bytes in 1 fragment: Hello
";
    assert_eq!(bit_ruler(&notes[0], false), expected);
}

#[test]
fn every_frame_is_the_same_with_colours() {
    let mut parser = FrameParser::new(Direction::FromServer);
    let mut notes = parser.feed(b"\xf3\xfe\x00\x01abcdx\x88\x03\x03\xe8\xff\x01\x7f", 0);
    notes.extend(parser.finish(1));
    assert_eq!(notes.len(), 3);
    for note in &notes {
        let coloured = bit_ruler(note, true);
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, behind)) = rest.split_once("\x1b[") {
            plain += before;
            rest = behind.split_once('m').unwrap().1;
        }
        assert_eq!(plain + rest, bit_ruler(note, false));
        assert!(coloured.contains("\x1b[1;31m"));
    }
}

/// The frame that the end of the connection cut off after these bytes.
fn cut_off(bytes: &[u8]) -> String {
    let mut parser = FrameParser::new(Direction::FromClient);
    assert!(parser.feed(bytes, 0).is_empty());
    bit_ruler(&parser.finish(1).unwrap(), false)
}

#[test]
fn bytes_that_never_came_are_not_called_bytes_of_the_payload() {
    let text = cut_off(b"\x82\xfe\x03\xe8\0\0\0\0abc");
    assert!(text.contains("… of 1000 bytes, 997 never came"), "{text}");
    assert!(!text.contains("more bytes"), "{text}");
    let long = [&b"\x82\xfe\x03\xe8\0\0\0\0"[..], &[b'x'; 100]].concat();
    let text = cut_off(&long);
    assert!(text.contains("… and 36 more bytes"), "{text}");
    assert!(text.contains("… of 1000 bytes, 900 never came"), "{text}");
}

#[test]
fn nothing_is_said_of_fields_that_were_cut_off() {
    for (bytes, words) in [
        (
            &b"\x81\xfe\x03"[..],
            "the next 16 bits would say it; they were cut off",
        ),
        (
            b"\x81\xff\x00\x00",
            "the next 64 bits would say it; they were cut off",
        ),
        (b"\x81", "a message ends with this frame"),
        (b"\x01\xfe", "more fragments follow"),
    ] {
        let text = cut_off(bytes);
        assert!(text.contains(words), "{text}");
        assert!(!text.contains("of no message"), "{text}");
    }
}

#[test]
fn a_reason_is_shown_with_its_characters_and_control_characters_once_escaped() {
    let reason = "\"e\u{301}\" \\ \n\u{202e}";
    let payload = [&1000_u16.to_be_bytes()[..], reason.as_bytes()].concat();
    let mut parser = FrameParser::new(Direction::FromServer);
    let frame = [&[0x88, payload.len() as u8][..], &payload].concat();
    let text = bit_ruler(&parser.feed(&frame, 0)[0], false);
    assert!(
        text.contains(": \"\"e\u{301}\" \\ \\n\\u{202e}\"\n"),
        "{text}"
    );
}
