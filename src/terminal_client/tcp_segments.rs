//! The packets of a TCP connection, made from what a program read and wrote: IPv4 (RFC 791) or IPv6
//! (RFC 8200), and TCP (RFC 9293).
//!
//! The bytes and the addresses are real. Where one segment ends and the next begins, sequence numbers
//! and acknowledgements are known to the kernel alone, so they are made up here in an order that is
//! possible. Pure: values in, bytes out.

use crate::model::direction::Direction;
use std::net::{IpAddr, SocketAddr};

/// Bytes of payload in one segment: what fits into an Ethernet frame with an IPv4 header.
const SEGMENT: usize = 1460;
/// After so many segments the other end acknowledges, so that its window never seems full.
const ACK_EVERY: usize = 16;
/// The window that both ends announce.
const WINDOW: u16 = 65_535;
/// Initial sequence numbers, different for the two ends so that nobody takes one for the other.
const FIRST: [u32; 2] = [1_000_000, 5_000_000];
const HOP_LIMIT: u8 = 64;
const PROTOCOL_TCP: u8 = 6;
const TCP_HEADER: usize = 20;

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const PSH: u8 = 8;
const ACK: u8 = 16;

/// One connection, from its first to its last packet.
#[derive(Debug)]
pub(crate) struct Conversation {
    /// Client and server.
    ends: [SocketAddr; 2],
    /// The next sequence number of each.
    next: [u32; 2],
    /// Which of them have ended their side.
    ended: [bool; 2],
}

impl Conversation {
    /// A connection, and the three packets that open it.
    pub(crate) fn open(client: SocketAddr, server: SocketAddr) -> (Self, Vec<Vec<u8>>) {
        let mut conversation = Self {
            ends: [client, server],
            next: FIRST,
            ended: [false; 2],
        };
        let opening = vec![
            conversation.segment(Direction::FromClient, SYN, &[]),
            conversation.segment(Direction::FromServer, SYN | ACK, &[]),
            conversation.segment(Direction::FromClient, ACK, &[]),
        ];
        (conversation, opening)
    }

    /// The packets that carry these bytes, and those that acknowledge them.
    pub(crate) fn data(&mut self, from: Direction, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        for burst in bytes.chunks(SEGMENT * ACK_EVERY) {
            for part in burst.chunks(SEGMENT) {
                packets.push(self.segment(from, PSH | ACK, part));
            }
            packets.push(self.segment(from.other(), ACK, &[]));
        }
        packets
    }

    /// The packets with which one end ends TCP.
    pub(crate) fn end(&mut self, by: Direction, reset: bool) -> Vec<Vec<u8>> {
        if std::mem::replace(&mut self.ended[by as usize], true) {
            return Vec::new();
        }
        if reset {
            return vec![self.segment(by, RST | ACK, &[])];
        }
        vec![
            self.segment(by, FIN | ACK, &[]),
            self.segment(by.other(), ACK, &[]),
        ]
    }

    /// One packet; its sender's sequence number moves on.
    fn segment(&mut self, from: Direction, flags: u8, payload: &[u8]) -> Vec<u8> {
        let (sender, receiver) = (from as usize, from.other() as usize);
        let (source, target) = (self.ends[sender], self.ends[receiver]);
        let acknowledged = match flags & ACK {
            0 => 0,
            _ => self.next[receiver],
        };
        let mut tcp = Vec::with_capacity(TCP_HEADER + payload.len());
        tcp.extend(source.port().to_be_bytes());
        tcp.extend(target.port().to_be_bytes());
        tcp.extend(self.next[sender].to_be_bytes());
        tcp.extend(acknowledged.to_be_bytes());
        tcp.push((TCP_HEADER as u8 / 4) << 4);
        tcp.push(flags);
        tcp.extend(WINDOW.to_be_bytes());
        tcp.extend([0; 4]); // checksum, and no urgent pointer
        tcp.extend(payload);
        // A SYN and a FIN take one number each.
        let taken = payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        self.next[sender] = self.next[sender].wrapping_add(taken);
        into_packet(source.ip(), target.ip(), tcp)
    }
}

/// Puts the IP header in front of a segment, and the checksum into it.
fn into_packet(source: IpAddr, target: IpAddr, mut tcp: Vec<u8>) -> Vec<u8> {
    let (source, target) = (octets(source), octets(target));
    let length = tcp.len() as u32;
    let protocol = u32::from(PROTOCOL_TCP).to_be_bytes();
    let pseudo_header = [&source, &target, &length.to_be_bytes()[..], &protocol].concat();
    let sum = checksum(&[&pseudo_header, &tcp]);
    tcp[16..18].copy_from_slice(&sum.to_be_bytes());
    let mut packet = match source.len() {
        4 => {
            let total = (20 + length) as u16;
            let mut header = vec![0x45, 0];
            header.extend(total.to_be_bytes());
            // No identification is needed where "don't fragment" is set (RFC 6864).
            header.extend([0, 0, 0x40, 0, HOP_LIMIT, PROTOCOL_TCP, 0, 0]);
            header.extend([&source[..], &target].concat());
            let sum = checksum(&[&header]);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
            header
        }
        _ => {
            let mut header = vec![0x60, 0, 0, 0];
            header.extend((length as u16).to_be_bytes());
            header.extend([PROTOCOL_TCP, HOP_LIMIT]);
            header.extend([&source[..], &target].concat());
            header
        }
    };
    packet.append(&mut tcp);
    packet
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// The Internet checksum (RFC 1071) of these parts, of which all but the last have an even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum: u32 = 0;
    for pair in parts.iter().flat_map(|part| part.chunks(2)) {
        let high = u32::from(pair[0]) << 8;
        sum += high | pair.get(1).map_or(0, |low| u32::from(*low));
    }
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    !(sum as u16)
}
