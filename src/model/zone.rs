//! The time zone of the school, and how a moment is shown in it.
//!
//! A zone is only an offset from UTC, as the operator wrote it. Rules for summer time would need a
//! database that changes every year.

use std::fmt;
use std::str::FromStr;

use time::{OffsetDateTime, UtcOffset};

use crate::model::time::Millis;

/// An offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(UtcOffset);

impl Default for Zone {
    fn default() -> Zone {
        Zone(UtcOffset::UTC)
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
            .map(Zone)
            .map_err(|_| BadZone)
    }
}

impl fmt::Display for Zone {
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
        f.write_str("not an offset from UTC such as \"+08:00\", \"-03:30\" or \"UTC\"")
    }
}

impl std::error::Error for BadZone {}

impl Zone {
    /// The moment in this zone, for a person or a spreadsheet: `2026-11-23 17:05:09`.
    pub fn show(self, at: Millis) -> Shown {
        let seconds = i64::try_from(at / 1000).unwrap_or(i64::MAX);
        // The calendar ends with the year 9999; a later moment is a damaged number.
        let utc = OffsetDateTime::from_unix_timestamp(seconds);
        let local = utc.ok().and_then(|utc| utc.checked_to_offset(self.0));
        Shown(local.unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }
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
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
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
        assert_eq!(shown("UTC", 0), "1970-01-01 00:00:00");
        assert_eq!(shown("-03:30", 0), "1969-12-31 20:30:00");
        assert_eq!(shown("UTC", 951_782_399), "2000-02-28 23:59:59");
        assert_eq!(shown("UTC", 951_782_400), "2000-02-29 00:00:00");
        assert_eq!(shown("UTC", 951_868_800), "2000-03-01 00:00:00");
        assert_eq!(shown("UTC", 1_798_761_599), "2026-12-31 23:59:59");
        assert_eq!(shown("+08:00", 1_798_761_599), "2027-01-01 07:59:59");
        assert_eq!(shown("UTC", 4_107_542_400), "2100-03-01 00:00:00");
    }

    #[test]
    fn a_zone_is_an_offset_and_nothing_else() {
        for right in ["+08:00", "-03:30", "+00:00", "+14:00"] {
            assert_eq!(
                right.parse::<Zone>().map(|zone| zone.to_string()),
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
            assert_eq!(wrong.parse::<Zone>(), Err(BadZone), "{wrong}");
        }
    }
}
