//! The annotator: bytes of a WebSocket connection in, explanations out.
//!
//! Everything here is **pure**: no socket, no thread, no clock (times are arguments, in microseconds
//! since a moment that the caller chooses), and no allocation that grows with the length that a peer
//! claims. The annotator explains right and wrong bytes alike and never panics on garbage. How a
//! server *reacts* to a broken rule is the concern of [`crate::websocket`]. The protocol view, which
//! shows a live connection through the annotator, is [`crate::glass`].
//!
//! | file | owns |
//! |---|---|
//! | [`annotate`] | one connection: both directions, and its two ladders |
//! | [`frames`] | bytes of one direction into frames (RFC 6455 §5.2) |
//! | [`note`] | the description of a frame and of a message |
//! | [`messages`] | fragments into messages (§5.4), UTF-8 across frames (§5.6, §8.1) |
//! | [`ladders`] | which Pong answers which Ping (§5.5.3); which end began to close, which ended TCP (§7) |
//! | [`handshake`], `duties`, [`duty_note`] | request and response head, rule by rule (§4.1, §4.2), and the accept key |
//! | [`head`] | reading heads that may be malformed, and blanking secrets in them |
//! | [`token`] | a JSON Web Token, read without its signature |
//! | [`encode`] | frames of a client, right or wrong |
//! | [`ruler`], `figure`, [`terminal_text`], [`paint`] | the same descriptions as text for a terminal |

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
