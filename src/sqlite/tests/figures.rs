//! Measures the speed of the store, for developers who change it.

use super::*;

/// `cargo test --release -- --ignored --nocapture figures`
#[test]
#[ignore = "prints figures instead of checking anything"]
fn figures() {
    for synchronous in [Synchronous::Normal, Synchronous::Full] {
        for group in [1, 10, 100, 1000] {
            let history = TempHistory::new();
            let (store, _) = open(&StoreOptions {
                synchronous,
                ..history.options("one")
            })
            .expect("opened");
            let (mut writer, _, threads) = store.start(|_| {}).expect("started");
            let people: Vec<_> = (0..30).map(|n| author(&format!("Student {n}"))).collect();
            let room: Arc<str> = "lobby".into();
            let rows = if group == 1 { 2000 } else { 100_000 };
            let events: Vec<_> = (1..=rows)
                .map(|seq| Event {
                    by: people[seq as usize % 30].clone(),
                    room: room.clone(),
                    reference: Some(Json::quote(&format!("{seq:014}"))),
                    ..event(
                        seq,
                        "x",
                        said(&format!("This is what message {seq} says, in some words.")),
                    )
                })
                .collect();
            let begun = Instant::now();
            let mut handing = Duration::ZERO;
            for event in events {
                let one = Instant::now();
                writer.check().expect("room");
                writer.append(event);
                let full = writer.last() % group == 0;
                if full {
                    writer.send();
                }
                handing += one.elapsed();
                if full && (group == 1 || writer.waiting() > 50_000) {
                    while writer.waiting() > 0 {
                        std::thread::yield_now();
                    }
                }
            }
            drop(writer);
            assert!(threads.join());
            let rate = rows as f64 / begun.elapsed().as_secs_f64();
            let handing = handing.as_nanos() / u128::from(rows);
            println!(
                "{synchronous:?}, {group} per batch: {rate:.0} rows/s, {handing} ns each to hand over"
            );
        }
    }
    let history = TempHistory::new();
    history.run("one", |writer| {
        for seq in 1..=200_000u64 {
            let room = ["lobby", "physics"][usize::from(seq > 150_000)];
            let first = if seq > 150_000 { 150_000 } else { 0 };
            let name = format!("Student {}", seq % 30);
            let what = match seq % 20 {
                0 => react((seq - first) / 2 + 1, "👍"),
                7 => said(&format!("我们今天学习物理第{seq}课，请大家认真听讲。")),
                _ => said(&format!(
                    "This is what message {seq} says, in some more words than that."
                )),
            };
            let reference = Some(Json::quote(&format!("{seq:014}")));
            let at = 1_000_000 + seq * 100;
            writer.append(Event {
                room: room.into(),
                reference,
                at,
                ..event(seq - first, &name, what)
            });
            if seq % 1000 == 0 {
                writer.send();
                while writer.waiting() > 20_000 {
                    std::thread::yield_now();
                }
            }
        }
    });
    println!(
        "file: {} bytes",
        std::fs::metadata(&history.path).expect("a file").len()
    );
    for (what, now) in [
        ("all refs of today", 2_000_000),
        ("no refs of today", 1u64 << 40),
    ] {
        let begun = Instant::now();
        let epoch = format!("start {now}");
        let (_, opened) = open(&StoreOptions {
            now,
            ..history.options(&epoch)
        })
        .expect("opened");
        println!(
            "start with {what}: {:?}, {} refs",
            begun.elapsed(),
            opened.refs.len()
        );
    }
    let archive = history.archive();
    let measure = |what: &str, question: &dyn Fn(u64) -> usize| {
        let mut times = Vec::new();
        let mut sum = 0;
        for n in 0..200 {
            let begun = Instant::now();
            sum += question(n);
            times.push(begun.elapsed());
        }
        times.sort();
        println!(
            "{what}: median {:?}, p99 {:?}, most {:?} ({sum})",
            times[100], times[197], times[199]
        );
    };
    measure("page of 50", &|n| {
        archive
            .page("lobby", 100 + n * 700, 50)
            .expect("read")
            .items
            .iter()
            .map(|item| item.json().len())
            .sum()
    });
    measure("resume of 1000", &|n| {
        let events = archive
            .events_after("lobby", n * 700, 1000)
            .expect("read")
            .expect("no gap");
        events.iter().map(|event| event.json().len()).sum()
    });
    measure("one message", &|n| {
        archive
            .message("lobby", n * 700 + 1)
            .expect("read")
            .map_or(0, |_| 1)
    });
    for query in [
        "nowhere to be found",
        "没有",
        "Message 77777 ",
        "物理",
        "words",
    ] {
        measure(&format!("search {query:?}"), &|_| {
            archive
                .search("lobby", query, None, 50)
                .expect("read")
                .items
                .len()
        });
    }
    measure("transcript", &|n| {
        if n > 1 {
            return 0;
        }
        let mut out = Vec::new();
        transcript::write(
            &archive,
            &span::Span::default(),
            transcript::Format::JsonLines,
            crate::model::zone::Zone::default(),
            &mut out,
        )
        .expect("written");
        out.len()
    });
}
