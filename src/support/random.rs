//! Randomness from the operating system, and opaque ids as text.

use std::io;

use crate::support::base32;

/// `N` unpredictable bytes.
///
/// # Errors
///
/// The operating system has no randomness.
pub(crate) fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// `N` unpredictable bytes in base32: 16 characters for 10 bytes.
///
/// # Errors
///
/// As [`bytes()`].
pub(crate) fn id<const N: usize>() -> io::Result<String> {
    Ok(base32::encode(&bytes::<N>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ() {
        let (one, other) = (id::<10>().unwrap(), id::<10>().unwrap());
        assert_eq!(one.len(), 16);
        assert_ne!(one, other);
    }
}
