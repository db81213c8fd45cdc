//! The part `large`: how long the server takes to start with a large history and to answer from it,
//! and whether the room is slower with it.
//!
//! The server's own store writes the history once, and each start gets a copy. All events are from
//! the last day, so that the server still remembers every `ref`: the most it can have to load.

use crate::figure::{Bound, Figure};
use crate::ledger::Fault;
use crate::load::{self, Pace, Plan};
use crate::options::Options;
use crate::progress;
use crate::report::median;
use crate::requester::Requester;
use crate::server::{Directory, Launch, Server};
use crate::store::with_store;
use crate::tally::{histogram, quantile};
use glassroom::config::{Keep, Synchronous};
use glassroom::model::event::{Author, Event, EventKind};
use glassroom::model::json::Json;
use glassroom::model::role::Role;
use glassroom::sqlite::start as sqlite;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The epoch of the room's numbering.
const EPOCH: &str = "written-by-the-bench";
/// Authors of the events.
const PEOPLE: u64 = 30;
/// Milliseconds between two events: 200,000 of them take 22 hours.
const INTERVAL: u64 = 400;
/// Every event whose `seq` is a multiple of this is a reaction.
const REACTIONS: u64 = 20;
/// Events in one batch of the store.
const BATCH: u64 = 1000;
/// Events that a returning client has missed.
const MISSED: u64 = 1000;

/// Runs everything.
pub fn measure(options: &Options) -> Result<Vec<Figure>, Fault> {
    let events = if options.quick { 20_000 } else { 200_000 };
    let directory = Directory::new(&options.data, "history").map_err(|e| format!("{e}"))?;
    let history = write_history(&directory.0, events)?;
    let settings = with_store(&options.settings);
    let launch = Launch {
        history: Some((&history, events)),
        ..options.launch(&settings)
    };
    eprintln!("a history of {events} events is written");
    let mut figures = vec![start(options, &launch, events)?];
    figures.extend(answers(options, &launch, events)?);
    figures.push(room(options, &launch, events)?);
    Ok(figures)
}

/// Writes a history, and returns its file.
fn write_history(directory: &Path, events: u64) -> Result<PathBuf, Fault> {
    let fault = |error: &dyn std::fmt::Display| -> Fault { format!("a history: {error}").into() };
    let path = directory.join("history.db");
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| now.as_millis() as u64);
    let options = sqlite::StoreOptions {
        path: path.clone(),
        synchronous: Synchronous::Normal,
        gather: std::time::Duration::from_millis(2),
        keep: Keep::Forever,
        max_size: u64::MAX / 2,
        memory: 0,
        epoch: EPOCH.into(),
        now,
    };
    let (store, _) = sqlite::open(&options).map_err(|e| fault(&e))?;
    let (mut writer, reader, threads) = store.start(|_| {}).map_err(|e| fault(&e))?;
    let people: Vec<_> = (0..PEOPLE).map(person).collect();
    let room: Arc<str> = "lobby".into();
    for seq in 1..=events {
        while writer.check().is_err() {
            writer.send();
            thread::sleep(Duration::from_millis(1)); // The disk limits the speed.
        }
        writer.append(Event {
            room: Arc::clone(&room),
            seq,
            at: now - (events - seq) * INTERVAL,
            by: Arc::clone(&people[(seq % PEOPLE) as usize]),
            what: content(seq),
            reference: Some(Json::quote(&format!("{seq:016}"))),
        });
        if seq % BATCH == 0 {
            writer.send();
        }
    }
    drop((writer, reader));
    match threads.join() {
        true => Ok(path),
        false => Err("a history: the store has panicked".into()),
    }
}

fn person(n: u64) -> Arc<Author> {
    Arc::new(Author {
        sub: format!("student-{n}").into(),
        id: format!("id-{n}").into(),
        name: format!("Student {n}").into(),
        role: Role::Member,
    })
}

/// Mostly messages; some reactions and edits, which refer to an earlier message.
fn content(seq: u64) -> EventKind {
    let text = |text: String| Some(Json::quote(&text));
    let of = (seq / 2).max(1);
    match seq % REACTIONS {
        0 => EventKind::React {
            of,
            emoji: Some("👍".into()),
        },
        10 => EventKind::Edit {
            of,
            text: text(format!("What message {of} says since it was edited.")),
            superseded: false,
        },
        7 => EventKind::Message {
            text: text(format!("我们今天学习物理第{seq}课，请大家认真听讲。")),
            reply_to: None,
        },
        _ => EventKind::Message {
            text: text(format!("What message {seq} says, in some more words.")),
            reply_to: None,
        },
    }
}

