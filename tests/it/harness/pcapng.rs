//! The blocks of a pcapng file, for the tests of those who write one.

pub fn u32_le(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes[..4].try_into().unwrap())
}

pub fn u16_be(bytes: &[u8]) -> u16 {
    u16::from_be_bytes(bytes[..2].try_into().unwrap())
}

pub fn u32_be(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes[..4].try_into().unwrap())
}

/// The blocks of a file, as type and body.
#[track_caller]
pub fn blocks(mut bytes: &[u8]) -> Vec<(u32, &[u8])> {
    let mut blocks = Vec::new();
    while !bytes.is_empty() {
        let (kind, length) = (u32_le(bytes), u32_le(&bytes[4..]) as usize);
        assert!(length % 4 == 0 && length >= 12 && length <= bytes.len());
        let (block, rest) = bytes.split_at(length);
        assert_eq!(u32_le(&block[length - 4..]) as usize, length);
        blocks.push((kind, &block[8..length - 4]));
        bytes = rest;
    }
    blocks
}
