//! Frames as a client sends them: RFC 6455 §5.2 with the mask of §5.3. Any opcode, any length for
//! it: what is wrong is for the other end to find, and for the annotator to say.

/// Opcodes of §5.2.
pub const CONTINUATION: u8 = 0x0;
pub const TEXT: u8 = 0x1;
pub const BINARY: u8 = 0x2;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xA;

/// One masked frame.
pub fn frame(fin: bool, opcode: u8, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 14);
    bytes.push(u8::from(fin) << 7 | opcode);
    // "The minimal number of bytes MUST be used to encode the length."
    if let Some(length) = u8::try_from(payload.len()).ok().filter(|&n| n <= 125) {
        bytes.push(0x80 | length);
    } else if let Ok(length) = u16::try_from(payload.len()) {
        bytes.push(0x80 | 126);
        bytes.extend(length.to_be_bytes());
    } else {
        bytes.push(0x80 | 127);
        bytes.extend((payload.len() as u64).to_be_bytes());
    }
    bytes.extend(key);
    bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(b, k)| b ^ k));
    bytes
}

/// The payload of a Close (§5.5.1).
pub fn close_payload(code: Option<u16>, reason: &str) -> Vec<u8> {
    let code = code.map(u16::to_be_bytes);
    [code.as_ref().map_or(&[][..], |c| &c[..]), reason.as_bytes()].concat()
}

/// `count` pieces of nearly the same size, cut wherever it falls, inside a letter too; some are
/// empty if there are more pieces than bytes.
pub fn pieces(bytes: &[u8], count: usize) -> Vec<&[u8]> {
    let count = count.max(1);
    (0..count)
        .map(|i| &bytes[i * bytes.len() / count..(i + 1) * bytes.len() / count])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_masked_hello_of_section_5_7() {
        let bytes = frame(true, TEXT, b"Hello", [0x37, 0xfa, 0x21, 0x3d]);
        assert_eq!(bytes, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    }

    #[test]
    fn lengths_take_the_shortest_form() {
        for (length, header) in [(125, 2), (126, 4), (65535, 4), (65536, 10)] {
            let bytes = frame(false, BINARY, &vec![0; length], [0; 4]);
            assert_eq!(bytes.len(), header + 4 + length, "{length}");
        }
    }

    #[test]
    fn pieces_are_the_whole() {
        for count in 0..12 {
            let pieces = pieces(b"caf\xc3\xa9", count);
            assert_eq!(
                (pieces.len(), pieces.concat()),
                (count.max(1), b"caf\xc3\xa9".to_vec())
            );
        }
        assert_eq!(close_payload(Some(4000), "why"), b"\x0f\xa0why");
        assert_eq!(close_payload(None, ""), b"");
    }
}
