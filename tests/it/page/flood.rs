//! A class that writes far more than anybody reads, on a computer as slow as a school's: whoever types meanwhile
//! sees what is typed, nothing jumps, and the page shows the last message soon after it has come.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{assert_no_problems, join};
use crate::cdp::{Browser, PATIENCE};
use crate::harness::{Chat, Server, UNPACED};

const MESSAGES: u64 = 1000;
/// 200 messages a second.
const EVERY: Duration = Duration::from_millis(5);
const KEYS: usize = 40;
const KEY_EVERY: Duration = Duration::from_millis(100);
/// How many times slower the processor seems to the page.
const SLOWER: u32 = 4;
/// From a key to the frame that shows it, for nine of ten.
const MOST_MS: f64 = 100.0;
/// Until the last message is seen.
const MOST_BEHIND: Duration = Duration::from_secs(2);
const MOST_SHIFT: f64 = 0.05;
const MOST_ROWS: u64 = 500;

const WATCH: &str = "window.seen = { keys: [], shift: 0, tasks: [] };
    const watch = (type, more, each) => new PerformanceObserver((list) => list.getEntries().forEach(each))
        .observe(Object.assign({ type }, more));
    watch('event', { durationThreshold: 16 }, ({ name, duration }) => { if (name === 'keydown') seen.keys.push(duration); });
    watch('layout-shift', {}, ({ value }) => { seen.shift += value; });
    watch('longtask', {}, ({ duration }) => { seen.tasks.push(duration); });";

#[test]
fn two_hundred_messages_a_second_hold_nobody_up_who_types_on_a_slow_computer() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut page = join(&mut browser, &server, "Ada");
    let mut bo = Chat::member(&server, "Bo");
    page.eval(WATCH);
    page.slow_down(SLOWER);
    page.click("#composer-text");
    let flood = thread::spawn(move || {
        let pace = crossbeam_channel::tick(EVERY);
        for n in 0..MESSAGES {
            let _ = pace.recv();
            let text = format!("message {n} of a flood, as long as what pupils write");
            bo.send(json!({"type": "send", "ref": n.to_string(), "room": "lobby", "text": text}));
        }
        // The answer follows those to everything before it.
        bo.granted(json!({"type": "send", "room": "lobby", "text": "the last one"}));
        Instant::now()
    });
    let pace = crossbeam_channel::tick(KEY_EVERY);
    for _ in 0..KEYS {
        let _ = pace.recv();
        page.press("x");
    }
    let sent = flood.join().unwrap();
    let rows = "document.querySelectorAll('#log > *').length";
    page.wait_for(
        "document.querySelector('#log > :last-child').innerText.includes('the last one')",
        PATIENCE,
    );
    let behind = sent.elapsed();
    let text = page.eval("document.querySelector('#composer-text').value");
    assert_eq!(text, "x".repeat(KEYS));
    let rows = page.eval(rows).as_u64().unwrap();
    let seen = page.eval("seen");
    // Those that are shown within a frame are not reported.
    let mut keys: Vec<f64> = seen["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|each| each.as_f64())
        .collect();
    keys.resize(KEYS, 16.0);
    keys.sort_by(f64::total_cmp);
    let tasks = seen["tasks"].as_array().unwrap();
    let longest = tasks
        .iter()
        .filter_map(|each| each.as_f64())
        .fold(0.0, f64::max);
    let shift = seen["shift"].as_f64().unwrap();
    println!(
        "keys above 16 ms {}: {keys:?}; layout shift {shift}; {} long tasks, the longest {longest} ms; {rows} rows; \
         the last message was seen after {behind:?}",
        keys.len(),
        tasks.len(),
    );
    // Beside other tests a page has less than a whole processor, and these would be their times.
    if env::var_os("GLASSROOM_TIMED").is_some() {
        assert!(keys[KEYS * 9 / 10] < MOST_MS, "{keys:?}");
        assert!(behind < MOST_BEHIND, "{behind:?}");
    } else {
        println!(
            "LEFT OUT: no time was compared; GLASSROOM_TIMED=1 compares, on a machine that does nothing else"
        );
    }
    assert!(rows <= MOST_ROWS, "{rows} rows");
    assert!(shift < MOST_SHIFT, "{shift}");
    assert_no_problems(&mut [("Ada", &mut page)]);
}
