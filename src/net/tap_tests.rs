//! Tests of `tap.rs`.

use super::*;

fn bytes(view: &TapReceiver) -> Vec<u8> {
    let parts = view.events.try_iter().filter_map(|event| match event {
        TapEvent::Bytes { bytes, .. } => Some(bytes),
        _ => None,
    });
    parts.collect::<Vec<_>>().concat()
}

fn open(tap: &Tap) -> (TapSender, TapReceiver) {
    tap.open(tap.growth()).expect("a view")
}

#[test]
fn a_connection_that_may_do_more_is_shown_to_nobody_who_was_permitted_before() {
    let tap = Tap::default();
    let permitted = tap.growth();
    let (_sender, view) = open(&tap);
    tap.outgrow();
    assert!(!tap.is_watched());
    tap.received(b"secret", true);
    let events: Vec<_> = view.events.try_iter().collect();
    assert!(matches!(events[..], [TapEvent::Outgrown]), "{events:?}");
    assert!(tap.open(permitted).is_none());
    let (_sender, view) = open(&tap);
    tap.received(b"shown", true);
    assert_eq!(bytes(&view), b"shown");
}

#[test]
fn a_view_begins_with_a_whole_frame() {
    let tap = Tap::default();
    tap.received(b"before the view", true);
    let (_sender, view) = open(&tap);
    tap.received(b"rest of a frame", false);
    tap.received(b"whole ", true);
    tap.received(b"and its rest", false);
    assert_eq!(bytes(&view), b"whole and its rest");
}

#[test]
fn only_what_the_socket_took_is_shown() {
    let tap = Tap::default();
    let (_sender, view) = open(&tap);
    let pieces = [Bytes::from_static(b"one"), Bytes::from_static(b"two")];
    assert_eq!(tap.sending(&pieces, true, || Ok(4)).ok(), Some(4));
    let full = || Err(io::ErrorKind::WouldBlock.into());
    assert!(tap.sending(&pieces, true, full).is_err());
    assert_eq!(bytes(&view), b"onet");
}

/// What each system call carried, and of how many pieces it was made.
fn calls(view: &TapReceiver) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for event in view.events.try_iter() {
        match event {
            TapEvent::Bytes {
                call: Some(total), ..
            } => found.push((total, 1)),
            TapEvent::Bytes { call: None, .. } => found.last_mut().expect("a call").1 += 1,
            _ => {}
        }
    }
    found
}

#[test]
fn what_one_read_brought_and_one_write_carried_is_told_whole() {
    let tap = Tap::default();
    let (_sender, view) = open(&tap);
    tap.received(b"two frames and a half", true);
    tap.received(b"the rest", false);
    assert_eq!(calls(&view), [(21, 1), (8, 1)]);
    let pieces = [&b"one"[..], b"", b"two", b"three"].map(Bytes::from_static);
    assert_eq!(tap.sending(&pieces, true, || Ok(11)).ok(), Some(11));
    // The socket took the first piece and a part of the next, and then the rest.
    assert_eq!(tap.sending(&pieces, true, || Ok(4)).ok(), Some(4));
    assert_eq!(tap.sending(&pieces[3..], false, || Ok(5)).ok(), Some(5));
    assert_eq!(calls(&view), [(11, 3), (4, 2), (5, 1)]);
}

#[test]
fn a_watcher_that_reads_too_slowly_or_leaves_loses_the_view() {
    let tap = Tap::default();
    let (_sender, view) = open(&tap);
    let large = vec![0; MAX_QUEUED - OVERHEAD];
    tap.received(&large, true);
    assert!(tap.is_watched());
    tap.received(b"x", false);
    assert!(!tap.is_watched());
    assert!(matches!(
        view.events.try_iter().last(),
        Some(TapEvent::Overrun)
    ));

    let (_, view) = open(&tap);
    drop(view);
    tap.received(b"x", true);
    assert!(!tap.is_watched());
}

#[test]
fn single_bytes_and_replies_are_bounded_too() {
    let tap = Tap::default();
    let (sender, _view) = open(&tap);
    let pieces = (0..).take_while(|_| {
        tap.received(b"x", true);
        tap.is_watched()
    });
    assert_eq!(pieces.count(), MAX_QUEUED / (OVERHEAD + 1));
    assert!(!sender.reply(Bytes::from_static(b"pong")));

    let (sender, view) = open(&tap);
    let replies = (0..).take_while(|_| sender.reply(Bytes::from_static(b"pong")));
    assert_eq!(replies.count(), MAX_QUEUED / (OVERHEAD + 4));
    drop(view);
    let (sender, view) = open(&tap);
    drop(view);
    assert!(!sender.reply(Bytes::new()));
}

