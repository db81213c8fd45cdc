//! Glassroom: a chat room with glass walls.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod auth;
pub mod banner;
pub mod chat;
pub mod config;
pub mod connection;
pub mod http;
pub mod listener;
pub mod places;
pub mod server;
pub mod websocket;
