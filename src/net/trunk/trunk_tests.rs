use super::*;

fn away(trunks: &Trunks, trunk: &Trunk, number: u32) -> Away {
    let client = Away::default();
    trunks.send_away(&client, Some((&trunk.name, number)));
    client
}

/// How many of the bytes are taken.
fn taken(client: &Away, bytes: &Bytes) -> usize {
    let sent = client.send(std::slice::from_ref(bytes));
    let taken = sent.expect("it is away").unwrap_or_else(|error| {
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        0
    });
    let has_gate = client.gate().is_some();
    assert!(taken == bytes.len() || has_gate, "nothing to wait for");
    taken
}

fn is_taken(client: &Away, bytes: &Bytes) -> bool {
    taken(client, bytes) == bytes.len()
}

/// Whether the flusher would be told that more can be sent.
fn is_open(client: &Away) -> bool {
    let channel = &client.place.get().unwrap().1;
    let gate = channel.gate.get().expect("a gate");
    let was_open = gate.close();
    if was_open {
        gate.open();
    }
    was_open
}

#[test]
fn a_client_that_takes_nothing_fills_its_own_channel_only() {
    let trunks = Trunks::default();
    let trunk = trunks.open().unwrap();
    let (slow, other) = (away(&trunks, &trunk, 1), away(&trunks, &trunk, 2));
    let bytes = Bytes::from(vec![0; WINDOW / 4]);
    let sent = (0..10).take_while(|_| is_taken(&slow, &bytes)).count();
    assert_eq!(sent, 4);
    assert!(is_taken(&other, &bytes));
    assert!(!is_open(&slow));
    let mut load = Load::default();
    trunk.take(&mut load, Duration::ZERO).unwrap();
    assert!(!is_open(&slow), "it has left, and was not taken");
    trunk.taken(1, 10);
    assert!(is_open(&slow));
    assert_eq!(taken(&slow, &bytes), 10, "as much as there is room for");
    assert!(!is_open(&slow));
    assert_eq!(taken(&slow, &bytes), 0);
    trunk.taken(7, 1); // nobody
    // Whoever waits for it learns that it has gone.
    slow.hang_up();
    assert!(is_open(&slow));
    let sent = slow.send(&[bytes]).expect("it is away");
    assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert!(
        !trunk.is_done(),
        "there is another client, and something waits"
    );
    other.finish();
    load.clear();
    trunk.take(&mut load, Duration::ZERO).unwrap();
    assert!(trunk.is_done());
}

#[test]
fn what_waits_for_a_node_that_takes_nothing_is_bounded_and_all_go_on_when_it_has_left() {
    let trunks = Trunks::default();
    let trunk = trunks.open().unwrap();
    let bytes = Bytes::from(vec![0; WINDOW - 1]);
    let clients: Vec<Away> = (0..100).map(|n| away(&trunks, &trunk, n)).collect();
    // Each gets bytes of its own.
    let is_served = |client: &&Away| is_taken(client, &Bytes::copy_from_slice(&bytes));
    let taken = clients.iter().take_while(is_served).count();
    assert!(
        (LADEN / WINDOW..LADEN / WINDOW + 2).contains(&taken),
        "{taken}"
    );
    assert!(!is_taken(&clients[99], &bytes));
    assert!(!is_open(&clients[99]));
    let mut load = Load::default();
    trunk.take(&mut load, Duration::ZERO).unwrap();
    assert!(is_open(&clients[99]));
    assert!(is_taken(&clients[99], &bytes));
}

#[test]
fn a_trunk_that_is_over_takes_nothing_and_wakes_those_who_wait() {
    let trunks = Trunks::default();
    let trunk = trunks.open().unwrap();
    let client = away(&trunks, &trunk, 1);
    let bytes = Bytes::from(vec![0; WINDOW]);
    assert!(is_taken(&client, &bytes));
    assert!(!is_taken(&client, &bytes));
    trunks.close(&trunk);
    assert!(is_open(&client));
    let sent = client.send(&[bytes]).expect("it is away");
    assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert!(
        trunk
            .take(&mut Load::default(), Duration::from_secs(60))
            .is_err()
    );
    let late = Away::default();
    trunks.send_away(&late, Some((&trunk.name, 2)));
    assert!(late.send(&[]).is_none(), "no trunk has this name");
    assert_eq!(trunks.numbers().0, 0);
}

#[test]
fn the_thread_that_writes_is_woken_when_everybody_has_been_gone_through() {
    let trunks = Trunks::default();
    let trunk = trunks.open().unwrap();
    let client = away(&trunks, &trunk, 1);
    std::thread::scope(|scope| {
        let taken = scope.spawn(|| {
            let mut load = Load::default();
            trunk
                .take(&mut load, Duration::from_secs(60))
                .map(|()| load)
        });
        while !trunk.lock().sleeps {
            std::thread::yield_now();
        }
        assert!(is_taken(&client, &Bytes::from_static(b"one")));
        assert!(trunk.lock().sleeps);
        assert!(is_taken(&client, &Bytes::from_static(b"two")));
        trunks.depart();
        let since = std::time::Instant::now();
        let load = taken.join().unwrap().unwrap();
        assert!(
            since.elapsed() < Duration::from_secs(30),
            "it was not woken"
        );
        assert_eq!(load.len(), 6 + 2 * (1 + 4 + 8 + 4 + 4));
    });
}
