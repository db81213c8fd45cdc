//! Durations and sizes as people write them: `"90s"`, `"8h"`, `"64 KiB"`.
//!
//! A whole number and a unit, with or without a space between. Written back, a value takes the
//! largest unit that divides it, so that `"60s"` comes back as `"1m"`.

use std::time::Duration;

/// Milliseconds of each unit, largest first.
const TIMES: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Bytes of each unit, largest first. Only powers of two, because `KB` means 1000 bytes to some
/// people and 1024 to others.
const SIZES: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// The duration that `text` says, or the sentence that says what is wrong with it.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    parse(text, &TIMES)
        .map(Duration::from_millis)
        .ok_or_else(|| format!("{text:?} is not a number with a unit (ms, s, m, h or d)"))
}

/// `duration` as [`parse_duration`] reads it; fractions of a millisecond are lost.
pub fn format_duration(duration: Duration) -> String {
    match u64::try_from(duration.as_millis()) {
        Ok(0) => "0s".to_owned(),
        Ok(millis) => format(millis, &TIMES, ""),
        Err(_) => format!("{}d", duration.as_secs() / 86_400),
    }
}

/// The number of bytes that `text` says, or the sentence that says what is wrong with it.
pub fn parse_size(text: &str) -> Result<usize, String> {
    parse(text, &SIZES)
        .and_then(|bytes| usize::try_from(bytes).ok())
        .ok_or_else(|| format!("{text:?} is not a number with a unit (B, KiB, MiB or GiB)"))
}

/// `bytes` as [`parse_size`] reads it.
pub fn format_size(bytes: usize) -> String {
    match bytes {
        0 => "0 B".to_owned(),
        _ => format(bytes as u64, &SIZES, " "),
    }
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start();
    let (_, worth) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*worth)
}

fn format(value: u64, units: &[(&str, u64)], space: &str) -> String {
    units
        .iter()
        .find(|(_, worth)| value.is_multiple_of(*worth))
        .map(|(name, worth)| format!("{}{space}{name}", value / worth))
        .unwrap_or_default() // the last unit is 1, which divides everything
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, millis) in [
            ("250ms", 250),
            ("10s", 10_000),
            ("10 s", 10_000),
            ("2m", 120_000),
            ("8h", 28_800_000),
            ("30d", 2_592_000_000),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)));
        }
        for wrong in [
            "",
            "10",
            "s",
            "-1s",
            "1.5h",
            "10 seconds",
            "10S",
            "s10",
            "9999999999999999999d",
        ] {
            assert!(parse_duration(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn sizes_are_a_number_and_a_unit() {
        for (text, bytes) in [
            ("512 B", 512),
            ("64 KiB", 65_536),
            ("16MiB", 1 << 24),
            ("0 B", 0),
        ] {
            assert_eq!(parse_size(text), Ok(bytes));
        }
        for wrong in [
            "",
            "64",
            "64 KB",
            "64 kib",
            "1.5 MiB",
            "KiB",
            "99999999999 GiB",
        ] {
            assert!(parse_size(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for text in ["250ms", "1500ms", "10s", "90s", "2m", "8h", "30d", "0s"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
        for text in ["512 B", "64 KiB", "1500 KiB", "16 MiB", "2 GiB", "0 B"] {
            assert_eq!(format_size(parse_size(text).unwrap()), text);
        }
    }
}
