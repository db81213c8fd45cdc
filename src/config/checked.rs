//! The keys whose value is text that a function checks: what each accepts and how it is written.

use std::time::Duration;

use crate::auth::class_code::ClassCode;
use crate::config::choices::Keep;
use crate::config::kinds::{Checked, Word};
use crate::config::network::Network;
use crate::config::units::{format_duration, parse_duration};
use crate::http::authority::Authority;
use crate::http::origin::default_port;
use crate::model::text;
use crate::model::zone::ZoneChoice;

pub(super) const ORIGIN: Checked<String> = Checked {
    example: "https://chat.example.org",
    read: origin,
    write: String::clone,
};

pub(super) const NETWORK: Checked<Network> = Checked {
    example: "10.0.0.0/8",
    read: |text| {
        text.parse().map_err(|()| {
            format!(r#"{text:?} is not an IP address or a block of them such as "10.0.0.0/8""#)
        })
    },
    write: Network::to_string,
};

pub(super) const CODE: Checked<String> = Checked {
    example: "PHYSICS7",
    read: |text| {
        ClassCode::fixed(text)
            .map(|code| code.to_string())
            .map_err(|error| format!("{text:?}: {error}"))
    },
    write: String::clone,
};

pub(super) const ROOM: Checked<String> = Checked {
    example: "lobby",
    read: |room| {
        text::check_room(room)
            .map(|()| room.to_owned())
            .map_err(|error| format!("{room:?}: {error}"))
    },
    write: String::clone,
};

/// The addresses of the engine, in one text: several are those of a master and its replicas.
pub(super) const ENGINE: Checked<String> = Checked {
    example: "redis://:password@10.0.0.5:6379/0",
    read: |text| {
        let mut urls = text.split([',', ' ']).filter(|url| !url.is_empty());
        match urls.all(|url| url.starts_with("redis://") && url.len() > "redis://".len()) {
            true => Ok(text.to_owned()),
            false => Err(
                r#"begins with "redis://": a host, a port and perhaps a password, such as "redis://:password@10.0.0.5:6379/0"; several are separated by commas"#
                    .to_owned(),
            ),
        }
    },
    write: String::clone,
};

/// The name of a node, or of what belongs to the cluster.
pub(super) const NODE: Checked<String> = Checked {
    example: "north",
    read: |text| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        match (1..=40).contains(&text.len()) && text.chars().all(plain) {
            true => Ok(text.to_owned()),
            false => Err(format!(
                "{text:?} is not 1 to 40 letters, digits, `-`, `_` and `.`"
            )),
        }
    },
    write: String::clone,
};

pub(super) const ADDRESS: Checked<String> = Checked {
    example: "10.0.0.6:8080",
    read: |text| {
        let authority = Authority::parse(text).filter(|authority| authority.port.is_some());
        let wrong = || format!(r#"{text:?} is not a host and a port such as "10.0.0.6:8080""#);
        authority.map(|_| text.to_owned()).ok_or_else(wrong)
    },
    write: String::clone,
};

pub(super) const ZONE: Checked<ZoneChoice> = Checked {
    example: "+08:00",
    read: |text| {
        let wrong = format!(
            r#"{text:?} is neither "local" (the zone of this machine) nor an offset from UTC such as "+08:00""#
        );
        text.parse().map_err(|_| wrong)
    },
    write: ZoneChoice::to_string,
};

pub(super) const LEVEL: Word<log::LevelFilter> = Word(&[
    ("off", log::LevelFilter::Off),
    ("error", log::LevelFilter::Error),
    ("warn", log::LevelFilter::Warn),
    ("info", log::LevelFilter::Info),
    ("debug", log::LevelFilter::Debug),
    ("trace", log::LevelFilter::Trace),
]);

pub(super) const KEEP: Checked<Keep> = Checked {
    example: "30d",
    read: |text| match text {
        "lesson" => Ok(Keep::Lesson),
        "forever" => Ok(Keep::Forever),
        _ => match parse_duration(text) {
            Ok(duration) if duration >= Duration::from_secs(60) => Ok(Keep::For(duration)),
            _ => Err(format!(
                r#"{text:?} is not "lesson", "forever" or a duration of at least a minute such as "30d""#
            )),
        },
    },
    write: |keep| match keep {
        Keep::Lesson => "lesson".to_owned(),
        Keep::Forever => "forever".to_owned(),
        Keep::For(duration) => format_duration(*duration),
    },
};

/// An origin as browsers send it (RFC 6454 §6.2): `scheme://host[:port]`, in lower case, without
/// the port that the scheme implies.
fn origin(text: &str) -> Result<String, String> {
    let wrong = || {
        format!(
            r#"{text:?} is not an origin; write scheme://host or scheme://host:port, without a path, such as "https://chat.example.org""#
        )
    };
    let (scheme, authority) = text.split_once("://").ok_or_else(wrong)?;
    let scheme = scheme.to_ascii_lowercase();
    let legal = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(legal) {
        return Err(wrong());
    }
    let mut authority = Authority::parse(authority).ok_or_else(wrong)?;
    if authority.port == default_port(&scheme) {
        authority.port = None;
    }
    Ok(format!("{scheme}://{authority}"))
}
