//! The time zone of the school, and how a moment is shown in it.
//!
//! A zone is the offset from UTC that the operator wrote, or the rules of the machine's own zone. Each moment
//! is shown with its offset, because a zone with daylight saving has two.

use std::fmt;
use std::str::FromStr;

use time::{Date, Month, OffsetDateTime, UtcOffset};
use tz::TimeZone;

use crate::model::time::Millis;

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The same offset all the year.
    Fixed(UtcOffset),
    /// The rules that the system has.
    Rules(&'static TimeZone),
}

impl Default for Zone {
    fn default() -> Zone {
        Zone(Kind::Fixed(UtcOffset::UTC))
    }
}

/// The zone that the configuration names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ZoneChoice {
    /// That of the machine.
    #[default]
    Machine,
    /// An offset from UTC.
    Fixed(Zone),
}

/// The zone of the machine, in the configuration.
const MACHINE: &str = "local";

impl FromStr for ZoneChoice {
    type Err = BadZone;

    fn from_str(text: &str) -> Result<ZoneChoice, BadZone> {
        match text {
            MACHINE => Ok(ZoneChoice::Machine),
            offset => offset.parse().map(ZoneChoice::Fixed),
        }
    }
}

impl fmt::Display for ZoneChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ZoneChoice::Machine => f.write_str(MACHINE),
            ZoneChoice::Fixed(Zone(Kind::Fixed(offset))) => write!(f, "{}", Offset(*offset)),
            // Nobody writes such a one.
            ZoneChoice::Fixed(Zone(Kind::Rules(_))) => f.write_str(MACHINE),
        }
    }
}

/// Seconds of the largest offset in use: `+14:00`, in Kiritimati.
const MAX_OFFSET: i32 = 14 * 3600;

/// `+08:00`, `-03:30`, or `Z` and `UTC` for none.
impl FromStr for Zone {
    type Err = BadZone;

    fn from_str(text: &str) -> Result<Zone, BadZone> {
        if matches!(text, "Z" | "UTC") {
            return Ok(Zone::default());
        }
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').ok_or(BadZone)?),
        };
        let (hours, minutes) = rest.split_once(':').ok_or(BadZone)?;
        let number = |digits: &str| match digits.as_bytes() {
            [a @ b'0'..=b'9', b @ b'0'..=b'9'] => {
                Ok(i32::from(a - b'0') * 10 + i32::from(b - b'0'))
            }
            _ => Err(BadZone),
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let seconds = hours * 3600 + minutes * 60;
        if minutes > 59 || seconds > MAX_OFFSET {
            return Err(BadZone);
        }
        UtcOffset::from_whole_seconds(sign * seconds)
            .map(|offset| Zone(Kind::Fixed(offset)))
            .map_err(|_| BadZone)
    }
}

/// An offset as it is written.
struct Offset(UtcOffset);

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.whole_minutes();
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// The text is not an offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadZone;

impl fmt::Display for BadZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "neither \"local\" nor an offset from UTC such as \"+08:00\", \"-03:30\" or \"UTC\"",
        )
    }
}

impl std::error::Error for BadZone {}

impl Zone {
    /// A zone with these rules.
    pub fn with_rules(rules: &'static TimeZone) -> Zone {
        Zone(Kind::Rules(rules))
    }

    /// The moment in this zone, for a person or a spreadsheet: `2026-11-23 17:05:09+01:00`.
    pub fn show(self, at: Millis) -> Shown {
        let seconds = i64::try_from(at / 1000).unwrap_or(i64::MAX);
        // The calendar ends with the year 9999; a later moment is a damaged number.
        let utc = OffsetDateTime::from_unix_timestamp(seconds);
        let local = utc
            .ok()
            .and_then(|utc| utc.checked_to_offset(self.offset(seconds)));
        Shown(local.unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// The moment that `text` says in this zone: `2026-11-27T08:00`, with seconds too, or with a space instead of the
    /// `T`; a date alone is the beginning of that day, or, for the end of a span, that of the next. A number of ten digits
    /// or more is milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// The text is none of these, or there is no such date; the sentence says what to write.
    pub fn moment(self, text: &str, is_end: bool) -> Result<Millis, String> {
        // A shorter number is a year, or a mistake.
        if text.len() >= 10
            && let Ok(millis) = text.parse()
        {
            return Ok(millis);
        }
        let wrong = || format!("{text:?} is no date: write 2026-11-27 or 2026-11-27T08:00");
        let (date, time) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let numbers = |text: &str, between| -> Option<Vec<u16>> {
            text.split(between)
                .map(|digits| (digits.len() >= 2).then(|| digits.parse().ok()).flatten())
                .collect()
        };
        let date = match numbers(date, '-').as_deref() {
            Some(&[year, month, day]) => date_of(year, month, day),
            _ => None,
        };
        let date = date.ok_or_else(wrong)?;
        let local = match time.map(|time| numbers(time, ':')) {
            None if is_end => date.next_day().ok_or_else(wrong)?.midnight(),
            None => date.midnight(),
            Some(parts) => {
                let parts = parts.ok_or_else(wrong)?;
                let [hour, minute, second] = match parts[..] {
                    [hour, minute] => [hour, minute, 0],
                    [hour, minute, second] => [hour, minute, second],
                    _ => return Err(wrong()),
                };
                let part = |number| u8::try_from(number).map_err(|_| wrong());
                date.with_hms(part(hour)?, part(minute)?, part(second)?)
                    .map_err(|_| wrong())?
            }
        };
        let seconds = local.assume_utc().unix_timestamp();
        // The offset of a moment near it, which is the right one but for the hour in which the clocks are changed.
        let near = self.offset(seconds - i64::from(self.offset(seconds).whole_seconds()));
        let seconds = seconds - i64::from(near.whole_seconds());
        u64::try_from(seconds)
            .map(|seconds| seconds * 1000)
            .map_err(|_| wrong())
    }

    /// The offset at this moment. What the rules do not know is shown in UTC.
    fn offset(self, seconds: i64) -> UtcOffset {
        let rules = match self.0 {
            Kind::Fixed(offset) => return offset,
            Kind::Rules(rules) => rules,
        };
        let found = rules.find_local_time_type(seconds).ok();
        let found = found.and_then(|it| UtcOffset::from_whole_seconds(it.ut_offset()).ok());
        found.unwrap_or(UtcOffset::UTC)
    }
}

fn date_of(year: u16, month: u16, day: u16) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year.into(), month, u8::try_from(day).ok()?).ok()
}

