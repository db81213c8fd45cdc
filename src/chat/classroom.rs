//! The rules of a class: pure state, beside the hub.
//!
//! Each file is one rule. It is given the time and the persons as values, says what may happen, and
//! collects what has to be kept as changes of records. The hub calls it from one place, tells those
//! concerned, and hands the changes to the store.

pub(crate) mod approvals;
pub(crate) mod clearings;
pub(crate) mod door;
pub(crate) mod hands;
pub(crate) mod lobby;
pub(crate) mod poll;
pub(crate) mod polls;
pub(crate) mod raised;
pub(crate) mod reports;
pub(crate) mod sanction;
pub(crate) mod sanctions;
pub(crate) mod slow;
pub(crate) mod suspicion;
pub(crate) mod waiting;
pub(crate) mod whispers;
