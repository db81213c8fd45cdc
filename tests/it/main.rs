//! The integration tests, one binary: the real server, tested with bytes, with other people's
//! clients, and with a browser.
//!
//! Modules under `full` test parts that the minimal build does not have: the protocol view, the lab,
//! the tasks, the guide, the store, and `glassroom wire`.

#[cfg(feature = "full")]
mod absent;
#[cfg(feature = "full")]
mod approval;
#[cfg(feature = "full")]
mod assets;
mod attempts;
mod backfill;
mod bench;
mod bots;
mod boundaries;
mod bounds;
mod chat;
mod classes;
mod classroom;
#[cfg(feature = "full")]
mod clearing;
mod cli;
mod clients;
#[cfg(feature = "cluster")]
mod cluster;
mod code_texts;
mod conformance;
#[cfg(feature = "full")]
mod devices;
mod door;
mod echo;
mod edits;
mod fields;
#[cfg(feature = "full")]
mod hands;
mod handshake;
mod handshake_cases;
mod harness;
mod heartbeat;
mod help;
mod hour;
mod http_edges;
mod joins;
mod journal;
mod lessons;
mod limits;
mod links;
mod log_file;
#[cfg(feature = "full")]
mod memory;
mod messages;
mod metrics;
mod minimal;
mod names;
mod nesting;
mod next_lesson;
#[cfg(feature = "full")]
mod operating;
mod options;
mod overload;
mod packaging;
mod past_lessons;
mod places;
mod polls;
mod poster;
mod posting;
mod quotations;
#[cfg(feature = "full")]
mod refused;
mod reminders;
#[cfg(feature = "full")]
mod reports;
#[cfg(feature = "full")]
mod restoring;
mod resume;
#[cfg(feature = "full")]
mod retries;
mod revoke;
mod rights;
mod room_news;
mod rooms;
#[cfg(feature = "full")]
mod sanctions;
mod schema;
mod secrets;
mod service;
mod sessions;
mod status;
mod suspects;
#[cfg(feature = "full")]
mod temporary;
mod tidy;
mod tidy_chinese;
mod tidy_docs;
mod tidy_look;
mod tidy_terms;
mod tidy_web;
mod tokens;
#[cfg(feature = "full")]
mod wall;
#[cfg(feature = "full")]
mod whispers;
mod wire;

#[cfg(feature = "full")]
mod broken;
mod bundles;
#[cfg(feature = "full")]
mod cdp;
#[cfg(feature = "full")]
mod claims;
#[cfg(feature = "full")]
mod class_ends;
#[cfg(feature = "full")]
mod class_list;
#[cfg(feature = "full")]
mod countdowns;
#[cfg(feature = "full")]
mod damage;
#[cfg(feature = "full")]
mod forgetting;
#[cfg(feature = "full")]
mod guide_claims_new;
#[cfg(feature = "full")]
mod lab;
#[cfg(feature = "full")]
mod lab_bounds;
#[cfg(feature = "full")]
mod lens;
#[cfg(feature = "full")]
mod lens_calls;
#[cfg(feature = "full")]
mod lens_endings;
#[cfg(feature = "full")]
mod page;
#[cfg(feature = "full")]
mod reads;
#[cfg(feature = "full")]
mod register;
#[cfg(feature = "full")]
mod tasks;
#[cfg(feature = "full")]
mod tidy_page;
#[cfg(feature = "full")]
mod upkeep;
#[cfg(feature = "full")]
mod wire_cli;
#[cfg(feature = "full")]
mod wire_exam;
#[cfg(feature = "full")]
mod zones;
