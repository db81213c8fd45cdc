//! Maps whose keys are numbers that this server makes.
//!
//! std's hasher protects against keys that an attacker has chosen to collide. Nobody can choose
//! these keys: a counter gives connections and persons their numbers, and refs are found by keyed
//! hashes. Hashing them well would cost more than the rest of the lookup.

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
///
/// Words and texts are taken in eight bytes at a time. That tells two texts of one person apart, but is for
/// no map whose keys somebody else may choose.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u64(&mut self, number: u64) {
        // 2^64 over the golden ratio (Knuth's multiplicative hashing); it is odd.
        self.0 = (self.0.rotate_left(26) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
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

    #[test]
    fn texts_that_differ_anywhere_have_other_hashes() {
        let build = BuildHasherDefault::<NumberHasher>::default();
        let mut texts = vec!["a".repeat(40)];
        for at in 1..40 {
            for other in ["b", "\u{1}", "\0", "á", "好", ""] {
                let mut text = texts[0].clone();
                text.replace_range(at..at + 1, other);
                texts.push(text.clone());
                text.replace_range(0..1, "c");
                texts.push(text);
            }
        }
        let all: std::collections::HashSet<String> = texts.into_iter().collect();
        let hashes: std::collections::HashSet<u64> =
            all.iter().map(|text| build.hash_one(text)).collect();
        assert_eq!(hashes.len(), all.len());
    }
}
