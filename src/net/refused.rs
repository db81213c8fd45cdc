//! Handshakes of the chat that were refused a moment ago, for the person who made them: a browser hides
//! from its page why a handshake failed. A build without the feature `full` has `refused_none.rs`.
//!
//! An attempt is kept under the hash of the token that it carried, and is shown to whoever shows that
//! very token: they can make the same attempt again. Neither the token nor its signature is kept. An
//! attempt without a token is not kept, since nobody could prove that it was theirs.
//!
//! One lock, taken when a handshake is refused and when somebody asks.

use crate::model::time::{Millis, unix_millis};
use crate::net::client::Client;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Attempts that are kept in all: four of each page of a large class. The oldest makes room.
const MAX_KEPT: usize = 256;
/// Attempts with one token that are kept: the last tries of a page that reconnects.
const MAX_OF_ONE: usize = 4;
/// Bytes of an answer that are kept: a refusal has some 300, and quotes at most 300 more.
const MAX_ANSWER: usize = 1024;

/// A refused handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// When it was refused.
    pub(crate) at: Millis,
    /// The request's head, with the secrets blanked.
    pub(crate) request: Vec<u8>,
    /// The answer: a refusal, or a 101 and the Close behind it.
    pub(crate) answer: Vec<u8>,
}

/// The refused handshakes of a moment ago.
#[derive(Debug, Default)]
pub struct Refused {
    kept: Mutex<VecDeque<(Key, Attempt)>>,
}

/// Whose attempt it was: the hash of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// The key of what was tried with this token.
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl Refused {
    /// Keeps the attempt of `client` that gets this answer, if its request was recorded.
    pub(crate) fn note(&self, key: Option<Key>, client: &Client, answer: &[u8]) {
        let Some(key) = key else { return };
        let request = client.tap.opening();
        if !request.is_empty() {
            self.keep(key, request, answer);
        }
    }

    fn keep(&self, key: Key, request: Vec<u8>, answer: &[u8]) {
        let answer = answer[..answer.len().min(MAX_ANSWER)].to_vec();
        let attempt = Attempt {
            at: unix_millis(),
            request,
            answer,
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let own = kept.iter().filter(|(of, _)| *of == key).count();
        if own >= MAX_OF_ONE
            && let Some(oldest) = kept.iter().position(|(of, _)| *of == key)
        {
            kept.remove(oldest);
        }
        if kept.len() >= MAX_KEPT {
            kept.pop_front();
        }
        kept.push_back((key, attempt));
    }

    /// The attempts that carried this token, oldest first.
    pub(crate) fn of(&self, token: &str) -> Vec<Attempt> {
        let key = Key::of(token);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let own = kept.iter().filter(|(of, _)| *of == key);
        own.map(|(_, attempt)| attempt.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(refused: &Refused, token: &str) -> Vec<Vec<u8>> {
        let own = refused.of(token).into_iter();
        own.map(|attempt| attempt.answer).collect()
    }

    #[test]
    fn only_the_same_token_sees_its_last_attempts() {
        let refused = Refused::default();
        for n in 0..6 {
            refused.keep(Key::of("ann"), b"GET".to_vec(), &[n]);
        }
        refused.keep(Key::of("bob"), b"GET".to_vec(), &[9; 2 * MAX_ANSWER]);
        assert_eq!(answers(&refused, "ann"), [[2], [3], [4], [5]]);
        assert_eq!(answers(&refused, "bob"), [vec![9; MAX_ANSWER]]);
        assert!(answers(&refused, "").is_empty() && answers(&refused, "an").is_empty());
    }

    #[test]
    fn the_oldest_of_all_makes_room() {
        let refused = Refused::default();
        for n in 0..=MAX_KEPT {
            refused.keep(Key::of(&n.to_string()), b"GET".to_vec(), b"no");
        }
        assert!(refused.of("0").is_empty());
        assert_eq!(refused.of("1").len(), 1);
        let kept = refused.kept.lock().map(|kept| kept.len());
        assert_eq!(kept.ok(), Some(MAX_KEPT));
    }
}