/// The time from the start of the process to the listening port. The file is in the page cache.
fn start(options: &Options, launch: &Launch<'_>, events: u64) -> Result<Figure, Fault> {
    let starts = if options.quick { 1 } else { 5 };
    let one = |_| Ok(Server::glassroom(launch)?.start.as_secs_f64() * 1e3);
    let starts: Vec<f64> = (0..starts).map(one).collect::<Result<_, Fault>>()?;
    Ok(Figure::bounded(
        format!("{events} events: start, ms, slowest of {}", starts.len()),
        starts.iter().copied().fold(0.0, f64::max),
        Bound::AtMost(500.0),
    ))
}

/// The time that one person waits for an answer. Little is in memory, so the store has to read.
fn answers(options: &Options, launch: &Launch<'_>, events: u64) -> Result<Vec<Figure>, Fault> {
    let settings = launch.settings.with("history", "memory", "100");
    let server = Server::glassroom(&Launch {
        settings: &settings,
        ..*launch
    })?;
    let mut requester = Requester::connect(&server)?;
    let mut resumes = histogram()?;
    let mut pages = histogram()?;
    let mut searches = histogram()?;
    let times = if options.quick { 20 } else { 200 };
    for n in 0..times {
        resumes.saturating_record(micros(resume(&mut requester, events)?));
        // All over the room: the step has no divisor in common with its length.
        let before = (n * 7919 * 13) % events + 1;
        let page = format!(r#"{{"type":"history","room":"lobby","before":{before},"limit":50}}"#);
        let (time, _) = requester.ask(&page, r#"{"type":"history""#, "")?;
        pages.saturating_record(micros(time));
        let query = match n % 3 {
            0 => "物理".into(),
            1 => format!("message {before} says"),
            _ => "nobody ever said this".into(),
        };
        let search = format!(r#"{{"type":"search","room":"lobby","query":"{query}"}}"#);
        let (time, _) = requester.ask(&search, r#"{"type":"found""#, "")?;
        searches.saturating_record(micros(time));
    }
    let figure = |(name, times)| {
        Figure::bounded(
            format!("{events} events: {name}, p99 ms"),
            quantile(times, 0.99) / 1e3,
            Bound::AtMost(50.0),
        )
    };
    let figures = [
        ("resume of 1,000 events", &resumes),
        ("one history page", &pages),
        ("one search", &searches),
    ];
    Ok(figures.map(figure).into())
}

/// Joins the room as a client that missed the last events.
fn resume(requester: &mut Requester, events: u64) -> Result<Duration, Fault> {
    let since = events - MISSED;
    let join =
        format!(r#"{{"type":"join","room":"lobby","since":{{"epoch":"{EPOCH}","seq":{since}}}}}"#);
    // The last event is a reaction: the number of events is a multiple of REACTIONS.
    let last = format!("\"seq\":{events},");
    let (time, messages) = requester.ask(&join, r#"{"type":"reaction""#, &last)?;
    // `joined` and the events, and the first time perhaps a `presence`.
    if !(MISSED + 1..=MISSED + 2).contains(&(messages as u64)) {
        return Err(format!("a resume of {MISSED} events brought {messages} messages").into());
    }
    Ok(time)
}

fn micros(time: Duration) -> u64 {
    time.as_micros() as u64
}

/// Whether the size of the history slows the room down.
fn room(options: &Options, launch: &Launch<'_>, events: u64) -> Result<Figure, Fault> {
    let pairs = if options.quick { 1 } else { 5 };
    let clients = if options.quick { 30 } else { 100 };
    let plan = Plan {
        clients,
        rooms: 1,
        senders: 30,
        pace: Pace::OpenLoop { rate: 700.0 },
        time: options.time,
    };
    let empty = Launch {
        history: None,
        ..*launch
    };
    let run = |launch: &Launch<'_>, history: &str| {
        let sample = load::run(&Server::glassroom(launch)?, plan)?;
        let name = format!("{clients} clients, 700 messages/s, {history} history");
        progress(&name, &sample);
        Ok::<_, Fault>(sample.p99)
    };
    let ratio = |pair: usize| {
        // The first run of a pair is with the large history and without it in turn.
        if pair.is_multiple_of(2) {
            let large = run(launch, "large")?;
            let empty = run(&empty, "empty")?;
            return Ok(large / empty);
        }
        let empty = run(&empty, "empty")?;
        let large = run(launch, "large")?;
        Ok(large / empty)
    };
    let ratios: Vec<f64> = (0..pairs).map(ratio).collect::<Result<_, Fault>>()?;
    Ok(Figure::bounded(
        format!(
            "{events} events: p99 of {clients} clients at 700 messages/s, large ÷ empty, {pairs} pairs"
        ),
        median(&ratios, |ratio| *ratio),
        Bound::AtMost(1.25),
    ))
}
