//! `glassroom status`: what goes on in the server that runs on a data directory.

use crate::config::Config;
use crate::control::error::ControlError;
use crate::control::request::get_as_host;
use crate::control::revoke::data_directory;
use crate::data_dir::{MadeBackup, history_path, is_running};
use crate::model::zone::Zone;
use serde_json::{Value, json};
use std::fmt::Display;
use std::fs;

/// What the server says, and what the data directory adds.
#[derive(Debug)]
pub struct Status {
    /// Everything, for a program.
    pub json: Value,
    /// The same for a person, a line each.
    pub lines: Vec<String>,
}

/// Asks the running server.
///
/// # Errors
///
/// No server runs on the data directory, or it does not answer.
pub fn status(config: &Config) -> Result<Status, ControlError> {
    let data = data_directory(config)?;
    if !is_running(data) {
        let data = data.display();
        return Err(format!("no server runs on the data directory {data}").into());
    }
    let (status, mut json) = get_as_host(config, "/api/status")?;
    if status != 200 {
        let message = json["message"].as_str().unwrap_or("it gives no reason");
        return Err(format!("the running server answers with {status}: {message}").into());
    }
    if let Some(path) = history_path(config).filter(|_| json["stored"] == true) {
        // What was written last may be in the write-ahead log only.
        let size = |path| fs::metadata(path).map_or(0, |found| found.len());
        let mut log = path.clone().into_os_string();
        log.push("-wal");
        let made = MadeBackup::last(data);
        json["store"] = json!({"path": path, "bytes": size(path.clone()) + size(log.into())});
        json["backup"] = json!(made);
    }
    let lines = lines(&json, config.zone());
    Ok(Status { json, lines })
}

/// A row of the text.
fn row(name: &str, words: impl Display) -> String {
    format!("{name:<12} {words}")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn lines(status: &Value, zone: Zone) -> Vec<String> {
    let build = match text(status, "build") {
        "minimal" => ", the minimal build",
        _ => "",
    };
    let title = match text(status, "title") {
        "Glassroom" => String::new(),
        title => format!(" ({title})"),
    };
    let server = format!(
        "Glassroom {}{title}{build}, on {}, for {}",
        text(status, "version"),
        text(status, "address"),
        duration(number(status, "uptime_ms") / 1000)
    );
    let rooms =
        list(status, "rooms").map(|room| format!("{} {}", text(room, "name"), room["people"]));
    let rooms: Vec<_> = rooms.collect();
    let people = format!(
        "{}; in the rooms: {}",
        number(status, "people"),
        rooms.join(", ")
    );
    let (inside, outside) = (number(status, "connections"), number(status, "waiting"));
    let mut lines = vec![row("server", server), row("people", people)];
    lines.extend(list(status, "lessons").map(|now| row("lesson", lesson(now, zone))));
    lines.extend([
        row(
            "connections",
            format!("{inside} with a token, {outside} without"),
        ),
        row(
            "queues",
            format!("{} commands wait for the hub", number(status, "hub_queue")),
        ),
    ]);
    lines.extend(of_the_store(status, zone));
    lines
}

fn lesson(now: &Value, zone: Zone) -> String {
    let class = match text(now, "class") {
        "" => String::new(),
        class => format!("{class}: "),
    };
    let n = number(now, "lesson");
    match (now["runs"] == true, now["began"].as_u64()) {
        (true, Some(at)) => format!("{class}number {n} runs, since {}", zone.show(at)),
        (true, None) => format!("{class}number {n} runs"),
        (false, _) => format!("{class}number {n} has ended, and no other has been started"),
    }
}

fn of_the_store(status: &Value, zone: Zone) -> Vec<String> {
    let store = &status["store"];
    if store.is_null() {
        return vec![row(
            "store",
            "none: messages are gone when the server stops",
        )];
    }
    let state = match status["store_failing"] == true {
        true => "it CANNOT be written now, and the log says why",
        false => "it is written",
    };
    let size = number(store, "bytes").div_ceil(1024);
    let backup = &status["backup"];
    let made = match backup["at"].as_u64() {
        Some(at) => format!("{} at {}", text(backup, "file"), zone.show(at)),
        None => "none was made: glassroom backup FILE".to_owned(),
    };
    vec![
        row(
            "store",
            format!("{}, {size} KiB; {state}", text(store, "path")),
        ),
        row("backup", made),
    ]
}

/// A time in its two largest units.
fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_its_two_largest_units() {
        for (seconds, shown) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min 0 s"),
            (3725, "1 h 2 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(duration(seconds), shown);
        }
    }
}
