//! How many people may join with the class code: from one device, from one address, in one lesson.
//!
//! A holder of the code can invent devices and names, and each of them would be a person with a
//! place in the chat. These bounds are on **new** people: somebody who has joined this lesson before
//! always may again. The next lesson starts over, so a host whose class is crowded out ends the
//! lesson. Tokens that were made in another way are not counted.
//!
//! Pure: the time is an argument, of a clock that never jumps. Memory is bounded.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::auth::class_code::network::network;
use crate::support::debts::{Debts, Pace};

/// The time within which a device or an address may join as many new people again: a school hour,
/// after which another class uses the same devices and the same address.
const REFILL: Duration = Duration::from_secs(3600);

/// Most people that are remembered if `join.people` sets no limit. The oldest are forgotten, and
/// count as new again.
const MAX_PEOPLE: usize = 20_000;

/// Most devices and addresses whose counts are remembered. When they are full, the one that would be
/// forgiven first is forgotten.
const MAX_COUNTS: usize = 4096;

/// How many new people there may be; 0 means any number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JoinBounds {
    /// From one device at once, and as many again within an hour.
    pub names_per_device: usize,
    /// From one address at once, and as many again within an hour.
    pub people_per_address: usize,
    /// In one lesson, as long as their tokens are valid.
    pub people: usize,
    /// How long a guest's token is valid.
    pub ttl: Duration,
}

/// Somebody who has the class code and wants to join.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Newcomer<'a> {
    /// The `sub` that their token would have.
    pub sub: &'a str,
    /// The tag of their device.
    pub device: &'a str,
    /// Their address.
    pub address: IpAddr,
    /// The lesson that the code belongs to.
    pub generation: u64,
}

/// Which bound is reached, and how long to wait.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Crowded {
    /// The device has joined under too many names.
    Device(Duration),
    /// Too many people have joined from the address.
    Address(Duration),
    /// Too many people have joined the lesson.
    Lesson(Duration),
}

/// The people who have joined the present lesson.
#[derive(Debug)]
pub(crate) struct Joins {
    generation: u64,
    /// Until when the newest token of each person is valid.
    people: HashMap<Box<str>, Instant>,
    /// The same for each device.
    devices: HashMap<Box<str>, Instant>,
    device_counts: Debts<Box<str>>,
    address_counts: Debts<IpAddr>,
}

impl Default for Joins {
    fn default() -> Self {
        Self {
            generation: 0,
            people: HashMap::new(),
            devices: HashMap::new(),
            device_counts: Debts::new(MAX_COUNTS),
            address_counts: Debts::new(MAX_COUNTS),
        }
    }
}

impl Joins {
    /// Lets somebody in, and counts them if they are new.
    ///
    /// # Errors
    ///
    /// They are new, and a bound is reached. They are not counted then.
    pub(crate) fn enter(
        &mut self,
        newcomer: Newcomer<'_>,
        bounds: &JoinBounds,
        now: Instant,
    ) -> Result<(), Crowded> {
        if self.generation != newcomer.generation {
            self.generation = newcomer.generation;
            self.people.clear();
            self.devices.clear();
            self.device_counts.clear();
            self.address_counts.clear();
        }
        if !self.knows(newcomer.sub, newcomer.generation, now) {
            self.count(newcomer, bounds, now)?;
        }
        let until = now + bounds.ttl;
        self.people.insert(newcomer.sub.into(), until);
        self.devices.insert(newcomer.device.into(), until);
        Ok(())
    }

    /// Whether the person with this `sub` has joined this lesson, and a token of theirs may be valid.
    pub(crate) fn knows(&self, sub: &str, generation: u64, now: Instant) -> bool {
        let until = self.people.get(sub);
        self.generation == generation && until.is_some_and(|until| *until > now)
    }

    /// Whether somebody has joined this lesson from this device.
    pub(crate) fn knows_device(&self, device: &str, generation: u64, now: Instant) -> bool {
        let until = self.devices.get(device);
        self.generation == generation && until.is_some_and(|until| *until > now)
    }

    fn count(
        &mut self,
        newcomer: Newcomer<'_>,
        bounds: &JoinBounds,
        now: Instant,
    ) -> Result<(), Crowded> {
        let device: Box<str> = newcomer.device.into();
        let address = network(newcomer.address);
        let pace = |free: usize| Pace::within(u32::try_from(free).unwrap_or(u32::MAX), REFILL);
        let (by_device, by_address) = (
            pace(bounds.names_per_device),
            pace(bounds.people_per_address),
        );
        // All three are looked at before one of them counts.
        if bounds.names_per_device > 0 {
            let wait = self.device_counts.wait(&device, by_device, now);
            crowded(wait, Crowded::Device)?;
        }
        self.make_room(bounds, now).map_err(Crowded::Lesson)?;
        if bounds.people_per_address > 0 {
            let counted = self.address_counts.charge(&address, by_address, now);
            counted.map_err(Crowded::Address)?;
        }
        if bounds.names_per_device > 0 {
            let _ = self.device_counts.charge(&device, by_device, now);
        }
        Ok(())
    }

