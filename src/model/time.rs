//! Wall-clock time, as it is shown and stored.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = u64;

/// The present time in milliseconds since 1970.
pub fn unix_millis() -> Millis {
    // A clock before 1970 belongs to a machine without a battery; 0 is as wrong as its time.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_millis() as u64)
}
