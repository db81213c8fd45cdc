//! Mutes and removals, which stay in force while the person is away.

use crate::model::time::Millis;
use std::collections::HashMap;

/// Whom a sanction binds: the person, and for guests the device too. Never an address, because a
/// school shares one; never a name, because a bully could get the victim's name banned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Bound {
    Sub(Box<str>),
    Device(Box<str>),
}

/// A removal: its end and its reason.
#[derive(Debug, Clone)]
pub(super) struct Removal {
    /// When the person may come back.
    pub until: Millis,
    pub(super) reason: Option<Box<str>>,
}

impl Removal {
    /// The reason of the Close frame: a slug, the time left, and why. A long reason is cut off.
    pub(super) fn close_reason(&self, now: Millis) -> String {
        let minutes = self.until.saturating_sub(now).div_ceil(60_000);
        match &self.reason {
            Some(reason) => format!("removed: you may come back in {minutes} min: {reason}"),
            None => format!("removed: you may come back in {minutes} min"),
        }
    }
}

/// All mutes and removals.
#[derive(Debug, Default)]
pub(super) struct Sanctions {
    pub(super) mutes: HashMap<Bound, Millis>,
    pub(super) removals: HashMap<Bound, Removal>,
}

impl Sanctions {
    /// The removal of this person or device, if one is in force.
    pub(super) fn removal(&self, sub: &str, device: Option<&str>, now: Millis) -> Option<&Removal> {
        let found = bounds(sub, device).filter_map(|bound| self.removals.get(&bound));
        let found = found.filter(|removal| removal.until > now);
        found.max_by_key(|removal| removal.until)
    }

    /// Adds a removal, unless one that lasts longer is in force.
    pub(super) fn remove(&mut self, bound: Bound, removal: Removal) {
        let known = self
            .removals
            .get(&bound)
            .filter(|known| known.until > removal.until);
        if known.is_none() {
            self.removals.insert(bound, removal);
        }
    }

    /// When the mute of this person or device ends.
    pub(super) fn mute(&self, sub: &str, device: Option<&str>, now: Millis) -> Option<Millis> {
        let found = bounds(sub, device)
            .filter_map(|bound| self.mutes.get(&bound).copied())
            .max();
        found.filter(|&until| until > now)
    }

    /// Drops what is over.
    pub(super) fn sweep(&mut self, now: Millis) {
        self.mutes.retain(|_, until| *until > now);
        self.removals.retain(|_, removal| removal.until > now);
    }
}

/// What a sanction on this person binds.
pub(super) fn bounds(sub: &str, device: Option<&str>) -> impl Iterator<Item = Bound> {
    let device = device.map(|device| Bound::Device(device.into()));
    [Bound::Sub(sub.into())].into_iter().chain(device)
}
