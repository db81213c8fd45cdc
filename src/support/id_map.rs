//! Maps whose keys are numbers that this server makes.
//!
//! std's hasher protects against keys that an attacker has chosen to collide. Nobody can choose
//! these keys: a counter gives connections and persons their numbers, and fingerprints are keyed
//! hashes already. Hashing them well would cost more than the rest of the lookup.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map with such keys.
pub(crate) type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<NumberHasher>>;

/// Hashes a number with one multiplication.
///
/// std's map chooses the bucket by the low bits of a hash, and compares the highest seven before
/// it compares keys. An odd factor gives consecutive numbers different low bits, so that they do
/// not collide; and the high bits depend on every bit of the number, so that keys that share a
/// bucket are told apart without being looked at.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|byte| self.write_u64(u64::from(*byte)));
    }
    fn write_u64(&mut self, number: u64) {
        // 2^64 over the golden ratio (Knuth's multiplicative hashing); it is odd.
        self.0 = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::BuildHasher;

    #[test]
    fn consecutive_numbers_differ_where_the_map_looks() {
        let build = BuildHasherDefault::<NumberHasher>::default();
        let hash = |n: u64| build.hash_one(n);
        let high: std::collections::HashSet<u64> = (0..128).map(|n| hash(n) >> 57).collect();
        assert!(high.len() > 64, "{}", high.len());
        let low: std::collections::HashSet<u64> = (0..128).map(|n| hash(n) & 127).collect();
        assert_eq!(low.len(), 128);
        let mut map = IdMap::default();
        (0..1000u64).for_each(|n| assert!(map.insert(n, n).is_none()));
        assert!((0..1000).all(|n| map.get(&n) == Some(&n)));
    }
}
