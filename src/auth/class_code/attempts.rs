//! How many wrong class codes an address may try.
//!
//! Only wrong codes are counted: a right one is never delayed. Otherwise one pupil could lock out a
//! class that shares an address. Time is an argument, and memory is bounded.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Wrong codes that an address may try at once: the typing mistakes of a class behind one address.
const FREE: u32 = 10;

/// Time after which one more wrong code is allowed.
const INTERVAL: Duration = Duration::from_secs(6);

/// The most addresses remembered. When they are full, the one that would be forgiven first is
/// forgotten.
const MAX_ADDRESSES: usize = 4096;

/// The wrong codes of each address, as the time when all of them will be forgiven.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    forgiven_at: HashMap<IpAddr, Instant>,
}

impl Attempts {
    /// Counts a wrong code from `address` at `now`.
    ///
    /// # Errors
    ///
    /// There were too many: how long to wait. This one is not counted, so that trying on does not
    /// make the wait longer.
    pub(crate) fn wrong(&mut self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let address = network(address);
        let debt = self.debt(address, now) + INTERVAL;
        match debt.checked_sub(INTERVAL * FREE) {
            None | Some(Duration::ZERO) => {
                self.make_room(address, now);
                self.forgiven_at.insert(address, now + debt);
                Ok(())
            }
            Some(wait) => Err(wait),
        }
    }

    fn debt(&self, address: IpAddr, now: Instant) -> Duration {
        let forgiven_at = self.forgiven_at.get(&address);
        forgiven_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now))
    }

    fn make_room(&mut self, address: IpAddr, now: Instant) {
        if self.forgiven_at.len() < MAX_ADDRESSES || self.forgiven_at.contains_key(&address) {
            return;
        }
        self.forgiven_at.retain(|_, at| *at > now);
        if self.forgiven_at.len() == MAX_ADDRESSES {
            let oldest = self.forgiven_at.iter().min_by_key(|(_, at)| **at);
            if let Some(oldest) = oldest.map(|(address, _)| *address) {
                self.forgiven_at.remove(&oldest);
            }
        }
    }
}

/// What counts as one address: an IPv4 address, or the /64 network from which one IPv6 host can
/// take its addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// How long `address` has to wait from `now` on before it may try another wrong code.
    fn retry_after(attempts: &Attempts, address: IpAddr, now: Instant) -> Duration {
        (attempts.debt(network(address), now) + INTERVAL).saturating_sub(INTERVAL * FREE)
    }

    #[test]
    fn ten_mistakes_are_free_then_one_each_six_seconds() {
        let mut attempts = Attempts::default();
        let (start, ann) = (Instant::now(), address("192.0.2.1"));
        for _ in 0..FREE {
            assert_eq!(retry_after(&attempts, ann, start), Duration::ZERO);
            assert_eq!(attempts.wrong(ann, start), Ok(()));
        }
        // Refused ones do not make it longer.
        for _ in 0..3 {
            assert_eq!(attempts.wrong(ann, start), Err(INTERVAL));
            assert_eq!(retry_after(&attempts, ann, start), INTERVAL);
        }
        let later = start + Duration::from_secs(2);
        assert_eq!(attempts.wrong(ann, later), Err(Duration::from_secs(4)));
        let later = start + INTERVAL;
        assert_eq!(attempts.wrong(ann, later), Ok(()));
        assert_eq!(attempts.wrong(ann, later), Err(INTERVAL));
        let much_later = start + Duration::from_secs(3600);
        for _ in 0..FREE {
            assert_eq!(attempts.wrong(ann, much_later), Ok(()));
        }
        assert!(attempts.wrong(ann, much_later).is_err());
    }

    #[test]
    fn addresses_are_counted_apart_but_ipv6_by_its_64_bits() {
        let mut attempts = Attempts::default();
        let now = Instant::now();
        for i in 0..FREE {
            let one = address(&format!("2001:db8:0:1::{i:x}"));
            assert_eq!(attempts.wrong(one, now), Ok(()));
            assert_eq!(attempts.wrong(address("192.0.2.1"), now), Ok(()));
        }
        assert!(
            attempts
                .wrong(address("2001:db8:0:1:ffff::1"), now)
                .is_err()
        );
        assert!(attempts.wrong(address("2001:db8:0:2::1"), now).is_ok());
        assert!(attempts.wrong(address("::ffff:192.0.2.1"), now).is_err());
        assert!(attempts.wrong(address("192.0.2.2"), now).is_ok());
    }

    #[test]
    fn the_oldest_of_too_many_addresses_is_forgotten() {
        let mut attempts = Attempts::default();
        let start = Instant::now();
        let nth = |i: usize| IpAddr::from((i as u32 + 0x0A00_0000).to_be_bytes());
        for i in 0..MAX_ADDRESSES {
            let now = start + Duration::from_micros(i as u64);
            assert_eq!(attempts.wrong(nth(i), now), Ok(()));
        }
        let now = start + Duration::from_secs(1);
        assert_eq!(attempts.wrong(nth(MAX_ADDRESSES), now), Ok(()));
        assert_eq!(attempts.forgiven_at.len(), MAX_ADDRESSES);
        assert!(!attempts.forgiven_at.contains_key(&nth(0)));
        // A full map drops all addresses that are forgiven at once.
        let now = start + Duration::from_secs(60);
        assert_eq!(attempts.wrong(nth(MAX_ADDRESSES + 1), now), Ok(()));
        assert_eq!(attempts.forgiven_at.len(), 1);
    }
}
