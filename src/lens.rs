//! The glass walls: bytes of a WebSocket connection in, explanations out.
//!
//! Everything in here is **pure**: no socket, no thread, no clock (times are arguments, in
//! microseconds since whatever moment the caller chose), and no allocation that grows with what a
//! peer claims. It explains what is on the wire, right or wrong, and never panics on garbage; what
//! a server *does* about a broken rule is [`crate::websocket`]'s business.
//!
//! | file | owns |
//! |---|---|
//! | [`annotate`] | one connection: both directions, the ping ladder, the close ladder |
//! | [`frames`] | bytes of one direction into frames (RFC 6455 §5.2) |
//! | [`note`] | what there is to say about one frame |
//! | [`messages`] | fragments into messages (§5.4), UTF-8 across frames (§5.6, §8.1) |
//! | [`ladders`] | which Pong answers which Ping (§5.5.3); who began to close, who ended TCP (§7) |
//! | [`handshake`] | request head and response, rule by rule (§4.1, §4.2), and the accept key |
//! | [`head`] | reading heads that may be wrong, and blanking secrets in them |
//! | [`token`] | what a JSON Web Token says, read without its signature |
//! | [`ruler`], [`terminal_text`] | the same for a terminal |

pub(crate) mod annotate;
mod duties;
pub(crate) mod duty_note;
pub(crate) mod encode;
mod figure;
pub(crate) mod frames;
pub(crate) mod handshake;
pub(crate) mod head;
pub(crate) mod ladders;
pub(crate) mod messages;
pub(crate) mod note;
pub(crate) mod paint;
pub(crate) mod ruler;
pub(crate) mod terminal_text;
pub(crate) mod token;
