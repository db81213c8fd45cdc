//! A large history: how long the server takes to start on it and to answer from it, and whether
//! the room feels it.
//!
//! The history is written by the server's own store, once, and copied for each start. All of it is
//! of the last day, so that every `ref` in it is still known: the most there can be to read.

use crate::floor::{Bound, Floor};
use crate::guest::Guest;
use crate::histogram::Histogram;
use crate::ledger::Fault;
use crate::load::{self, Plan};
use crate::options::{Options, RateVerdict, Settings};
use crate::process::{Directory, Launch, Target};
use crate::report::median;
use crate::store::stored;
use glassroom::config::{Keep, Synchronous};
use glassroom::model::event::{Author, Event, EventKind};
use glassroom::model::json::Json;
use glassroom::model::role::Role;
use glassroom::sqlite::start as sqlite;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The name of the run that wrote it.
const EPOCH: &str = "written-by-the-bench";
/// Who talked.
const PEOPLE: u64 = 30;
/// Between two events, in milliseconds: 200,000 of them are 22 hours.
const APART: u64 = 400;
/// Events that somebody missed who comes back.
const MISSED: u64 = 1000;

/// All of it.
pub fn measure(options: &Options) -> Result<Vec<Floor>, Fault> {
    let events = if options.quick { 20_000 } else { 200_000 };
    let directory = Directory::new(&options.data, "history").map_err(|e| format!("{e}"))?;
    let history = write(&directory.0, events)?;
    let settings = stored(options);
    let launch = Launch {
        history: Some((&history, events)),
        ..options.launch(&settings)
    };
    eprintln!("a history of {events} events is written");
    let mut floors = vec![start(options, &launch, events)?];
    floors.extend(answers(options, &launch, &settings, events)?);
    floors.push(room(options, &launch, events)?);
    Ok(floors)
}

/// Writes a history by the server's own store; its file.
fn write(directory: &Path, events: u64) -> Result<PathBuf, Fault> {
    let fault = |error: &dyn std::fmt::Display| -> Fault { format!("a history: {error}").into() };
    let path = directory.join("history.db");
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| now.as_millis() as u64);
    let options = sqlite::StoreOptions {
        path: path.clone(),
        synchronous: Synchronous::Normal,
        keep: Keep::Forever,
        memory: 0,
        epoch: EPOCH.into(),
        now,
    };
    let (store, _) = sqlite::open(&options).map_err(|e| fault(&e))?;
    let (mut writer, reader, threads) = store.start(|_| {}).map_err(|e| fault(&e))?;
    let person = |n| {
        Arc::new(Author {
            sub: format!("student-{n}").into(),
            id: format!("id-{n}").into(),
            name: format!("Student {n}").into(),
            role: Role::Member,
        })
    };
    let people: Vec<_> = (0..PEOPLE).map(person).collect();
    let room: Arc<str> = "lobby".into();
    for seq in 1..=events {
        let text = |text: String| Some(Json::quote(&text));
        let of = (seq / 2).max(1);
        let what = match seq % 20 {
            0 => EventKind::React {
                of,
                emoji: Some("👍".into()),
            },
            10 => EventKind::Edit {
                of,
                text: text(format!("EventKind message {of} says since it was edited.")),
            },
            7 => EventKind::Message {
                text: text(format!("我们今天学习物理第{seq}课，请大家认真听讲。")),
                reply_to: None,
            },
            _ => EventKind::Message {
                text: text(format!("EventKind message {seq} says, in some more words.")),
                reply_to: None,
            },
        };
        while writer.check().is_err() {
            writer.send();
            thread::sleep(Duration::from_millis(1)); // the disk decides how fast this goes
        }
        writer.append(Event {
            room: Arc::clone(&room),
            seq,
            at: now - (events - seq) * APART,
            by: Arc::clone(&people[(seq % PEOPLE) as usize]),
            what,
            reference: Some(format!("\"{seq:016}\"").into()),
        });
        if seq % 1000 == 0 {
            writer.send();
        }
    }
    drop((writer, reader));
    match threads.join() {
        true => Ok(path),
        false => Err("a history: the store has panicked".into()),
    }
}

