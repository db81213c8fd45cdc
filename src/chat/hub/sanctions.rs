//! What was decided about persons: mutes and removals, kept while they are away.

use crate::model::time::Millis;
use std::collections::HashMap;

/// Whom a sanction binds: the person, and for guests the device. Never an address (a school sits
/// behind one), never a name (or a bully gets his victim's name banned).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Bound {
    Sub(Box<str>),
    Device(Box<str>),
}

/// Why somebody is out, and until when.
#[derive(Debug, Clone)]
pub struct Removal {
    /// Back from then on.
    pub until: Millis,
    pub(super) reason: Option<Box<str>>,
}

impl Removal {
    /// For a Close frame: the slug, until when, and why, whose end may be cut off.
    pub fn close_reason(&self, now: Millis) -> String {
        let minutes = self.until.saturating_sub(now).div_ceil(60_000);
        match &self.reason {
            Some(reason) => format!("removed: you may come back in {minutes} min: {reason}"),
            None => format!("removed: you may come back in {minutes} min"),
        }
    }
}

/// What was decided about persons, kept while they are away.
#[derive(Debug, Default)]
pub struct Sanctions {
    pub(super) mutes: HashMap<Bound, Millis>,
    pub(super) removals: HashMap<Bound, Removal>,
}

impl Sanctions {
    /// Whether this person or device is out.
    pub fn removal(&self, sub: &str, device: Option<&str>, now: Millis) -> Option<&Removal> {
        let found = bounds(sub, device).filter_map(|bound| self.removals.get(&bound));
        let found = found.filter(|removal| removal.until > now);
        found.max_by_key(|removal| removal.until)
    }

    /// Adds a removal; one that lasts longer already stays.
    pub(super) fn remove(&mut self, bound: Bound, removal: Removal) {
        let known = self
            .removals
            .get(&bound)
            .filter(|known| known.until > removal.until);
        if known.is_none() {
            self.removals.insert(bound, removal);
        }
    }

    /// Until when this person or device is muted.
    pub(super) fn mute(&self, sub: &str, device: Option<&str>, now: Millis) -> Option<Millis> {
        let found = bounds(sub, device)
            .filter_map(|bound| self.mutes.get(&bound).copied())
            .max();
        found.filter(|&until| until > now)
    }

    /// Forgets what is over.
    pub fn sweep(&mut self, now: Millis) {
        self.mutes.retain(|_, until| *until > now);
        self.removals.retain(|_, removal| removal.until > now);
    }
}

/// What a sanction on this person binds.
pub(super) fn bounds(sub: &str, device: Option<&str>) -> impl Iterator<Item = Bound> {
    let device = device.map(|device| Bound::Device(device.into()));
    [Bound::Sub(sub.into())].into_iter().chain(device)
}
