//! The masking keys of a client: fresh for each frame, and unpredictable (RFC 6455 §5.3).
//!
//! Judged at the end of an exam, because most faults of a client have nothing to do with its keys.
//! Control frames have keys, too. A generator that starts from the same seed in each run shows only
//! on the next connection, so a few keys of a person are remembered.

use crate::lens::note::{FrameNote, Hex};
use crate::tasks::fault::Fault;
use crate::tasks::laws::{FRESH_KEY, UNPREDICTABLE};
use crate::tasks::texts_frames as texts;
use crate::tasks::unmask::Key;
use crate::tasks::words::Text;
use std::collections::VecDeque;

/// Frames of one connection whose keys are judged. Among more, two equal ones would be no proof.
const MAX_KEYS: usize = 64;
/// Keys of one connection that are remembered.
const OF_ONE_CONNECTION: usize = 4;
/// Keys of one person that are remembered: those of the last 16 connections.
const MAX_REMEMBERED: usize = 64;
/// Keys that are needed to call what they have in common a habit.
const HABIT: usize = 3;

/// The key of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Used {
    frame: u64,
    name: &'static str,
    key: Key,
}

/// The keys of one connection, in the order of its frames.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<Used>);

/// The keys of a person's last connections.
#[derive(Debug, Default)]
pub(super) struct Remembered(VecDeque<Key>);

impl Remembered {
    /// Remembers the first keys of a connection.
    pub(super) fn add(&mut self, keys: &Keys) {
        for used in keys.0.iter().take(OF_ONE_CONNECTION) {
            if self.0.len() >= MAX_REMEMBERED {
                self.0.pop_front();
            }
            self.0.push_back(used.key);
        }
    }
}

impl Keys {
    /// Takes the key of a frame.
    pub(super) fn add(&mut self, note: &FrameNote) {
        let key = note.key.as_ref().map(|Hex(key)| &key[..]);
        if let Some(key) = key.and_then(|key| Key::try_from(key).ok())
            && self.0.len() < MAX_KEYS
        {
            self.0.push(Used {
                frame: note.number,
                name: note.name,
                key,
            });
        }
    }

    /// What is wrong with the keys; `earlier` are those of connections before this one.
    pub(super) fn judge(&self, earlier: &Remembered) -> Result<(), Fault> {
        self.judge_zero()?;
        self.judge_equal()?;
        self.judge_pattern()?;
        let again = self.0.iter().find(|used| earlier.0.contains(&used.key));
        let Some(used) = again else {
            return Ok(());
        };
        Err(Fault::new(
            UNPREDICTABLE,
            texts::KNOWN_KEY.with(&[
                ("frame", &used.frame),
                ("name", &used.name),
                ("key", &shown(used.key)),
            ]),
        ))
    }

    fn judge_zero(&self) -> Result<(), Fault> {
        let Some(used) = self.0.iter().find(|used| used.key == [0; 4]) else {
            return Ok(());
        };
        Err(Fault::new(
            UNPREDICTABLE,
            texts::ZERO_KEY.with(&[("frame", &used.frame), ("name", &used.name)]),
        ))
    }

    fn judge_equal(&self) -> Result<(), Fault> {
        for (n, later) in self.0.iter().enumerate() {
            if let Some(first) = self.0[..n].iter().find(|used| used.key == later.key) {
                return Err(Fault::new(
                    FRESH_KEY,
                    texts::SAME_KEY.with(&[
                        ("first", &first.frame),
                        ("first_name", &first.name),
                        ("later", &later.frame),
                        ("later_name", &later.name),
                        ("key", &shown(first.key)),
                    ]),
                ));
            }
        }
        Ok(())
    }

    fn judge_pattern(&self) -> Result<(), Fault> {
        let Some(pattern) = self.pattern() else {
            return Ok(());
        };
        let keys: Vec<String> = self
            .0
            .iter()
            .take(HABIT)
            .map(|used| shown(used.key))
            .collect();
        Err(Fault::new(
            UNPREDICTABLE,
            texts::PATTERN.with(&[("keys", &keys.join(", ")), ("pattern", &pattern)]),
        ))
    }

    /// What the keys have in common, if that cannot be chance.
    fn pattern(&self) -> Option<Text> {
        let keys: Vec<Key> = self.0.iter().map(|used| used.key).collect();
        if keys.len() < HABIT {
            return None;
        }
        let has_equal_steps = |number: fn(Key) -> u32| {
            keys.windows(HABIT).any(|keys| {
                let step = |from: Key, to: Key| number(to).wrapping_sub(number(from));
                step(keys[0], keys[1]) == step(keys[1], keys[2])
            })
        };
        if has_equal_steps(u32::from_be_bytes) || has_equal_steps(u32::from_le_bytes) {
            return Some(texts::EQUAL_STEPS);
        }
        let is_constant = |i: &usize| keys.iter().all(|key| key[*i] == keys[0][*i]);
        if (0..4).filter(is_constant).count() >= 2 {
            return Some(texts::CONSTANT_BYTES);
        }
        let is_uniform = |key: &Key| key.iter().all(|byte| *byte == key[0]);
        keys.iter().all(is_uniform).then_some(texts::ONE_BYTE)
    }
}

fn shown(key: Key) -> String {
    Hex(key.to_vec()).spaced()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::words::Language;

    fn keys(numbers: &[u32]) -> Keys {
        let used = numbers.iter().enumerate().map(|(n, number)| Used {
            frame: n as u64 + 1,
            name: "text",
            key: number.to_be_bytes(),
        });
        Keys(used.collect())
    }

    #[test]
    fn keys_have_to_be_fresh_and_unpredictable() {
        let none = Remembered::default();
        for good in [
            &[][..],
            &[0x37fa213d],
            &[7, 9],
            &[0x37fa213d, 0x9b01c2d3, 0x00000001],
        ] {
            assert_eq!(keys(good).judge(&none), Ok(()), "{good:x?}");
        }
        for (bad, law) in [
            (&[0][..], UNPREDICTABLE),
            (&[7, 7], FRESH_KEY),
            (&[7, 9, 7], FRESH_KEY),
            (&[1, 2, 3], UNPREDICTABLE),
            (&[u32::MAX - 1, 1, 4], UNPREDICTABLE),
            (&[0x01000000, 0x02000000, 0x03000000], UNPREDICTABLE),
            (&[0x09090901, 0x0909fe05, 0x0909aa07], UNPREDICTABLE),
            (&[0x01010101, 0x77777777, 0x20202020], UNPREDICTABLE),
        ] {
            let fault = keys(bad).judge(&none).expect_err("bad keys");
            assert_eq!(fault.law, law, "{bad:x?}: {:?}", fault.what);
        }
    }

    #[test]
    fn a_key_of_an_earlier_connection_is_known_and_the_memory_is_bounded() {
        let mut earlier = Remembered::default();
        earlier.add(&keys(&[5, 0x0abc, 0x7777_0001]));
        let fault = keys(&[0x1234_5678, 0x0abc])
            .judge(&earlier)
            .expect_err("known");
        let what = fault.what.of(Language::En);
        assert!(what.contains("Frame 2 ") && what.contains("00 00 0a bc"));
        for n in 0..100 {
            earlier.add(&keys(&[1000 + n, 2000 + n, 3000 + n, 4000 + n, 5000 + n]));
        }
        assert_eq!(earlier.0.len(), MAX_REMEMBERED);
        assert_eq!(keys(&[0x0abc]).judge(&earlier), Ok(()));
        assert_eq!(
            keys(&[5099]).judge(&earlier),
            Ok(()),
            "the fifth is not kept"
        );
    }
}