/// From the start of the process to the listening port. The file is in the page cache.
fn start(options: &Options, launch: &Launch<'_>, events: u64) -> Result<Floor, Fault> {
    let starts = if options.quick { 1 } else { 5 };
    let one = |_| Ok(Target::product(launch)?.start.as_secs_f64() * 1e3);
    let starts: Vec<f64> = (0..starts).map(one).collect::<Result<_, Fault>>()?;
    Ok(Floor::new(
        format!("{events} events: start, ms, slowest of {}", starts.len()),
        starts.iter().copied().fold(0.0, f64::max),
        Bound::AtMost(500.0),
    ))
}

/// EventKind one person waits for. With little in memory, so that the disk is asked.
fn answers(
    options: &Options,
    launch: &Launch<'_>,
    settings: &Settings,
    events: u64,
) -> Result<Vec<Floor>, Fault> {
    let settings = settings.with("history", "memory", "100");
    let target = Target::product(&Launch {
        settings: &settings,
        ..*launch
    })?;
    let mut guest = Guest::connect(&target, 0)?;
    let times = if options.quick { 20 } else { 200 };
    let missed = events - MISSED;
    let join =
        format!(r#"{{"type":"join","room":"lobby","since":{{"epoch":"{EPOCH}","seq":{missed}}}}}"#);
    // The last event is a reaction (its number is a multiple of 20).
    let last = format!("\"seq\":{events},");
    let mut answers = [const { Vec::new() }; 3];
    for n in 0..times {
        let (time, frames) = guest.ask(&join, r#"{"type":"reaction""#, &last)?;
        // `joined`, the events, and at first perhaps a `presence`.
        if !(MISSED + 1..=MISSED + 2).contains(&(frames as u64)) {
            return Err(format!("a resume of {MISSED} events brought {frames} frames").into());
        }
        answers[0].push(time);
        // All over the room: a step that has no divisor in common with it.
        let before = (n * 7919 * 13) % events + 1;
        let page = format!(r#"{{"type":"history","room":"lobby","before":{before},"limit":50}}"#);
        answers[1].push(guest.ask(&page, r#"{"type":"history""#, "")?.0);
        let query = match n % 3 {
            0 => "物理".into(),
            1 => format!("message {before} says"),
            _ => "nobody ever said this".into(),
        };
        let search = format!(r#"{{"type":"search","room":"lobby","query":"{query}"}}"#);
        answers[2].push(guest.ask(&search, r#"{"type":"found""#, "")?.0);
    }
    let names = ["resume of 1,000 events", "one history page", "one search"];
    let floor = |(name, times): (&str, Vec<Duration>)| {
        let mut all = Histogram::default();
        times
            .iter()
            .for_each(|time| all.record(time.as_micros() as u64));
        let p99 = all.percentile(0.99).unwrap_or(f64::NAN) / 1e3;
        Floor::new(
            format!("{events} events: {name}, p99 ms"),
            p99,
            Bound::AtMost(50.0),
        )
    };
    Ok(names.into_iter().zip(answers).map(floor).collect())
}

/// Whether those who talk feel how much was said before them.
fn room(options: &Options, launch: &Launch<'_>, events: u64) -> Result<Floor, Fault> {
    let pairs = if options.quick { 1 } else { 5 };
    let clients = if options.quick { 30 } else { 100 };
    let plan = Plan {
        clients,
        senders: 30,
        pace: RateVerdict::Paced { rate: 700.0 },
        time: options.time,
    };
    let empty = Launch {
        history: None,
        ..*launch
    };
    let run = |launch: &Launch<'_>, who: &str| {
        let sample = load::run(&Target::product(launch)?, plan)?;
        crate::progress(
            &format!("{clients} clients, 700 messages/s, {who}"),
            &sample,
        );
        Ok::<_, Fault>(sample.p99)
    };
    let mut ratios = Vec::new();
    for pair in 0..pairs {
        let (first, second) = match pair % 2 {
            0 => (launch, &empty),
            _ => (&empty, launch),
        };
        let name = |launch: &Launch<'_>| match launch.history {
            Some(_) => "large history",
            None => "empty history",
        };
        let (first, second) = (run(first, name(first))?, run(second, name(second))?);
        let ratio = first / second;
        ratios.push(if pair % 2 == 0 { ratio } else { 1.0 / ratio });
    }
    Ok(Floor::new(
        format!(
            "{events} events: p99 of {clients} clients at 700 messages/s, large ÷ empty, {pairs} pairs"
        ),
        median(&ratios, |ratio| *ratio),
        Bound::AtMost(1.25),
    ))
}
