//! Asks all questions, and keeps within the time.

use crate::terminal_client::args::WireArgs;
use crate::terminal_client::error::WireError;
use crate::terminal_client::exam::catalogue::{ALL_ALONG, GROUPS};
use crate::terminal_client::exam::examiner::{Echo, Examiner};
use crate::terminal_client::exam::probe::Probe;
use crate::terminal_client::exam::report::{Report, Verdict};
use crate::terminal_client::exam::verdict::{Finding, Level, Outcome};
use std::collections::{HashMap, HashSet};
use std::time::Instant;

/// The exam may take this many times the patience for one reaction: a minute as a rule.
const MAX_WAITS: u32 = 30;

/// Examines the server.
///
/// # Errors
///
/// The arguments are wrong, the server cannot be reached, or it breaks a rule that it MUST keep.
pub(crate) fn run(args: &WireArgs) -> Result<(), WireError> {
    let chosen = chosen(&args.exam.only)?;
    let mut examiner = Examiner::new(args)?;
    let until = Instant::now() + examiner.wait * MAX_WAITS;
    examiner.look()?;
    if !args.exam.no_echo && examiner.moot.is_none() {
        examiner.listen_for_an_echo();
    }
    let mut report = Report::new(args.json);
    if let Some(why) = &examiner.moot {
        report.moot(why);
    }
    report.begin(&args.url, examiner.echo != Echo::No, args.exam.no_echo)?;
    let (mut outcomes, mut out_of_time) = (HashMap::new(), false);
    for (group, probes) in GROUPS {
        for probe in probes.iter().filter(|probe| chosen.contains(probe.id)) {
            let begun = Instant::now();
            // What was seen all along takes no time.
            let late = begun >= until && *group != ALL_ALONG;
            out_of_time |= late;
            let finding = match obstacle(group, probe, &examiner, &outcomes, late) {
                Some(why) => Finding::skipped(why),
                None => (probe.ask)(&examiner).unwrap_or_else(|finding| finding),
            };
            if let Some(why) = examiner.gone() {
                report.gone(probe.id, &why);
            }
            // A broken SHOULD does not stand in the way of other questions.
            let level = finding.rule.map_or(probe.level, |(level, _)| level);
            let failed = finding.outcome == Outcome::Failed && level == Level::Must;
            let skipped = finding.outcome == Outcome::Skipped;
            if failed || skipped {
                outcomes.insert(probe.id, failed);
            }
            report.verdict(&Verdict::new(group, probe, finding, begun.elapsed()))?;
        }
    }
    if out_of_time {
        report.out_of_time();
    }
    let frames = examiner.watched.borrow().frames;
    report.end(frames > 0)
}

/// Why a question is not asked. `outcomes` has the probes that stand in the way of others: those that
/// have failed, and those that were not asked.
fn obstacle(
    group: &str,
    probe: &Probe,
    examiner: &Examiner,
    outcomes: &HashMap<&str, bool>,
    late: bool,
) -> Option<String> {
    let stands = |need: &&&str| outcomes.contains_key(**need);
    if let Some(need) = probe.needs.iter().find(stands) {
        return Some(format!("first comes {need}"));
    }
    let failed = |other: &&&str| outcomes.get(**other) == Some(&true);
    if let Some(other) = probe.named_by.iter().find(failed) {
        return Some(format!("{other} has named the fault"));
    }
    if examiner.gone().is_some() {
        return Some("the server can no longer be reached".into());
    }
    // A handshake can be asked for, and at the end counts what was seen.
    if examiner.moot.is_some() && !matches!(group, "handshake" | "refusals" | ALL_ALONG) {
        return Some("the server leaves no time for it".into());
    }
    if probe.echo && examiner.echo == Echo::No {
        return Some("only a server that echoes can be asked".into());
    }
    late.then(|| {
        let seconds = (examiner.wait * MAX_WAITS).as_secs();
        format!("the time of {seconds} s for the whole exam is over")
    })
}

/// The chosen probes with those that they need; all without a choice.
fn chosen(only: &[String]) -> Result<HashSet<&'static str>, WireError> {
    let all = || GROUPS.iter().flat_map(|(_, probes)| probes.iter());
    if only.is_empty() {
        return Ok(all().map(|probe| probe.id).collect());
    }
    let mut open: Vec<&str> = only.iter().map(String::as_str).collect();
    let mut chosen = HashSet::new();
    while let Some(id) = open.pop() {
        let Some(probe) = all().find(|probe| probe.id == id) else {
            let known: Vec<&str> = all().map(|probe| probe.id).collect();
            let known = known.join(", ");
            return Err(WireError::Usage(format!(
                "--only {id}: choose one of {known}"
            )));
        };
        if chosen.insert(probe.id) {
            open.extend(probe.needs);
        }
    }
    Ok(chosen)
}
