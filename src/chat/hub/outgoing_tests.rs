use super::*;
use crate::auth::token::Claims;
use crate::model::ids::PersonKey;
use crate::model::time::Ticks;
use crate::net::flusher::Flusher;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

const ROOM: RoomKey = RoomKey::new(0);

/// Nobody yet. The flusher never runs: these sockets have room, or are not read at all.
fn outgoing(backlog: usize) -> (Outgoing, Flusher) {
    outgoing_of_all(backlog, usize::MAX)
}

/// The same, with a bound for all together.
fn outgoing_of_all(backlog: usize, total: usize) -> (Outgoing, Flusher) {
    let (handle, flusher) = Flusher::new(|_| {}, Duration::from_secs(60)).expect("a flusher");
    (Outgoing::new(handle, backlog, total), flusher)
}

/// A connection with this number, and its peer.
fn connect(outgoing: &mut Outgoing, number: u64) -> (Slot, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let peer = TcpStream::connect(listener.local_addr().expect("an address")).expect("a peer");
    let deadline = Some(Duration::from_secs(10));
    peer.set_read_timeout(deadline).expect("a deadline");
    let (stream, _) = listener.accept().expect("a connection");
    let client = Arc::new(Client::new(ClientId::new(number), stream));
    let session = Session::new(PersonKey::default(), &Claims::default(), Ticks::NEVER, 0);
    (outgoing.add(client, session, BytesMut::new()), peer)
}

#[track_caller]
fn expect(peer: &mut TcpStream, bytes: &str) {
    let mut read = vec![0; bytes.len()];
    peer.read_exact(&mut read).expect("bytes in time");
    assert_eq!(String::from_utf8_lossy(&read), bytes);
}

#[test]
fn everybody_gets_the_batch_and_nobody_their_own_frames() {
    let (mut outgoing, _flusher) = outgoing(1 << 20);
    let (talker, mut talkers_peer) = connect(&mut outgoing, 1);
    let (listener, mut listeners_peer) = connect(&mut outgoing, 2);
    let batch = Bytes::from_static(b"one two three ");
    outgoing.note_own_frame(talker, ROOM, 4..8);
    outgoing.send_frame(talker, b"ack ");
    outgoing.begin_batch();
    for slot in [talker, listener] {
        outgoing.send_batch(slot, ROOM, &batch, true);
    }
    outgoing.send_frame(talker, b"later ");
    outgoing.send_all_replies();
    expect(&mut talkers_peer, "one three ack later ");
    expect(&mut listeners_peer, "one two three ");
    // The next batch is another one: where the talker's frame was in the first does not matter.
    outgoing.begin_batch();
    outgoing.send_batch(talker, ROOM, &batch, true);
    expect(&mut talkers_peer, "one two three ");
}

#[test]
fn acks_on_the_way_are_for_those_who_have_the_batch() {
    let (mut outgoing, _flusher) = outgoing(1 << 20);
    let (early, mut earlys_peer) = connect(&mut outgoing, 1);
    let (late, mut lates_peer) = connect(&mut outgoing, 2);
    let batch = Bytes::from_static(b"batch ");
    outgoing.begin_batch();
    outgoing.send_batch(early, ROOM, &batch, true);
    let mark = outgoing.unsent();
    outgoing.send_frame(early, b"ack 1 ");
    outgoing.send_frame(late, b"ack 2 ");
    outgoing.send_replies_since(mark);
    outgoing.send_batch(late, ROOM, &batch, true);
    expect(&mut earlys_peer, "batch ack 1 ");
    expect(&mut lates_peer, "batch ack 2 ");
}

#[test]
fn a_slot_that_is_used_again_gets_nothing_that_was_for_the_one_before() {
    let (mut outgoing, _flusher) = outgoing(1 << 20);
    let (first, mut firsts_peer) = connect(&mut outgoing, 1);
    outgoing.send_frame(first, b"for the first");
    let close = Bytes::from_static(b"close");
    let (client, _) = outgoing
        .remove(first, Some(close), true)
        .expect("it is there");
    assert_eq!(client, ClientId::new(1));
    assert!(outgoing.remove(first, None, true).is_none(), "only once");
    let (second, mut seconds_peer) = connect(&mut outgoing, 2);
    assert_eq!(second, first, "the slot is used again");
    assert_eq!(outgoing.slot(ClientId::new(1)), None);
    outgoing.send_frame(second, b"for the second");
    outgoing.send_all_replies();
    expect(&mut firsts_peer, "close");
    expect(&mut seconds_peer, "for the second");
    assert_eq!(outgoing.all(), [second]);
}

#[test]
fn a_client_that_does_not_read_is_reported_once_when_its_backlog_is_full() {
    let (mut outgoing, _flusher) = outgoing(64 * 1024);
    let (slot, _peer) = connect(&mut outgoing, 1);
    let large = Bytes::from(vec![b'x'; 1 << 20]);
    let mut reported = Vec::new();
    for _ in 0..100 {
        outgoing.begin_batch();
        outgoing.send_batch(slot, ROOM, &large, false);
        reported.extend(outgoing.pop_undeliverable());
    }
    assert_eq!(reported, [(slot, Undeliverable::Overflow)]);
    assert!(!outgoing.is_direct(slot));
}

#[test]
fn what_waits_for_a_connection_that_its_client_closes_is_in_the_sum() {
    const LARGE: usize = 8 << 20;
    let (mut outgoing, _flusher) = outgoing_of_all(LARGE, LARGE);
    let large = Bytes::from(vec![b'x'; LARGE]);
    let fill = |outgoing: &mut Outgoing, slot| {
        outgoing.begin_batch();
        outgoing.send_batch(slot, ROOM, &large, false);
        outgoing.bound_total();
    };
    let (first, mut firsts_peer) = connect(&mut outgoing, 1);
    fill(&mut outgoing, first);
    let close = Bytes::from_static(b"close");
    assert!(outgoing.remove(first, Some(close), false).is_some());
    let (second, _peer) = connect(&mut outgoing, 2);
    fill(&mut outgoing, second);
    let cut = std::iter::from_fn(|| outgoing.pop_undeliverable()).count();
    // One of the two has to go, and either will do: their sockets took some bytes each.
    let mut read = Vec::new();
    let hung_up = cut == 0 && firsts_peer.read_to_end(&mut read).is_ok();
    assert!(cut == 1 || hung_up, "two wait where one fits");
}
