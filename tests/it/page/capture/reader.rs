//! A reader of the captures that the protocol view saves: one packet of raw IPv4 and TCP for each frame,
//! which may be captured in part.

use crate::harness::pcapng::{blocks, u16_be, u32_be, u32_le};

const CLIENT: [u8; 4] = [192, 0, 2, 1];

/// One packet of the file.
#[derive(Debug)]
pub struct Packet {
    /// Microseconds since 1970.
    pub at: u64,
    pub from_client: bool,
    /// Of the client: each connection has another.
    pub port: u16,
    pub seq: u32,
    pub flags: u8,
    /// The bytes that the segment had, and those of them that were captured.
    pub length: usize,
    pub payload: Vec<u8>,
    pub comment: String,
}

impl Packet {
    pub fn is_whole(&self) -> bool {
        self.payload.len() == self.length
    }
}

pub fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    let digits = digits.map(|pair| std::str::from_utf8(pair).unwrap());
    digits
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn u16_le(bytes: &[u8]) -> usize {
    u16::from_le_bytes(bytes[..2].try_into().unwrap()).into()
}

/// The comment among the options of a block, which have to end with the option 0.
#[track_caller]
fn comment(mut options: &[u8]) -> String {
    let mut comment = String::new();
    loop {
        let (code, length) = (u16_le(options), u16_le(&options[2..]));
        if code == 0 {
            assert_eq!((length, options.len()), (0, 4));
            return comment;
        }
        if code == 1 {
            comment = String::from_utf8(options[4..4 + length].to_vec()).unwrap();
        }
        options = &options[4 + length.next_multiple_of(4)..];
    }
}

/// The comment of the file, and the packets.
#[track_caller]
pub fn read(file: &[u8]) -> (String, Vec<Packet>) {
    let blocks = blocks(file);
    let (section, interface) = (&blocks[0], &blocks[1]);
    assert_eq!((section.0, u32_le(section.1)), (0x0A0D_0D0A, 0x1A2B_3C4D));
    assert_eq!(section.1[4..8], [1, 0, 0, 0]); // version 1.0
    assert_eq!((interface.0, u32_le(interface.1)), (1, 101)); // raw IP
    let packets = blocks[2..].iter().map(|(kind, body)| {
        assert_eq!((*kind, u32_le(body)), (6, 0));
        let at = u64::from(u32_le(&body[4..])) << 32 | u64::from(u32_le(&body[8..]));
        let (kept, length) = (u32_le(&body[12..]) as usize, u32_le(&body[16..]) as usize);
        let comment = comment(&body[20 + kept.next_multiple_of(4)..]);
        packet(at, &body[20..20 + kept], length, comment)
    });
    (comment(&section.1[16..]), packets.collect())
}

/// The sum of 16-bit words in one's complement: all ones if a checksum is right.
fn sum(bytes: &[u8]) -> u32 {
    let words = bytes.chunks(2);
    let words =
        words.map(|pair| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |b| u32::from(*b)));
    let mut sum: u32 = words.sum();
    while sum > 0xFFFF {
        sum = (sum >> 16) + (sum & 0xFFFF);
    }
    sum
}

#[track_caller]
fn packet(at: u64, ip: &[u8], length: usize, comment: String) -> Packet {
    assert_eq!((ip[0], ip[9], sum(&ip[..20])), (0x45, 6, 0xFFFF));
    assert_eq!(usize::from(u16_be(&ip[2..])), length, "{comment}");
    let (tcp, from_client) = (&ip[20..], ip[12..16] == CLIENT);
    assert_eq!(tcp[12], 0x50);
    let ports = [u16_be(tcp), u16_be(&tcp[2..])];
    assert_eq!(ports[usize::from(from_client)], 80);
    if ip.len() == length {
        let pseudo_header = [
            &ip[12..20],
            &[0, 6],
            &((length - 20) as u16).to_be_bytes()[..],
        ];
        let segment = [&pseudo_header.concat(), tcp].concat();
        assert_eq!(sum(&segment), 0xFFFF, "TCP's checksum: {comment}");
    } else {
        assert!(ip.len() < length, "{comment}");
        assert_eq!(tcp[16..18], [0, 0], "a checksum of unknown bytes");
    }
    Packet {
        at,
        from_client,
        port: ports[usize::from(!from_client)],
        seq: u32_be(&tcp[4..]),
        flags: tcp[13],
        length: length - 40,
        payload: tcp[20..].to_vec(),
        comment,
    }
}
