use super::*;

/// What a channel gets, or how it ends.
type Got = (u32, Vec<u8>, Option<End>);

fn unpack(load: &Load) -> Result<Vec<Got>, Malformed> {
    let mut bytes = Vec::new();
    load.write(&mut bytes);
    let (header, body) = bytes.split_first_chunk().unwrap();
    let (steps, pool) = lengths(*header)?;
    assert_eq!(body.len(), steps + pool);
    let mut steps = Bytes::copy_from_slice(&body[..steps]);
    let pool = Bytes::copy_from_slice(&body[steps.len()..]);
    let (mut pieces, mut got) = (Vec::new(), Vec::new());
    while let Some(step) = next_step(&mut steps, &pool, &mut pieces)? {
        match step {
            Step::Deliver(channels) => {
                for channel in channels {
                    got.push((channel, pieces.concat(), None));
                }
            }
            Step::End(channel, how) => got.push((channel, Vec::new(), Some(how))),
        }
    }
    Ok(got)
}

fn pool(load: &Load) -> usize {
    load.pool.iter().map(Bytes::len).sum()
}

#[test]
fn a_batch_for_many_is_in_the_load_once() {
    let batch = Bytes::from(vec![7; 1000]);
    let mut load = Load::default();
    for channel in 0..30 {
        load.deliver(channel, std::slice::from_ref(&batch));
    }
    let got = unpack(&load).unwrap();
    assert_eq!(got.len(), 30);
    for (n, (channel, bytes, _)) in got.iter().enumerate() {
        assert_eq!((*channel as usize, &bytes[..]), (n, &batch[..]));
    }
    assert_eq!(pool(&load), 1000);
    assert_eq!(load.steps.len(), 1 + 4 + 8 + 4 + 30 * 4);
}

#[test]
fn what_everybody_gets_without_frames_of_their_own_is_in_the_load_once() {
    let batch: Vec<u8> = (0..=255).collect();
    let batch = Bytes::from(batch);
    let ack = |n: u8| Bytes::from(vec![n; 3]);
    let mut load = Load::default();
    let mut expected = Vec::new();
    for n in 0..10u8 {
        let own = usize::from(n) * 20..usize::from(n) * 20 + 13;
        let pieces = [batch.slice(..own.start), batch.slice(own.end..), ack(n)];
        load.deliver(n.into(), &pieces);
        expected.push((u32::from(n), pieces.concat(), None));
    }
    assert_eq!(unpack(&load).unwrap(), expected);
    assert_eq!(pool(&load), 256 + 10 * 3);
}

#[test]
fn the_order_of_steps_is_kept_and_an_end_comes_after_what_was_before_it() {
    let (one, two) = (Bytes::from_static(b"one"), Bytes::from_static(b"two"));
    let mut load = Load::default();
    load.deliver(1, std::slice::from_ref(&one));
    load.end(1, End::Finished);
    load.deliver(2, std::slice::from_ref(&one));
    load.deliver(2, std::slice::from_ref(&two));
    load.deliver(3, &[]);
    load.end(2, End::Reset);
    load.end(3, End::HungUp);
    let expected = vec![
        (1, b"one".to_vec(), None),
        (1, vec![], Some(End::Finished)),
        (2, b"one".to_vec(), None),
        (2, b"two".to_vec(), None),
        (3, vec![], None),
        (2, vec![], Some(End::Reset)),
        (3, vec![], Some(End::HungUp)),
    ];
    assert_eq!(unpack(&load).unwrap(), expected);
    load.clear();
    assert!(load.is_empty());
    assert_eq!(unpack(&load).unwrap(), vec![]);
}

/// Random slices of a few buffers, in any order: every client gets its own bytes, and the pool has no byte twice.
#[test]
fn any_slices_arrive_as_they_were() {
    let mut state = 12345u64;
    let mut below = |most: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
        (state >> 33) as usize % most
    };
    for _ in 0..200 {
        let buffers: Vec<Bytes> = (0..3)
            .map(|n| Bytes::from((0..200).map(|b| (b + n * 71) as u8).collect::<Vec<u8>>()))
            .collect();
        let (mut load, mut expected) = (Load::default(), Vec::new());
        for channel in 0..20 {
            let pieces: Vec<Bytes> = (0..below(4))
                .map(|_| {
                    let from = below(200);
                    let to = from + below(200 - from + 1);
                    buffers[below(3)].slice(from..to)
                })
                .collect();
            load.deliver(channel, &pieces);
            expected.push((channel, pieces.concat(), None));
        }
        assert_eq!(unpack(&load).unwrap(), expected);
        assert!(pool(&load) <= 600, "{} bytes of 600", pool(&load));
    }
}

#[test]
fn a_load_is_whole_with_its_last_byte() {
    let mut load = Load::default();
    load.deliver(1, &[Bytes::from_static(b"pool")]);
    let mut bytes = Vec::new();
    load.write(&mut bytes);
    for length in 0..bytes.len() {
        assert!(!is_whole(&bytes[..length]), "{length} of {}", bytes.len());
    }
    assert!(is_whole(&bytes));
    bytes.push(0);
    assert!(is_whole(&bytes));
}

#[test]
fn what_is_no_load_is_refused() {
    assert_eq!(lengths([0xff; HEADER]), Err(Malformed));
    assert!(is_whole(&[0xff; HEADER]), "or nobody would read it");
    let pool = Bytes::from_static(b"pool");
    for steps in [
        &[9, 0, 0, 0, 1][..],                     // no such step
        &[2, 0, 0],                               // an end without its channel
        &[1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4], // a slice beyond the pool
        &[
            1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ], // far beyond it
        &[1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], // more channels than there are
        &[1, 0xff, 0xff, 0xff, 0xff],             // more slices than there are
    ] {
        let mut steps = Bytes::copy_from_slice(steps);
        let found = next_step(&mut steps, &pool, &mut Vec::new());
        assert_eq!(found, Err(Malformed));
    }
}