#[test]
fn a_new_view_replaces_the_old_one_and_the_end_is_reported() {
    let tap = Tap::default();
    let (_, first) = open(&tap);
    let (_, second) = open(&tap);
    assert!(matches!(first.events.try_recv(), Ok(TapEvent::Replaced)));
    drop(tap);
    assert!(matches!(
        second.events.try_recv(),
        Ok(TapEvent::ConnectionOver(_))
    ));
}

#[test]
fn an_opening_that_is_too_long_is_not_recorded_in_part() {
    let tap = Tap::default();
    tap.record_opening(&[b'a'; MAX_OPENING + 1]);
    assert!(tap.opening().is_empty());
    tap.record_opening(b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(tap.opening(), b"GET / HTTP/1.1\r\n\r\n");
}

/// When an event happened, of those that have a time.
fn time(event: &TapEvent) -> Option<Instant> {
    match event {
        TapEvent::Bytes { at, .. }
        | TapEvent::FanOut { at, .. }
        | TapEvent::TcpEnded { at, .. }
        | TapEvent::Tick(at)
        | TapEvent::ConnectionOver(at) => Some(*at),
        _ => None,
    }
}

#[test]
fn times_never_go_back_whichever_threads_report() {
    const ROUNDS: usize = 5_000; // together less than the channel holds
    let tap = Tap::default();
    let (_sender, view) = open(&tap);
    let room: Arc<str> = "lobby".into();
    let mut events = Vec::new();
    std::thread::scope(|scope| {
        let each = |act: &(dyn Fn() + Sync)| (0..ROUNDS).for_each(|_| act());
        let pieces = [Bytes::from_static(b"x")];
        let (tap, room) = (&tap, &room);
        let threads = [
            scope.spawn(move || each(&|| tap.received(b"x", true))),
            scope.spawn(move || {
                each(&|| drop(tap.sending(&pieces, true, || Ok(1))));
            }),
            scope.spawn(move || each(&|| tap.fan_out(room, 1, 2, 3))),
            scope.spawn(move || each(&|| tap.tcp_ended(Direction::FromServer, false))),
            scope.spawn(move || each(&|| tap.tick())),
        ];
        while events.len() < threads.len() * ROUNDS {
            let event = view.events.recv_timeout(std::time::Duration::from_secs(10));
            let event = event.expect("an event");
            if let TapEvent::Bytes { bytes, .. } = &event {
                view.queued.fetch_sub(weight(bytes), Relaxed);
            }
            events.push(event);
        }
    });
    drop(tap);
    events.extend(view.events.try_iter());
    let times: Vec<_> = events.iter().filter_map(time).collect();
    assert_eq!(times.len(), 5 * ROUNDS + 1);
    let back = times.windows(2).filter(|pair| pair[0] > pair[1]).count();
    assert_eq!(back, 0, "so many events lie before the one above them");
}

#[test]
fn an_answer_never_stands_above_its_question() {
    let tap = Tap::default();
    let (_sender, view) = open(&tap);
    // Without a bound: who sends holds the lock of the tap, as a send to a full socket never waits.
    let (ask, asked) = crossbeam_channel::unbounded();
    let (answer, answered) = crossbeam_channel::unbounded();
    std::thread::scope(|scope| {
        let tap = &tap;
        // The peer: it answers while the sender is still inside its system call.
        scope.spawn(move || {
            for round in asked {
                let _ = answer.send(round);
            }
        });
        scope.spawn(move || {
            for round in answered {
                let round: u32 = round;
                tap.received(&round.to_be_bytes(), true);
            }
        });
        for round in 0..1000_u32 {
            let question = [Bytes::copy_from_slice(&round.to_be_bytes())];
            let sent = tap.sending(&question, true, || {
                ask.send(round).map_err(io::Error::other)?;
                std::thread::yield_now();
                Ok(4)
            });
            assert!(sent.is_ok());
        }
        drop(ask);
    });
    let mut asked = 0;
    let mut answers = 0;
    for event in view.events.try_iter() {
        match event {
            TapEvent::Bytes {
                from: Direction::FromServer,
                ..
            } => asked += 1,
            TapEvent::Bytes { bytes, .. } => {
                assert_eq!(bytes[..], u32::to_be_bytes(answers));
                answers += 1;
                assert!(answers <= asked, "answer {answers} above its question");
            }
            _ => {}
        }
    }
    assert_eq!((asked, answers), (1000, 1000));
}
