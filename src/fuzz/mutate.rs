//! Mutations of a seed, by a small generator that a number makes reproducible.

/// xorshift64.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        // Mixed, so that neighbouring seeds do not begin alike.
        Random((seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `bound`, or 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 11) as usize % bound.max(1)
    }
}

/// Bytes at which parsers change their mind.
const BYTES: [u8; 22] = [
    0, 1, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x88, 0x89, 0xc0, 0xed, 0xf4, 0xfe, 0xff, b'\r', b'\n',
    b'"', b'\\', b':', b',', b'[', b'{',
];

/// Lengths at which fields change their form, or overflow.
const LENGTHS: [u64; 10] = [
    0,
    125,
    126,
    127,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0xffff_ffff,
    i64::MAX as u64,
    u64::MAX,
];

/// Openings that nest, and what closes them.
const NESTS: [(&[u8], &[u8]); 4] = [
    (b"[", b"]"),
    (b"{\"a\":", b"}"),
    (b"[{\"steps\":", b"}]"),
    (b"\"", b"\""),
];

/// The longest input, so that a run tries many.
const LONGEST: usize = 64 * 1024;

/// A mutation of one of the seeds; a few at once, because most rules need two mistakes.
pub(super) fn mutate(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        once(&mut bytes, seeds, random);
        bytes.truncate(LONGEST);
    }
    bytes
}

fn once(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len());
    let end = at + random.below((bytes.len() - at).min(64) + 1);
    match random.below(10) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
        1 if !bytes.is_empty() => bytes[at] = BYTES[random.below(BYTES.len())],
        2 => bytes.insert(at, BYTES[random.below(BYTES.len())]),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let piece = bytes[at..end].to_vec();
            let to = random.below(bytes.len() + 1);
            bytes.splice(to..to, piece.repeat(1 + random.below(8)));
        }
        5 => {
            let other = &seeds[random.below(seeds.len())];
            let from = random.below(other.len());
            bytes.splice(at.., other[from..].iter().copied());
        }
        6 => {
            let length = LENGTHS[random.below(LENGTHS.len())].wrapping_add(random.below(3) as u64);
            let width = [1, 2, 4, 8][random.below(4)];
            let end = (at + width).min(bytes.len());
            bytes.splice(at..end, length.to_be_bytes()[8 - width..].iter().copied());
        }
        7 => {
            let (open, close) = NESTS[random.below(NESTS.len())];
            let depth = [1, 126, 127, 128, 129, 5000][random.below(6)];
            let inner = bytes[at..end].to_vec();
            let nested = [open.repeat(depth), inner, close.repeat(depth)].concat();
            bytes.splice(at..end, nested);
        }
        8 => bytes.truncate(at),
        _ => {
            let number = LENGTHS[random.below(LENGTHS.len())].to_string();
            bytes.splice(at..at, number.into_bytes());
        }
    }
}

/// A smaller input that still fails: pieces are left out as long as that holds. `budget`: how often to
/// try.
pub(super) fn minimise(input: &[u8], fails: impl Fn(&[u8]) -> bool, mut budget: usize) -> Vec<u8> {
    let mut smallest = input.to_vec();
    let mut piece = smallest.len().div_ceil(2);
    while piece > 0 {
        let mut at = 0;
        while at < smallest.len() {
            if budget == 0 {
                return smallest;
            }
            budget -= 1;
            let mut without = smallest.clone();
            without.drain(at..(at + piece).min(smallest.len()));
            match fails(&without) {
                true => smallest = without,
                false => at += piece,
            }
        }
        piece /= 2;
    }
    smallest
}

#[test]
fn what_fails_is_minimised() {
    let fails = |bytes: &[u8]| bytes.windows(2).any(|two| two == b"ab");
    let input = b"xxxxxxxxxxxxabxxxxxxxxxxxxxx";
    assert_eq!(minimise(input, fails, 1000), b"ab");
}
