//! The figures of this process that Linux tells, by the names that every program of Prometheus has.

use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::fs;

/// Ticks of a second in `/proc`: 100 on every platform that Rust's standard library has for Linux.
const TICKS: f64 = 100.0;

/// Bytes of memory that are resident.
pub(super) fn resident_memory() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024.0)
}

/// Open file descriptors, without the one that counts them.
pub(super) fn open_descriptors() -> Option<f64> {
    let found = fs::read_dir("/proc/self/fd").ok()?.count();
    Some(found.saturating_sub(1) as f64)
}

/// File descriptors that the process may open. `None`: as many as it wants.
pub(super) fn most_descriptors() -> Option<f64> {
    Some(getrlimit(Resource::Nofile).current? as f64)
}

/// When the process started, in seconds since 1970.
pub(super) fn start() -> Option<f64> {
    let own = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program comes before, and may have spaces and brackets.
    let (_, fields) = own.rsplit_once(')')?;
    let ticks: f64 = fields.split_whitespace().nth(19)?.parse().ok()?;
    let system = fs::read_to_string("/proc/stat").ok()?;
    let boot = system
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?;
    Some(boot.trim().parse::<f64>().ok()? + ticks / TICKS)
}

/// Seconds of CPU time that all threads have used.
pub(super) fn cpu() -> Option<f64> {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Some(used.tv_sec as f64 + used.tv_nsec as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::unix_millis;

    #[test]
    fn a_process_knows_its_figures() {
        assert!(resident_memory().unwrap() > 1e6);
        assert!(open_descriptors().unwrap() >= 3.0);
        assert!(most_descriptors().is_none_or(|most| most >= open_descriptors().unwrap()));
        let age = unix_millis() as f64 / 1000.0 - start().unwrap();
        assert!((-2.0..86_400.0).contains(&age), "{age}");
        assert!(cpu().unwrap() > 0.0);
    }
}
