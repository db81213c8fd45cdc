//! Times of day for people: a moment in the zone of the school.
//!
//! A zone is an offset from UTC, as the operator wrote it; rules about summer time would need a
//! database that changes every year.

use std::fmt;
use std::str::FromStr;

use crate::model::time::Millis;

/// An offset from UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Zone {
    minutes: i32,
}

/// Largest offset in use: `+14:00`, in Kiritimati.
const MOST: i32 = 14 * 60;

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
        let total = hours * 60 + minutes;
        if minutes > 59 || total > MOST {
            Err(BadZone)
        } else {
            Ok(Zone {
                minutes: sign * total,
            })
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let minutes = self.minutes.unsigned_abs();
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
        Shown {
            seconds: (at / 1000) as i64 + i64::from(self.minutes) * 60,
        }
    }
}

/// A moment in a zone.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// Since 1970 on the clocks of the zone.
    seconds: i64,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (
            self.seconds.div_euclid(86_400),
            self.seconds.rem_euclid(86_400),
        );
        let (year, month, day) = date(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
        )
    }
}

/// The Gregorian date of a day since 1970: the year begins in March, so that the leap day is its
/// last, and 400 years are one cycle.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468; // since 0000-03-01
    let (cycle, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153; // since March; five months have 153 days
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (cycle * 400 + year + carry, month, day)
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