/// A moment in a zone, to be displayed.
#[derive(Debug, Clone, Copy)]
pub struct Shown(OffsetDateTime);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.0.to_calendar_date();
        let month = u8::from(month);
        let (hour, minute, second) = self.0.to_hms();
        write!(
            f,
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{}",
            Offset(self.0.offset())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(zone: &str, seconds: u64) -> String {
        zone.parse::<Zone>()
            .expect("a zone")
            .show(seconds * 1000)
            .to_string()
    }

    #[test]
    fn moments_are_shown_in_their_zone() {
        assert_eq!(shown("UTC", 0), "1970-01-01 00:00:00+00:00");
        assert_eq!(shown("-03:30", 0), "1969-12-31 20:30:00-03:30");
        assert_eq!(shown("UTC", 951_782_399), "2000-02-28 23:59:59+00:00");
        assert_eq!(shown("UTC", 951_782_400), "2000-02-29 00:00:00+00:00");
        assert_eq!(shown("UTC", 951_868_800), "2000-03-01 00:00:00+00:00");
        assert_eq!(shown("UTC", 1_798_761_599), "2026-12-31 23:59:59+00:00");
        assert_eq!(shown("+08:00", 1_798_761_599), "2027-01-01 07:59:59+08:00");
        assert_eq!(shown("UTC", 4_107_542_400), "2100-03-01 00:00:00+00:00");
    }

    #[test]
    fn a_zone_is_that_of_the_machine_or_an_offset() {
        for right in ["local", "+08:00", "-03:30", "+00:00", "+14:00"] {
            assert_eq!(
                right.parse::<ZoneChoice>().map(|zone| zone.to_string()),
                Ok(right.into())
            );
        }
        for wrong in [
            "",
            "8",
            "08:00",
            "+8:00",
            "+08:60",
            "+15:00",
            "+0a:00",
            "Europe/Berlin",
            "++1:00",
        ] {
            assert_eq!(wrong.parse::<ZoneChoice>(), Err(BadZone), "{wrong}");
        }
    }

    #[test]
    fn a_moment_is_read_in_its_zone() {
        let rules = TimeZone::from_posix_tz("CET-1CEST,M3.5.0,M10.5.0/3").expect("rules");
        let zone = Zone::with_rules(Box::leak(Box::new(rules)));
        for (text, is_end, expected) in [
            ("2026-11-27", false, "2026-11-27 00:00:00+01:00"),
            ("2026-11-27", true, "2026-11-28 00:00:00+01:00"),
            ("2026-12-31", true, "2027-01-01 00:00:00+01:00"),
            ("2026-07-01T08:00", true, "2026-07-01 08:00:00+02:00"),
            ("2026-07-01 08:00:09", false, "2026-07-01 08:00:09+02:00"),
            ("1795449291031", false, "2026-11-23 16:54:51+01:00"),
        ] {
            let moment = zone.moment(text, is_end).expect(text);
            assert_eq!(zone.show(moment).to_string(), expected);
        }
        for wrong in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-30",
            "2026-11-27T",
            "2026-11-27T24:00",
            "2026-11-27T8:00",
            "27.11.2026",
            "2026-11-27T08:00Z",
            "yesterday",
            "-5",
        ] {
            let error = zone.moment(wrong, false).expect_err(wrong);
            assert!(error.contains("2026-11-27T08:00"), "{error}");
        }
    }

    #[test]
    fn each_moment_has_the_offset_of_its_season() {
        let rules = TimeZone::from_posix_tz("CET-1CEST,M3.5.0,M10.5.0/3").expect("rules");
        let zone = Zone::with_rules(Box::leak(Box::new(rules)));
        // The hour in which the clocks went back, in 2026: twice two o'clock.
        for (seconds, expected) in [
            (1_792_886_400, "2026-10-25 02:00:00+02:00"),
            (1_792_889_999, "2026-10-25 02:59:59+02:00"),
            (1_792_890_000, "2026-10-25 02:00:00+01:00"),
            (1_774_745_999, "2026-03-29 01:59:59+01:00"),
            (1_774_746_000, "2026-03-29 03:00:00+02:00"),
        ] {
            assert_eq!(zone.show(seconds * 1000).to_string(), expected);
        }
    }
}
