//! How many wrong class codes may be tried: by an address, and by everybody together.
//!
//! **Only wrong codes are counted, and a right one is accepted however many wrong ones there were.**
//! Otherwise one pupil could lock out a class that shares an address. That alone would not stop a
//! program, for which the answer "too many" is as good as "wrong". So there is a second, much larger
//! bound: beyond it, a code is not looked at, unless a device that has joined this lesson sends it.
//! No class reaches it by typing. Who shares the address of such a program waits until it stops, but
//! only if they are new; everybody else is not concerned.
//!
//! The cost of guessing: a code of six symbols is one of 387 million. From one address the bound
//! allows 10,000 codes at once and ten a second, which find it with a chance of 1 in 1,300 in a
//! school day of eight hours; from any number of addresses, 50 a second, 1 in 260. Without the bound,
//! a program that gets 3,000 answers a second finds it with a chance of 1 in 4. Short fixed codes
//! have a smaller bound, but no bound makes four letters safe, so that `glassroom check` and the log
//! warn of them.
//!
//! Time is an argument, and memory is bounded.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::auth::class_code::network::network;
use crate::support::debts::{Debts, Pace};

/// Wrong codes from one address that are answered as such: the typing mistakes of a class. Then they
/// are answered "too many", which slows down people who guess by hand.
const FROM_ADDRESS: Pace = Pace {
    free: 10,
    interval: Duration::from_secs(6),
};

/// The same for all addresses together: a school in which everybody mistypes once, and not a guesser
/// with many addresses.
const FROM_ALL: Pace = Pace {
    free: 60,
    interval: Duration::from_millis(100),
};

/// Wrong codes from one address after which codes are not looked at.
const UNSEEN_FROM_ADDRESS: Pace = Pace {
    free: 10_000,
    interval: Duration::from_millis(100),
};

/// The same for all addresses together.
const UNSEEN_FROM_ALL: Pace = Pace {
    free: 30_000,
    interval: Duration::from_millis(20),
};

/// The bounds for a code that is short: a class still mistypes freely, and four digits last for
/// hours and not for seconds.
const UNSEEN_FROM_ADDRESS_IF_SHORT: Pace = Pace {
    free: 300,
    interval: Duration::from_secs(2),
};

/// The same for all addresses together.
const UNSEEN_FROM_ALL_IF_SHORT: Pace = Pace {
    free: 900,
    interval: Duration::from_millis(400),
};

/// The most addresses remembered. When they are full, the one that would be forgiven first is
/// forgotten.
const MAX_ADDRESSES: usize = 4096;

/// The wrong codes that were tried.
#[derive(Debug)]
pub(crate) struct Attempts {
    told: Debts<IpAddr>,
    all_told: Debts<()>,
    looked_at: Debts<IpAddr>,
    all_looked_at: Debts<()>,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            told: Debts::new(MAX_ADDRESSES),
            all_told: Debts::new(1),
            looked_at: Debts::new(MAX_ADDRESSES),
            all_looked_at: Debts::new(1),
        }
    }
}

impl Attempts {
    /// Whether a code from `address` is looked at. `short`: the class code is.
    ///
    /// # Errors
    ///
    /// A program is guessing: how long to wait.
    pub(crate) fn may_try(
        &self,
        address: IpAddr,
        short: bool,
        now: Instant,
    ) -> Result<(), Duration> {
        let [from_address, from_all] = unseen(short);
        let address = self.looked_at.wait(&network(address), from_address, now);
        let all = self.all_looked_at.wait(&(), from_all, now);
        match address.max(all) {
            Duration::ZERO => Ok(()),
            wait => Err(wait),
        }
    }

    /// Counts a wrong code from `address` at `now`, which was looked at.
    ///
    /// # Errors
    ///
    /// There were too many: how long to wait before another wrong one is answered as such.
    pub(crate) fn wrong(
        &mut self,
        address: IpAddr,
        short: bool,
        now: Instant,
    ) -> Result<(), Duration> {
        let address = network(address);
        let [from_address, from_all] = unseen(short);
        let _ = self.looked_at.charge(&address, from_address, now);
        let _ = self.all_looked_at.charge(&(), from_all, now);
        self.told.charge(&address, FROM_ADDRESS, now)?;
        self.all_told.charge(&(), FROM_ALL, now)
    }
}

