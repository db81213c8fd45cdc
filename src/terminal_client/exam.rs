//! `glassroom wire --exam URL`: examines a server that somebody wrote, as the tasks examine clients.
//!
//! One thread asks one question after another, each on connections of its own, so that a server that
//! serves one connection at a time can be examined, too. Each question has a verdict: what was sent,
//! what was read, which section of RFC 6455 says so, and how firmly (MUST, SHOULD, MAY, or the server's
//! choice). A question whose answer another verdict already gave is skipped, so that one fault has one
//! verdict.
//!
//! | file | owns |
//! |---|---|
//! | `verdict` | outcomes, and what a probe finds |
//! | `connection` | one connection to the server: its handshake, and the frames that it sends |
//! | `examiner` | what every probe needs: how to connect, what the server does by itself, what was seen |
//! | `judge` | what a reaction means: an echo, a failed connection, a Close |
//! | `opening`, `refusals`, `frames`, `faulty_frames`, `fragments`, `texts`, `pings`, `closing`, `endurance` | the probes |
//! | `watched` | rules that every frame of the server has to obey |
//! | `catalogue` | all probes in the order in which one learns |
//! | `run` | asks them, and keeps within the time |
//! | `report` | the verdicts for a person or for a program |

mod catalogue;
mod closing;
mod connection;
mod endurance;
mod examiner;
mod faulty_frames;
mod fragments;
mod frames;
mod judge;
mod opening;
mod pings;
mod probe;
mod refusals;
mod report;
mod run;
mod texts;
mod verdict;
mod watched;

pub(crate) use run::run;
