//! The routes of plain HTTP: the pages, the API, downloads and the guide.
//!
//! The minimal build has the plain pages, joining, sessions, the poster, the wall, forgetting and metrics.
//! The routes that need the feature `full` are reached from `feature_routes.rs` only.

mod api;
mod asset;
mod encoding;
mod feature_routes;
mod files;
mod forgetting;
mod health;
mod join;
mod links_admin;
mod pages;
#[cfg(feature = "full")]
mod percent;
mod personal;
mod post;
mod poster;
mod require;
mod revoking;
mod token_response;
mod wall;

#[cfg(feature = "full")]
mod demo;
#[cfg(feature = "full")]
mod downloads;
#[cfg(feature = "full")]
mod full;
#[cfg(feature = "full")]
mod learn;
#[cfg(not(feature = "full"))]
mod minimal;
#[cfg(feature = "full")]
mod register;
mod routes;
#[cfg(feature = "full")]
mod streamed;

pub(crate) use routes::serve;
