use super::*;
use crate::lens::note::Position;
use crate::websocket::frame_header::LengthForm;

/// Xorshift: the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: usize) -> usize {
        (self.roll() % n as u64) as usize
    }
    fn bytes(&mut self, n: usize) -> Vec<u8> {
        (0..n).map(|_| self.roll() as u8).collect()
    }
    /// True once in `of` times.
    fn odd(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

/// A frame as the second parser reads it.
#[derive(Debug, PartialEq)]
struct Reading {
    offset: usize,
    header: Vec<u8>,
    bits: (bool, bool, bool, bool, u8, bool),
    length: u64,
    minimal: bool,
    key: Option<Vec<u8>>,
    wire: Vec<u8>,
    clear: Vec<u8>,
    message: Option<(u64, u64, bool)>,
    whole: Option<Vec<u8>>,
    close: Option<(Option<u16>, String)>,
    faults: Vec<Rule>,
}

/// The second parser shares nothing with the first: it has all bytes at once, no states, keeps
/// everything, and follows the RFC's figure in another order.
fn second_parser(stream: &[u8], client: bool) -> Vec<Reading> {
    let mut seen = Vec::new();
    let (mut at, mut messages, mut closed) = (0, 0, false);
    // The open message: opcode, number, fragments, bytes, and whether it was reported already.
    let mut open: Option<(u8, u64, u64, Vec<u8>, bool)> = None;
    while at < stream.len() {
        let frame = &stream[at..];
        let (mut head, seven) = (2, frame[1] % 128);
        let length = if seven == 126 {
            head += 2;
            u64::from(u16::from_be_bytes([frame[2], frame[3]]))
        } else if seven == 127 {
            head += 8;
            u64::from_be_bytes(frame[2..10].try_into().unwrap())
        } else {
            u64::from(seven)
        };
        let masked = frame[1] >= 128;
        let key = masked.then(|| frame[head..head + 4].to_vec());
        head += key.as_ref().map_or(0, Vec::len);
        let wire = frame[head..head + length as usize].to_vec();
        let clear: Vec<u8> = match &key {
            None => wire.clone(),
            Some(key) => (0..wire.len()).map(|i| wire[i] ^ key[i & 3]).collect(),
        };
        let bit = |n: u8| frame[0] & (1 << (7 - n)) > 0;
        let opcode = frame[0] % 16;
        let mut faults = Vec::new();
        let mut fault = |is: bool, rule| is.then(|| faults.push(rule));
        fault(bit(1) | bit(2) | bit(3), Rule::ReservedBit);
        fault(![0, 1, 2, 8, 9, 10].contains(&opcode), Rule::ReservedOpcode);
        fault(opcode > 7 && !bit(0), Rule::ControlFragmented);
        fault(client && !masked, Rule::NotMasked);
        fault(!client && masked, Rule::Masked);
        fault(opcode > 7 && length > 125, Rule::ControlTooLong);
        let minimal = !(seven == 126 && length < 126 || seven == 127 && length < 65536);
        fault(!minimal, Rule::LengthNotMinimal);
        let (mut message, mut whole, mut close) = (None, None, None);
        if opcode < 3 {
            if opcode == 0 {
                fault(open.is_none(), Rule::NothingToContinue);
            } else {
                fault(open.is_some(), Rule::Interleaved);
                messages += 1;
                open = Some((opcode, messages, 0, Vec::new(), false));
            }
            fault(closed, Rule::DataAfterClose);
            if let Some((kind, number, fragments, bytes, called)) = &mut open {
                *fragments += 1;
                bytes.extend(&clear);
                message = Some((*number, *fragments, bit(0)));
                let bad = *kind == 1
                    && match std::str::from_utf8(bytes) {
                        Ok(_) => false,
                        Err(error) => bit(0) || error.error_len().is_some(),
                    };
                fault(bad && !*called, Rule::TextNotUtf8);
                *called |= bad;
                if bit(0) {
                    whole = open.take().map(|open| open.3);
                }
            }
        } else if opcode < 8 {
            fault(closed, Rule::DataAfterClose);
        } else if opcode == 8 {
            closed = true;
            // A Close that is too long is read up to 125 bytes.
            let body = &clear[..clear.len().min(125)];
            let code = (body.len() > 1).then(|| u16::from_be_bytes([body[0], body[1]]));
            let reason = body.get(2..).unwrap_or_default();
            fault(length == 1, Rule::CloseOneByte);
            if let Some(code) = code {
                let reserved = [1005, 1006, 1015].contains(&code);
                let known = (1000..1015).contains(&code) || (3000..5000).contains(&code);
                fault(reserved, Rule::CloseCodeNotForTheWire);
                fault(code == 1004, Rule::CloseCodeReserved);
                let undefined = code >= 1000 && !reserved && !known;
                fault(undefined, Rule::CloseCodeUndefined);
                fault(code < 1000, Rule::CloseCodeUnused);
            }
            let text = String::from_utf8_lossy(reason).into_owned();
            let bad = match std::str::from_utf8(reason) {
                Ok(_) => false,
                Err(error) => error.error_len().is_some() || length <= 125,
            };
            fault(bad, Rule::ReasonNotUtf8);
            close = Some((code, text));
        }
        seen.push(Reading {
            offset: at,
            header: frame[..head].to_vec(),
            bits: (bit(0), bit(1), bit(2), bit(3), opcode, masked),
            length,
            minimal,
            key,
            wire: wire[..wire.len().min(64)].to_vec(),
            clear: clear[..clear.len().min(64)].to_vec(),
            message,
            whole: whole.map(|w| w[..w.len().min(64)].to_vec()),
            close,
            faults,
        });
        at += head + length as usize;
    }
    seen
}

fn reading_of(note: &FrameNote) -> Reading {
    Reading {
        offset: note.offset as usize,
        header: note.header.0.clone(),
        bits: (
            note.fin,
            note.rsv1,
            note.rsv2,
            note.rsv3,
            note.opcode,
            note.masked,
        ),
        length: note.length,
        minimal: note.minimal,
        key: note.key.clone().map(|key| key.0),
        wire: note.wire.0.clone(),
        clear: note.payload.0.clone(),
        message: note.position.map(
            |Position {
                 message,
                 fragment,
                 last,
             }| (message, fragment, last),
        ),
        whole: note.message.as_ref().map(|m| m.kept.0.clone()),
        close: match &note.control {
            Some(Control::Close { code, reason, .. }) => Some((*code, reason.clone())),
            _ => None,
        },
        faults: note.faults.clone(),
    }
}

/// A frame that is mostly right, and now and then wrong in any way.
fn random_frame(dice: &mut Dice, client: bool) -> Vec<u8> {
    let opcode = match dice.below(10) {
        0..=2 => 0,
        3 | 4 => 1,
        5 => 2,
        6 => 9,
        7 => 10,
        8 if dice.odd(4) => 8,
        _ => dice.below(16) as u8,
    };
    let length = match dice.below(40) {
        0..=25 => dice.below(40),
        26..=32 => [0, 1, 2, 124, 125, 126, 127, 128, 300][dice.below(9)],
        33 => [65535, 65536, 66000][dice.below(3)],
        _ => dice.below(130),
    };
    let fin = opcode > 7 && !dice.odd(20) || dice.odd(2);
    let rsv = if dice.odd(30) { dice.below(8) as u8 } else { 0 };
    let masked = client != dice.odd(20);
    let shortest = [125, 65535].iter().filter(|&&most| length > most).count();
    let form = match length {
        _ if !dice.odd(25) => shortest,
        0..=65535 => [shortest, 1, 2][dice.below(3)].max(shortest),
        _ => 2,
    };
    let mut frame = vec![u8::from(fin) << 7 | rsv << 4 | opcode];
    let mask_bit = u8::from(masked) << 7;
    match form {
        0 => frame.push(mask_bit | length as u8),
        1 => {
            frame.push(mask_bit | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        _ => {
            frame.push(mask_bit | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    let mut payload: Vec<u8> = match dice.below(4) {
        0 => dice.bytes(length),
        1 => b"ascii ".iter().cycle().take(length).copied().collect(),
        _ => "课é😀".bytes().cycle().take(length).collect(),
    };
    if opcode == 8 && length > 1 && !dice.odd(3) {
        let codes = [
            1000, 1001, 1004, 1005, 1015, 1016, 2999, 3000, 4999, 5000, 999,
        ];
        let code: u16 = codes[dice.below(codes.len())];
        payload[..2].copy_from_slice(&code.to_be_bytes());
    }
    let key = if masked { dice.bytes(4) } else { Vec::new() };
    frame.extend(&key);
    let mask = |(i, byte): (usize, &u8)| byte ^ key.get(i % 4).unwrap_or(&0);
    frame.extend(payload.iter().enumerate().map(mask));
    frame
}

#[test]
fn ten_thousand_random_frames_read_as_by_a_second_parser() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut faults = std::collections::HashSet::new();
    for round in 0..400 {
        let client = round % 2 == 0;
        let stream: Vec<u8> = (0..25)
            .flat_map(|_| random_frame(&mut dice, client))
            .collect();
        let from = if client {
            Direction::FromClient
        } else {
            Direction::FromServer
        };
        let mut parser = FrameParser::new(from);
        let (mut notes, mut rest, mut at) = (Vec::new(), &stream[..], 0);
        while !rest.is_empty() {
            let most = [1, 3, 17, 700, 70_000][dice.below(5)];
            let (chunk, behind) = rest.split_at((1 + dice.below(most)).min(rest.len()));
            notes.extend(parser.feed(chunk, at));
            (rest, at) = (behind, at + 1);
        }
        let expected = second_parser(&stream, client);
        assert_eq!(notes.len(), 25);
        for (note, expected) in notes.iter().zip(expected) {
            assert_eq!(
                reading_of(note),
                expected,
                "round {round}, frame {}",
                note.number
            );
            assert_eq!(note.payload_bytes, note.length);
            assert_eq!(note.header_bytes as usize, note.header.0.len());
            faults.extend(note.faults.iter().copied());
        }
        assert!(parser.finish(at).is_none());
    }
    // The test proves something only if every rule that whole frames can break was broken. (A frame
    // with the first bit of its length set never becomes whole.)
    for rule in Rule::ALL {
        let never = [Rule::CutOff, Rule::LengthTooLarge].contains(&rule);
        assert_eq!(faults.contains(&rule), !never, "{rule:?}");
    }
}

#[test]
fn garbage_never_panics_and_memory_stays_bounded() {
    let mut dice = Dice(7);
    for round in 0..100_000 {
        let length = dice.below(60);
        let mut garbage = dice.bytes(length);
        if round % 3 == 0 && length > 2 {
            garbage[1] |= 0x7F; // claim a 64-bit length
        }
        let from = [Direction::FromClient, Direction::FromServer][round % 2];
        let mut parser = FrameParser::new(from);
        let cut = dice.below(length + 1);
        let mut notes = parser.feed(&garbage[..cut], 1);
        notes.extend(parser.feed(&garbage[cut..], 2));
        notes.extend(parser.finish(3));
        let covered: u64 = notes.iter().map(|n| n.header_bytes + n.payload_bytes).sum();
        assert_eq!(covered, length as u64);
        for note in &notes {
            assert!(note.wire.0.len() <= PREVIEW && note.header.0.len() <= 14);
            if round % 16 < 2 {
                let colour = round % 64 == 0;
                assert!(crate::lens::ruler::bit_ruler(note, colour).len() < 20_000);
                assert!(serde_json::to_string(note).unwrap().len() < 10_000);
            }
        }
    }
}

#[test]
fn a_frame_that_claims_a_huge_length_takes_no_memory() {
    let mut parser = FrameParser::new(Direction::FromClient);
    let header = [
        0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4,
    ];
    assert!(parser.feed(&header, 0).is_empty());
    for _ in 0..1000 {
        assert!(parser.feed(&[0; 4096], 1).is_empty());
    }
    let note = parser.finish(2).unwrap();
    assert_eq!((note.length, note.payload_bytes), (u64::MAX, 4_096_000));
    assert_eq!(note.faults, [Rule::LengthTooLarge, Rule::CutOff]);
    assert_eq!(note.wire.0.len(), PREVIEW);
    assert_eq!(note.extent, Extent::PayloadCut);
}

#[test]
fn the_examples_of_section_5_7_are_read() {
    let mut server = FrameParser::new(Direction::FromServer);
    let mut client = FrameParser::new(Direction::FromClient);
    let hello = server.feed(b"\x81\x05Hello", 0);
    assert_eq!(
        hello[0].message.as_ref().unwrap().text.as_deref(),
        Some("Hello")
    );
    let masked = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    assert_eq!(client.feed(masked, 0)[0].payload.0, b"Hello");
    let fragments = server.feed(b"\x01\x03Hel\x89\x00\x80\x02lo", 0);
    let message = fragments[2].message.as_ref().unwrap();
    assert_eq!(message.text.as_deref(), Some("Hello"));
    assert_eq!((message.fragments, message.between), (2, 1));
    let long = server.feed(
        &[&b"\x82\x7f\0\0\0\0\0\x01\0\0"[..], &[7; 65536]].concat(),
        0,
    );
    assert!(long[0].faults.is_empty() && long[0].length_form == LengthForm::Bits64);
}

#[test]
fn a_header_that_is_cut_off_is_shown_as_far_as_it_goes() {
    let mut parser = FrameParser::new(Direction::FromClient);
    parser.feed(b"\x81", 5);
    let note = parser.finish(6).unwrap();
    assert_eq!(
        (note.extent, note.opcode, note.header.0.len()),
        (Extent::HeaderCut, 1, 1)
    );
    assert_eq!((note.begun, note.at), (5, 6));
}
