//! `wire --pcapng`: a reader that knows nothing of the writer walks the blocks of the file, checks
//! lengths, checksums and sequence numbers, and puts the streams of both ends together again.

use super::*;
use crate::harness::TempDir;
use crate::harness::pcapng::{blocks, u16_be, u32_be, u32_le};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// One packet of the file.
#[derive(Debug)]
struct Packet {
    /// Microseconds since 1970.
    at: u64,
    source: SocketAddr,
    target: SocketAddr,
    seq: u32,
    ack: u32,
    flags: u8,
    payload: Vec<u8>,
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// The packets, after a check of everything in front of them.
#[track_caller]
fn packets(bytes: &[u8]) -> Vec<Packet> {
    let blocks = blocks(bytes);
    let (section, interface) = (&blocks[0], &blocks[1]);
    assert_eq!((section.0, u32_le(section.1)), (0x0A0D_0D0A, 0x1A2B_3C4D));
    assert_eq!(section.1[4..8], [1, 0, 0, 0]); // version 1.0
    assert_eq!((interface.0, u32_le(interface.1)), (1, 101)); // raw IP
    let packets = blocks[2..].iter().map(|(kind, body)| {
        assert_eq!((*kind, u32_le(body)), (6, 0));
        let at = u64::from(u32_le(&body[4..])) << 32 | u64::from(u32_le(&body[8..]));
        let (kept, length) = (u32_le(&body[12..]) as usize, u32_le(&body[16..]) as usize);
        assert_eq!((kept, body.len()), (length, 20 + kept.next_multiple_of(4)));
        packet(at, &body[20..20 + kept])
    });
    packets.collect()
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
fn packet(at: u64, ip: &[u8]) -> Packet {
    let (source, target, tcp): (IpAddr, IpAddr, &[u8]) = match ip[0] >> 4 {
        4 => {
            assert_eq!((ip[0], usize::from(u16_be(&ip[2..]))), (0x45, ip.len()));
            assert_eq!((ip[9], sum(&ip[..20])), (6, 0xFFFF));
            let address = |at: usize| {
                let octets: [u8; 4] = ip[at..at + 4].try_into().unwrap();
                Ipv4Addr::from(octets).into()
            };
            (address(12), address(16), &ip[20..])
        }
        _ => {
            assert_eq!((ip[0], ip[6]), (0x60, 6));
            assert_eq!(usize::from(u16_be(&ip[4..])), ip.len() - 40);
            let address = |at: usize| {
                let octets: [u8; 16] = ip[at..at + 16].try_into().unwrap();
                Ipv6Addr::from(octets).into()
            };
            (address(8), address(24), &ip[40..])
        }
    };
    let addresses = if ip[0] >> 4 == 4 {
        &ip[12..20]
    } else {
        &ip[8..40]
    };
    let length = (tcp.len() as u32).to_be_bytes();
    let pseudo_header = [addresses, &length, &[0, 0, 0, 6]].concat();
    assert_eq!(
        sum(&[&pseudo_header, tcp].concat()),
        0xFFFF,
        "TCP's checksum"
    );
    assert_eq!(tcp[12], 0x50);
    Packet {
        at,
        source: (source, u16_be(tcp)).into(),
        target: (target, u16_be(&tcp[2..])).into(),
        seq: u32_be(&tcp[4..]),
        ack: u32_be(&tcp[8..]),
        flags: tcp[13],
        payload: tcp[20..].to_vec(),
    }
}

/// What both ends sent, put together by sequence number as a TCP stack does it.
#[track_caller]
fn streams(packets: &[Packet], server: SocketAddr) -> (Vec<u8>, Vec<u8>) {
    let mut streams = [Vec::new(), Vec::new()];
    let mut next: [Option<u32>; 2] = [None; 2];
    let mut last = 0;
    for packet in packets {
        assert!(packet.at >= last);
        last = packet.at;
        let from = usize::from(packet.source == server);
        let ends = [packet.source, packet.target];
        assert_eq!(ends[1 - from], server, "{packet:?}");
        let expected = *next[from].get_or_insert(packet.seq);
        assert_eq!(packet.seq, expected, "{packet:?}");
        if packet.flags & ACK != 0 {
            assert_eq!(Some(packet.ack), next[1 - from], "{packet:?}");
        }
        let taken = packet.payload.len() as u32 + u32::from(packet.flags & (SYN | FIN) != 0);
        next[from] = Some(expected.wrapping_add(taken));
        streams[from].extend(&packet.payload);
    }
    let [client, server] = streams;
    (client, server)
}

/// A server that records what it reads, answers with `answer`, and ends after the client's Close.
fn recording(answer: Vec<u8>) -> (String, JoinHandle<Vec<u8>>) {
    server(move |mut stream| {
        stream.write_all(SWITCHING).unwrap();
        stream.write_all(&answer).unwrap();
        let mut read = Vec::new();
        // The Close of `wire` at the end of its input: FIN and opcode 8, mask and length 2.
        let ends =
            |read: &[u8]| read.len() >= 8 && read[read.len() - 8..].starts_with(&[0x88, 0x82]);
        let mut byte = [0];
        while !ends(&read) {
            stream.read_exact(&mut byte).unwrap();
            read.push(byte[0]);
        }
        let close = Frame::close(1000, "").unmasked().encode();
        stream.write_all(&close).unwrap();
        read
    })
}

#[test]
fn the_file_holds_every_byte_of_both_ends() {
    let big = Frame::new(Frame::BINARY, vec![7; 70_000])
        .unmasked()
        .encode();
    let ping = Frame::new(Frame::PING, "are you there").unmasked().encode();
    let (url, recorder) = recording([big.clone(), ping.clone()].concat());
    let dir = TempDir::new();
    let path = dir.path().join("whole.pcapng");
    let typed = format!(":wait 0.2\n{}\n:raw 8900\n", "x".repeat(50_000));
    let args = ["--header", KEY, "--pcapng", path.to_str().unwrap(), &url];
    let outcome = wire(&args, &typed);
    let sent = recorder.join().unwrap();
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    let bytes = std::fs::read(&path).unwrap();
    let packets = packets(&bytes);
    let address = url
        .trim_start_matches("ws://")
        .trim_end_matches('/')
        .parse()
        .unwrap();
    let (client, server) = streams(&packets, address);
    let head = client.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert!(client.starts_with(b"GET / HTTP/1.1\r\n"));
    assert_eq!(client[head..], sent);
    let close = Frame::close(1000, "").unmasked().encode();
    assert_eq!(server, [SWITCHING, &big, &ping, &close].concat());
    // It begins and ends as a connection does.
    let flags: Vec<u8> = packets.iter().map(|packet| packet.flags).collect();
    assert_eq!(flags[..3], [SYN, SYN | ACK, ACK]);
    assert_eq!(flags.iter().filter(|flags| **flags & FIN != 0).count(), 2);
    assert!(packets.iter().all(|packet| packet.payload.len() <= 1460));
}

#[test]
fn a_refused_handshake_and_a_token_are_in_the_file() {
    let server = Server::start("");
    let dir = TempDir::new();
    let path = dir.path().join("refused.pcapng");
    let url = server.url("ws", "/echo");
    let (path, version) = (path.to_str().unwrap(), "Sec-WebSocket-Version: 8");
    let args = [
        "--token", "a.b.c", "--header", version, "--pcapng", path, &url,
    ];
    assert_eq!(wire(&args, "").code, Some(1));
    let bytes = std::fs::read(path).unwrap();
    let address = url.trim_start_matches("ws://").trim_end_matches("/echo");
    let (client, server) = streams(&packets(&bytes), address.parse().unwrap());
    let client = String::from_utf8(client).unwrap();
    assert!(client.contains("\r\nAuthorization: Bearer a.b.c\r\n"));
    let server = String::from_utf8(server).unwrap();
    assert!(server.starts_with("HTTP/1.1 426") && server.contains("unsupported_version"));
}

#[test]
fn a_reset_is_in_the_file_and_so_is_ipv6() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        println!("left out: this machine has no IPv6");
        return;
    };
    let address = listener.local_addr().unwrap();
    let serve = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        stream.write_all(SWITCHING).unwrap();
        // To drop a socket with unread bytes sends a reset.
        stream.peek(&mut byte).unwrap();
    });
    let dir = TempDir::new();
    let path = dir.path().join("ipv6.pcapng");
    let url = format!("ws://{address}/");
    let args = ["--header", KEY, "--pcapng", path.to_str().unwrap(), &url];
    assert_eq!(wire(&args, "Hello\n:wait 9\n").code, Some(1));
    serve.join().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let packets = packets(&bytes);
    streams(&packets, address);
    let last = packets.last().unwrap();
    assert_eq!((last.source, last.flags), (address, RST | ACK));
}

#[test]
fn a_file_that_cannot_be_written_is_named_and_nothing_is_dialled() {
    let outcome = wire(&["ws://127.0.0.1:1/", "--pcapng", "/nowhere/a.pcapng"], "");
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.err.contains("/nowhere/a.pcapng: "),
        "{}",
        outcome.err
    );
    assert!(outcome.out.is_empty());
}
