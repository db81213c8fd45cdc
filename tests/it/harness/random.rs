//! Chance that can be had again: a generator with a fixed start.

/// xorshift64: good enough to choose who talks next.
pub struct Random(u64);

impl Random {
    /// The same `start`, the same numbers.
    pub fn new(start: u64) -> Random {
        Random(start | 1)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }
}
