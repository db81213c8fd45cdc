//! Who may be evading a removal or a mute: somebody new, on another device, with the same name.
//!
//! They are let in, with a number behind the name, and are muted until somebody who leads decides or what
//! they may be evading is over. A name alone never keeps anybody out: with his victim's name, a bully
//! would get the victim locked out.
//!
//! Pure, and a part of [`Sanctions`]: a suspicion is a mute that refers to another sanction.

use crate::chat::classroom::sanction::{Kind, NOT_IN_FORCE, Namesakes, Sanction};
use crate::chat::classroom::sanctions::Sanctions;
use crate::chat::grant::{Rank, Reach};
use crate::model::event::Author;
use crate::model::time::Ticks;
use std::sync::Arc;

/// Most people who are muted because of their name at once. A class has one or two; more is a program
/// that joins. Beyond it, the oldest suspicion is dropped.
pub(crate) const MAX_SUSPECTS: usize = 100;

/// Most people of whom one sanction remembers that they are not to be suspected. Beyond it, the oldest is
/// forgotten, of whom those who lead may be told once more.
pub(crate) const MAX_NAMESAKES: usize = 200;

/// Somebody who comes in as a guest.
#[derive(Debug, Clone)]
pub(crate) struct Newcomer<'a> {
    pub(crate) who: &'a Arc<Author>,
    pub(crate) device: &'a str,
    /// The name that they asked for, in the form in which names are compared.
    pub(crate) name: &'a str,
    /// The rooms of their token.
    pub(crate) reach: &'a Reach,
}

impl Sanctions {
    /// Whether somebody has the name of a person whom a sanction binds, and is not known to be another.
    pub(crate) fn is_suspect(&self, newcomer: &Newcomer<'_>, now: Ticks) -> bool {
        self.in_force(now).any(|it| concerns(it, newcomer))
    }

    /// Mutes a suspect for as long as what they may be evading lasts. Returns the mute and that other
    /// sanction; `None`: they are no suspect, or no more sanctions are kept.
    pub(crate) fn suspect(
        &mut self,
        newcomer: &Newcomer<'_>,
        now: Ticks,
    ) -> Option<(Sanction, Sanction)> {
        let found = self.in_force(now).filter(|it| concerns(it, newcomer));
        let evaded = found.max_by_key(|it| it.until)?.clone();
        self.note_namesake(newcomer, now);
        self.make_room_for_suspects();
        let mute = Sanction {
            number: NOT_IN_FORCE,
            kind: Kind::Mute,
            target: Arc::clone(newcomer.who),
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
        self.impose(mute.clone(), now).then_some((mute, evaded))
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
            known.push(newcomer.who.sub.clone());
            true
        });
    }

    fn make_room_for_suspects(&mut self) {
        let suspicions = self.iter().filter(|it| it.namesakes.evading.is_some());
        let numbers: Vec<u64> = suspicions.map(|it| it.number).collect();
        let surplus = (numbers.len() + 1).saturating_sub(MAX_SUSPECTS);
        if surplus > 0 {
            self.retain(|it| !numbers[..surplus].contains(&it.number));
        }
    }
}

/// Whether somebody may be the person whom a sanction binds, who has come back on another device.
fn concerns(sanction: &Sanction, newcomer: &Newcomer<'_>) -> bool {
    let sub = &newcomer.who.sub;
    // Who was muted through an anonymous question must not be found out through a name.
    sanction.asked.is_none()
        && !sanction.binds(sub, Some(newcomer.device))
        && !sanction.namesakes.known.contains(sub)
        && sanction.reach.meets(newcomer.reach)
        && sanction.is_called(newcomer.name)
}

#[cfg(test)]
#[path = "suspicion_tests.rs"]
mod tests;
