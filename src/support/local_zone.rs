//! The machine's own time zone: the variable `TZ`, else `/etc/localtime`, else `/etc/timezone`.

use std::sync::OnceLock;
use std::{env, fs};

use tz::TimeZone;

use crate::model::zone::{Zone, ZoneChoice};

/// Read once: a zone that changes while the server runs counts after the next start.
static MACHINE: OnceLock<Option<TimeZone>> = OnceLock::new();

/// The zone that the configuration chooses. If the machine's own is not known, it is UTC, and the log says so.
pub(crate) fn zone(choice: ZoneChoice) -> Zone {
    match choice {
        ZoneChoice::Fixed(zone) => zone,
        ZoneChoice::Machine => {
            let machine = MACHINE.get_or_init(machine).as_ref();
            machine.map_or_else(Zone::default, Zone::with_rules)
        }
    }
}

fn machine() -> Option<TimeZone> {
    let found = match env::var("TZ") {
        Ok(variable) => of_variable(&variable),
        Err(_) => of_files(),
    };
    if let Err(problem) = &found {
        log::warn!(
            "the time zone of this machine is not known ({problem}), so times in downloads are UTC; \
             history.zone in chat.toml can name an offset"
        );
    }
    found.ok()
}

/// As POSIX has it: empty means UTC, and a colon may come before the name of a zone.
fn of_variable(variable: &str) -> Result<TimeZone, String> {
    match variable {
        "" => Ok(TimeZone::utc()),
        name => TimeZone::from_posix_tz(name).map_err(|error| format!("TZ={name:?}: {error}")),
    }
}

fn of_files() -> Result<TimeZone, String> {
    let problem = match TimeZone::local() {
        Ok(zone) => return Ok(zone),
        Err(error) => format!("/etc/localtime: {error}"),
    };
    let name = fs::read_to_string("/etc/timezone").map_err(|_| problem.clone())?;
    TimeZone::from_posix_tz(name.trim()).map_err(|_| problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_read_as_posix_has_it() {
        let offset = |variable: &str| {
            let zone = of_variable(variable).ok()?;
            zone.find_local_time_type(0).ok().map(|it| it.ut_offset())
        };
        assert_eq!(offset(""), Some(0));
        assert_eq!(offset("XST-3:30"), Some(3 * 3600 + 1800));
        assert_eq!(offset("UTC0"), Some(0));
        assert_eq!(offset("no such zone"), None);
    }
}
