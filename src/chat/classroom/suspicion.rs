//! Who may be evading a removal or a mute: somebody new, on another device, with the same name.
//!
//! They are let in, with a number behind the name, and are muted until somebody who leads decides or what
//! they may be evading is over. A name alone never keeps anybody out: with his victim's name, a bully
//! would get the victim locked out.
//!
//! Pure, and a part of [`Sanctions`]: a suspicion is a mute that refers to another sanction.

use crate::chat::classroom::sanction::{Kind, NOT_IN_FORCE, Namesakes, Sanction, Told};
use crate::chat::classroom::sanctions::{MAX_SANCTIONS, Sanctions};
use crate::chat::grant::{Rank, Reach};
use crate::model::event::Author;
use crate::model::time::Ticks;
use std::sync::Arc;

/// Most people who are muted because of their name at once. A class has one or two; more is a program
/// that joins. Beyond it, a suspect who is not here is forgotten, to be suspected again on their return;
/// if all are here, one more is not let in. None of them ever goes free because others came.
pub(crate) const MAX_SUSPECTS: usize = 100;

/// Most people of whom one sanction remembers that they are not to be suspected. Beyond it, the oldest is
/// forgotten, of whom those who lead may be told once more.
pub(crate) const MAX_NAMESAKES: usize = 200;

/// Somebody who comes in as a guest.
#[derive(Debug, Clone)]
pub(crate) struct Newcomer<'a> {
    pub(crate) sub: &'a str,
    pub(crate) device: &'a str,
    /// The looks of the name that they asked for, with and without a number at its end.
    pub(crate) looks: &'a [String],
    /// The rooms of their token.
    pub(crate) reach: &'a Reach,
}

impl Sanctions {
    /// Whether somebody has the name of a person whom a sanction binds, and is not known to be another.
    pub(crate) fn is_suspect(&self, newcomer: &Newcomer<'_>, now: Ticks) -> bool {
        self.in_force(now).any(|it| concerns(it, newcomer))
    }

    /// Mutes a suspect, called as `who` says, for as long as what they may be evading lasts. Returns the
    /// mute, and that other sanction as it was before; `None`: they are no suspect, or no more sanctions
    /// are kept.
    pub(crate) fn suspect(
        &mut self,
        newcomer: &Newcomer<'_>,
        who: &Arc<Author>,
        now: Ticks,
    ) -> Option<(Sanction, Sanction)> {
        let found = self.in_force(now).filter(|it| concerns(it, newcomer));
        // Not another suspect, if there is a choice: what those who lead imposed is what they are told of.
        let evaded = found.max_by_key(|it| (it.namesakes.evading.is_none(), it.until));
        let evaded = evaded?.clone();
        self.note_namesake(newcomer, now);
        let mute = Sanction {
            number: NOT_IN_FORCE,
            kind: Kind::Mute,
            target: Arc::clone(who),
            rank: Rank::LOWEST,
            device: Some(newcomer.device.into()),
            home: newcomer.reach.clone(),
            reach: evaded.reach.clone(),
            until: evaded.until,
            reason: None,
            asked: None,
            by: Arc::clone(&evaded.by),
            namesakes: Namesakes {
                evading: Some(evaded.number),
                ..Namesakes::default()
            },
        };
        if !self.impose(mute.clone(), now) {
            return None;
        }
        if let Some(evaded) = self.find_mut(evaded.number) {
            evaded.namesakes.told = match evaded.namesakes.told {
                Told::Nothing => Told::All,
                Told::All | Told::Less => Told::Less,
            };
        }
        Some((mute, evaded))
    }

    /// Makes room for one more suspect. `is_here`: whether the person whom a mute binds, or their device,
    /// is connected. Returns false if there is no room.
    pub(crate) fn make_room(&mut self, now: Ticks, is_here: impl Fn(&Sanction) -> bool) -> bool {
        self.sweep(now);
        let suspects = || self.iter().filter(|it| it.namesakes.evading.is_some());
        if suspects().count() < MAX_SUSPECTS && self.iter().count() < MAX_SANCTIONS {
            return true;
        }
        // With a suspicion end those of others who came with the name that this suspect got.
        let is_evaded = |it: &Sanction| self.iter().any(|other| other.evades(&[it.number]));
        let absent = suspects().find(|it| !is_here(it) && !is_evaded(it));
        let Some(absent) = absent.cloned() else {
            return false;
        };
        self.retain(|it| it.number != absent.number);
        self.amend(|it| {
            let evaded = absent.evades(&[it.number]);
            let known = &mut it.namesakes.known;
            if evaded {
                known.retain(|sub| *sub != absent.target.sub);
            }
            evaded
        });
        true
    }

    /// What those who lead have not been told of: of each sanction that others may be evading, the newest
    /// of these, the sanction and how many they are. From now on it counts as told.
    pub(crate) fn untold_suspects(&mut self, now: Ticks) -> Vec<(Sanction, Sanction, usize)> {
        let mut all = Vec::new();
        let untold = self.in_force(now);
        let untold = untold.filter(|it| it.namesakes.told == Told::Less);
        for evaded in untold.cloned().collect::<Vec<_>>() {
            let suspects = self.of(Kind::Mute, now);
            let suspects = suspects.filter(|it| it.evades(&[evaded.number]));
            let suspects: Vec<&Sanction> = suspects.collect();
            if let Some(newest) = suspects.last() {
                all.push(((*newest).clone(), evaded.clone(), suspects.len()));
            }
            if let Some(evaded) = self.find_mut(evaded.number) {
                evaded.namesakes.told = Told::All;
            }
        }
        all
    }

    /// The sanction that the person whom `mute` binds may be evading.
    pub(crate) fn evaded_by(&self, mute: &Sanction, now: Ticks) -> Option<&Sanction> {
        let number = mute.namesakes.evading?;
        self.in_force(now).find(|it| it.number == number)
    }

    /// Whether somebody is muted because of their name.
    pub(crate) fn is_suspected(&self, sub: &str, now: Ticks) -> bool {
        let mut suspicions = self.of(Kind::Mute, now);
        suspicions.any(|it| it.namesakes.evading.is_some() && *it.target.sub == *sub)
    }

    /// Those who lead are told of a suspect once, whatever they decide.
    fn note_namesake(&mut self, newcomer: &Newcomer<'_>, now: Ticks) {
        self.amend(|it| {
            if it.until <= now || !concerns(it, newcomer) {
                return false;
            }
            let known = &mut it.namesakes.known;
            if known.len() >= MAX_NAMESAKES {
                known.remove(0);
            }
            known.push(newcomer.sub.into());
            true
        });
    }
}

/// Whether somebody may be the person whom a sanction binds, who has come back on another device.
fn concerns(sanction: &Sanction, newcomer: &Newcomer<'_>) -> bool {
    let sub = newcomer.sub;
    // Who was muted through an anonymous question must not be found out through a name.
    sanction.asked.is_none()
        // The names of suspects are that of the person whom they may be, with numbers.
        && sanction.namesakes.evading.is_none()
        && !sanction.binds(sub, Some(newcomer.device))
        && !sanction.namesakes.known.iter().any(|known| **known == *sub)
        && sanction.reach.meets(newcomer.reach)
        && sanction.is_called(newcomer.looks)
}

#[cfg(test)]
#[path = "suspicion_tests.rs"]
mod tests;