    /// Drops those whose tokens have expired. If the lesson is full all the same: how long to wait
    /// until the next token expires.
    fn make_room(&mut self, bounds: &JoinBounds, now: Instant) -> Result<(), Duration> {
        let max = match bounds.people {
            0 => MAX_PEOPLE,
            people => people,
        };
        for known in [&mut self.people, &mut self.devices] {
            if known.len() >= max {
                known.retain(|_, until| *until > now);
            }
        }
        let oldest = |known: &HashMap<Box<str>, Instant>| {
            let oldest = known.iter().min_by_key(|(_, until)| **until);
            oldest.map(|(key, until)| (key.clone(), *until))
        };
        if self.people.len() >= max
            && let Some((person, until)) = oldest(&self.people)
        {
            if bounds.people > 0 {
                return Err(until.saturating_duration_since(now));
            }
            self.people.remove(&person);
        }
        if self.devices.len() >= max
            && let Some((device, _)) = oldest(&self.devices)
        {
            self.devices.remove(&device);
        }
        Ok(())
    }
}

fn crowded(wait: Duration, bound: impl FnOnce(Duration) -> Crowded) -> Result<(), Crowded> {
    match wait {
        Duration::ZERO => Ok(()),
        wait => Err(bound(wait)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: JoinBounds = JoinBounds {
        names_per_device: 4,
        people_per_address: 120,
        people: 500,
        ttl: Duration::from_secs(8 * 3600),
    };

    fn enter(
        joins: &mut Joins,
        n: usize,
        device: usize,
        from: u32,
        now: Instant,
    ) -> Result<(), Crowded> {
        enter_with(joins, &BOUNDS, 1, (n, device, from), now)
    }

    fn enter_with(
        joins: &mut Joins,
        bounds: &JoinBounds,
        generation: u64,
        (n, device, from): (usize, usize, u32),
        now: Instant,
    ) -> Result<(), Crowded> {
        let newcomer = Newcomer {
            sub: &format!("guest-{n}"),
            device: &format!("device-{device}"),
            address: IpAddr::from((0x0A00_0000 + from).to_be_bytes()),
            generation,
        };
        joins.enter(newcomer, bounds, now)
    }

    #[test]
    fn three_classes_behind_one_address_get_in_and_come_back() {
        let (mut joins, now) = (Joins::default(), Instant::now());
        for _again in 0..3 {
            for n in 0..120 {
                assert_eq!(enter(&mut joins, n, n, 0, now), Ok(()));
            }
        }
        let minute = Duration::from_secs(30);
        assert_eq!(
            enter(&mut joins, 120, 120, 0, now),
            Err(Crowded::Address(minute))
        );
        assert_eq!(
            enter(&mut joins, 120, 120, 1, now),
            Ok(()),
            "from another address"
        );
        assert_eq!(enter(&mut joins, 121, 121, 0, now + minute), Ok(()));
        let hour = now + Duration::from_secs(3700);
        for n in 200..320 {
            assert_eq!(
                enter(&mut joins, n, n, 0, hour),
                Ok(()),
                "the next hour's classes"
            );
        }
    }

    #[test]
    fn one_device_has_a_few_names_and_can_use_each_again() {
        let (mut joins, now) = (Joins::default(), Instant::now());
        for n in 0..4 {
            assert_eq!(enter(&mut joins, n, 0, 0, now), Ok(()));
        }
        let wait = Duration::from_secs(900);
        for n in 4..1000 {
            assert_eq!(enter(&mut joins, n, 0, 0, now), Err(Crowded::Device(wait)));
        }
        for n in 0..4 {
            assert_eq!(enter(&mut joins, n, 0, 0, now), Ok(()), "known");
        }
        assert_eq!(enter(&mut joins, 4, 1, 0, now), Ok(()), "on another device");
        assert_eq!(
            enter(&mut joins, 5, 0, 0, now + wait),
            Ok(()),
            "the next pupil's hour"
        );
        // The refused ones did not use up the address.
        for n in 100..214 {
            assert_eq!(enter(&mut joins, n, n, 0, now + wait), Ok(()));
        }
    }

    #[test]
    fn a_lesson_is_full_until_tokens_expire_or_the_next_one_begins() {
        let (mut joins, start) = (Joins::default(), Instant::now());
        for n in 0..500 {
            let from = (n / 100) as u32;
            assert_eq!(enter(&mut joins, n, n, from, start), Ok(()));
        }
        let wait = Duration::from_secs(8 * 3600);
        assert_eq!(
            enter(&mut joins, 500, 500, 9, start),
            Err(Crowded::Lesson(wait))
        );
        assert_eq!(enter(&mut joins, 7, 7, 9, start), Ok(()), "known");
        assert_eq!(
            enter(&mut joins, 500, 500, 9, start + wait),
            Ok(()),
            "tokens have expired"
        );
        let mut joins = Joins::default();
        for n in 0..500 {
            assert_eq!(enter(&mut joins, n, n, n as u32, start), Ok(()));
        }
        assert_eq!(
            enter_with(&mut joins, &BOUNDS, 2, (500, 0, 0), start),
            Ok(())
        );
        assert!(!joins.knows_device("device-7", 2, start));
        assert!(joins.knows_device("device-0", 2, start));
        assert!(!joins.knows_device("device-0", 3, start));
    }

    #[test]
    fn no_limit_is_no_limit_but_memory_is_bounded() {
        let bounds = JoinBounds {
            names_per_device: 0,
            people_per_address: 0,
            people: 0,
            ttl: BOUNDS.ttl,
        };
        let (mut joins, start) = (Joins::default(), Instant::now());
        for n in 0..MAX_PEOPLE + 100 {
            let now = start + Duration::from_micros(n as u64);
            assert_eq!(enter_with(&mut joins, &bounds, 1, (n, n, 0), now), Ok(()));
        }
        assert_eq!(
            (joins.people.len(), joins.devices.len()),
            (MAX_PEOPLE, MAX_PEOPLE)
        );
    }
}
