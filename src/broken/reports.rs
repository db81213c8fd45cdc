//! The reports of the last minutes, in memory. Bounded in number, bytes and time.

use crate::http::refusal::Refusal;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Reports that are kept. A lesson of thirty people goes through all endpoints in some minutes.
const MAX_REPORTS: usize = 512;
/// Bytes of all reports together. A usual one has 8 KiB.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// How long a report is kept: long enough to read it, and short because a report names no owner.
const KEEP: Duration = Duration::from_secs(600);
/// Shortest id that a client may choose. Who knows the id may read the report.
const MIN_ID: usize = 8;
/// Longest id that a client may choose.
const MAX_ID: usize = 64;

/// All reports.
#[derive(Debug, Default)]
pub(crate) struct Reports(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// The oldest first.
    reports: VecDeque<Report>,
    bytes: usize,
    next: u64,
}

#[derive(Debug)]
struct Report {
    id: String,
    number: u64,
    at: Instant,
    /// JSON; none while the exchange goes on.
    text: Option<Arc<str>>,
}

/// What is known under an id.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The report.
    Over(Arc<str>),
    /// The exchange goes on.
    GoingOn,
}

/// The id that a client has chosen.
///
/// # Errors
///
/// It is too short or too long, or has other characters than these.
pub(super) fn check_id(id: &str) -> Result<(), Refusal> {
    let is_fine = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    if (MIN_ID..=MAX_ID).contains(&id.len()) && id.bytes().all(is_fine) {
        return Ok(());
    }
    Err(Refusal::bad_request(
        "bad_report",
        format!(
            "The id of a report has {MIN_ID} to {MAX_ID} characters: letters, digits, - and _. \
             Choose one that nobody guesses, or none: the 101 then names one in Glassroom-Report."
        ),
    ))
}

impl Reports {
    /// An exchange begins. Returns its number. An older report with this id is forgotten.
    pub(super) fn begin(&self, id: &str, now: Instant) -> u64 {
        let mut kept = self.lock();
        kept.forget(|report| report.id == id);
        kept.next += 1;
        let number = kept.next;
        kept.reports.push_back(Report {
            id: id.to_owned(),
            number,
            at: now,
            text: None,
        });
        kept.shrink(now);
        number
    }

    /// The exchange with this number is over.
    pub(super) fn finish(&self, number: u64, text: &str, now: Instant) {
        let mut kept = self.lock();
        let report = kept.reports.iter_mut().find(|r| r.number == number);
        if let Some(report) = report {
            report.text = Some(text.into());
            report.at = now;
            kept.bytes += text.len();
        }
        kept.shrink(now);
    }

    /// Forgets an exchange of which there will be no report.
    pub(super) fn abandon(&self, number: u64) {
        let unfinished = |report: &Report| report.number == number && report.text.is_none();
        self.lock().forget(unfinished);
    }

    /// What is known under this id.
    pub(super) fn find(&self, id: &str, now: Instant) -> Option<Found> {
        let mut kept = self.lock();
        kept.shrink(now);
        let report = kept.reports.iter().find(|report| report.id == id)?;
        Some(match &report.text {
            Some(text) => Found::Over(Arc::clone(text)),
            None => Found::GoingOn,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing between two statements leaves it wrong for long: at worst a report counts twice.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn forget(&mut self, which: impl Fn(&Report) -> bool) {
        self.reports.retain(|report| !which(report));
        self.count();
    }

    fn count(&mut self) {
        let size = |report: &Report| report.text.as_ref().map_or(0, |text| text.len());
        self.bytes = self.reports.iter().map(size).sum();
    }

    /// Forgets what is too old, and the oldest while there is too much.
    fn shrink(&mut self, now: Instant) {
        self.forget(|report| now.saturating_duration_since(report.at) >= KEEP);
        while self.reports.len() > MAX_REPORTS || self.bytes > MAX_BYTES {
            self.reports.pop_front();
            self.count();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_kept_for_a_while_and_the_newest_of_an_id_counts() {
        let reports = Reports::default();
        let now = Instant::now();
        let first = reports.begin("somebody", now);
        assert_eq!(reports.find("somebody", now), Some(Found::GoingOn));
        let second = reports.begin("somebody", now);
        reports.finish(first, "old", now);
        assert_eq!(reports.find("somebody", now), Some(Found::GoingOn));
        reports.finish(second, "new", now);
        reports.abandon(second);
        let found = |text: &str| Some(Found::Over(text.into()));
        assert_eq!(reports.find("somebody", now), found("new"));
        let almost = KEEP - Duration::from_millis(1);
        assert_eq!(reports.find("somebody", now + almost), found("new"));
        assert_eq!(reports.find("somebody", now + KEEP), None);
        let third = reports.begin("somebody", now);
        reports.abandon(third);
        assert_eq!(reports.find("somebody", now), None);
    }

    #[test]
    fn reports_are_bounded_in_number_and_in_bytes() {
        let reports = Reports::default();
        let now = Instant::now();
        let ids: Vec<String> = (0..=MAX_REPORTS).map(|n| format!("report-{n}")).collect();
        let numbers: Vec<u64> = ids.iter().map(|id| reports.begin(id, now)).collect();
        assert_eq!(reports.find(&ids[0], now), None);
        assert!(reports.find(&ids[1], now).is_some());
        let half = "x".repeat(MAX_BYTES / 2);
        for number in &numbers[1..4] {
            reports.finish(*number, &half, now);
        }
        assert_eq!(reports.find(&ids[1], now), None);
        assert!(reports.find(&ids[2], now).is_some());
        assert!(reports.lock().bytes <= MAX_BYTES);
    }

    #[test]
    fn an_id_is_no_path_and_no_secret_of_a_few_letters() {
        for id in ["somebody", "a-b_C-09", &"x".repeat(64)] {
            assert_eq!(check_id(id), Ok(()), "{id}");
        }
        for id in [
            "",
            "short",
            "some body",
            "../../etc",
            "näme-lang",
            &"x".repeat(65),
        ] {
            assert_eq!(check_id(id).unwrap_err().slug, "bad_report", "{id}");
        }
    }
}
