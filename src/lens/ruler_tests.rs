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
  Masking-key  37 fa 21 3d  fresh and unpredictable for every frame §5.3
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