fn unseen(short: bool) -> [Pace; 2] {
    match short {
        true => [UNSEEN_FROM_ADDRESS_IF_SHORT, UNSEEN_FROM_ALL_IF_SHORT],
        false => [UNSEEN_FROM_ADDRESS, UNSEEN_FROM_ALL],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// The nth of many addresses.
    fn nth(n: u32) -> IpAddr {
        IpAddr::from((0x0A00_0000 + n).to_be_bytes())
    }

    #[test]
    fn ten_mistakes_are_free_then_one_each_six_seconds() {
        let mut attempts = Attempts::default();
        let (start, ann) = (Instant::now(), address("192.0.2.1"));
        let mut wrong = |now| attempts.wrong(ann, false, now);
        let interval = FROM_ADDRESS.interval;
        for _ in 0..FROM_ADDRESS.free {
            assert_eq!(wrong(start), Ok(()));
        }
        // Refused ones do not make it longer.
        for _ in 0..3 {
            assert_eq!(wrong(start), Err(interval));
        }
        let later = start + Duration::from_secs(2);
        assert_eq!(wrong(later), Err(Duration::from_secs(4)));
        let later = start + interval;
        assert_eq!(wrong(later), Ok(()));
        assert_eq!(wrong(later), Err(interval));
        let much_later = start + Duration::from_secs(3600);
        for _ in 0..FROM_ADDRESS.free {
            assert_eq!(wrong(much_later), Ok(()));
        }
        assert!(wrong(much_later).is_err());
    }

    #[test]
    fn addresses_are_counted_apart_but_ipv6_by_its_64_bits() {
        let mut attempts = Attempts::default();
        let now = Instant::now();
        let mut wrong = |address| attempts.wrong(address, false, now);
        for i in 0..FROM_ADDRESS.free {
            let one = address(&format!("2001:db8:0:1::{i:x}"));
            assert_eq!(wrong(one), Ok(()));
            assert_eq!(wrong(address("192.0.2.1")), Ok(()));
        }
        assert!(wrong(address("2001:db8:0:1:ffff::1")).is_err());
        assert!(wrong(address("2001:db8:0:2::1")).is_ok());
        assert!(wrong(address("::ffff:192.0.2.1")).is_err());
        assert!(wrong(address("192.0.2.2")).is_ok());
    }

    #[test]
    fn all_addresses_together_have_a_pace_too() {
        let mut attempts = Attempts::default();
        let start = Instant::now();
        for n in 0..FROM_ALL.free {
            assert_eq!(attempts.wrong(nth(n), false, start), Ok(()));
        }
        assert_eq!(
            attempts.wrong(nth(999), false, start),
            Err(FROM_ALL.interval)
        );
        let later = start + FROM_ALL.interval;
        assert_eq!(attempts.wrong(nth(999), false, later), Ok(()));
        // Codes are still looked at.
        assert_eq!(attempts.may_try(nth(999), false, start), Ok(()));
    }

    /// How many guesses a program gets looked at in this time, at a thousand a second.
    fn looked_at(seconds: u64, short: bool, from: impl Fn(u64) -> IpAddr) -> u64 {
        let mut attempts = Attempts::default();
        let start = Instant::now();
        let mut looked_at = 0;
        for n in 0..seconds * 1000 {
            let (from, now) = (from(n), start + Duration::from_millis(n));
            if attempts.may_try(from, short, now).is_ok() {
                looked_at += 1;
                let _ = attempts.wrong(from, short, now);
            }
        }
        looked_at
    }

    #[test]
    fn a_program_that_guesses_is_not_looked_at_for_long() {
        let one = |_| address("192.0.2.1");
        let many = |n: u64| nth((n % 3000) as u32);
        let one_network = |n: u64| {
            let address = (0x2001_0db8_u128 << 96) + u128::from(n);
            IpAddr::from(address.to_be_bytes())
        };
        for (seconds, looked_at, most) in [
            (60, looked_at(60, false, one), 10_000 + 60 * 10),
            (20, looked_at(20, false, one_network), 10_000 + 20 * 10),
            (60, looked_at(60, false, many), 30_000 + 60 * 50),
            // A code of four digits lasts for hours.
            (600, looked_at(600, true, one), 300 + 600 / 2),
            (60, looked_at(60, true, many), 900 + 60 * 5 / 2),
        ] {
            let bound = most - 1..=most;
            assert!(
                bound.contains(&looked_at),
                "{looked_at} of {most} in {seconds} s"
            );
        }
    }

    #[test]
    fn others_are_looked_at_while_one_address_guesses() {
        let mut attempts = Attempts::default();
        let (now, eve) = (Instant::now(), address("192.0.2.1"));
        while attempts.may_try(eve, false, now).is_ok() {
            let _ = attempts.wrong(eve, false, now);
        }
        assert_eq!(attempts.may_try(address("192.0.2.2"), false, now), Ok(()));
    }
}
