//! RFC 6455, the server's half: the handshake (§4), frames (§5), and closing (§7).
//!
//! Only this folder knows the bits of the WebSocket protocol. The chat works with text and with
//! finished frames.

pub(crate) mod close;
pub(crate) mod frame;
pub(crate) mod frame_header;
pub(crate) mod guard;
pub(crate) mod handshake;
pub(crate) mod handshake_rule;
pub(crate) mod handshake_rules;
pub(crate) mod opcode;
pub(crate) mod rules;
pub(crate) mod rulings;
pub(crate) mod violations;

/// The sentences of the tables are compared with the text of the RFC.
#[cfg(test)]
#[path = "../tests/it/quotations/rfc.rs"]
pub(crate) mod quotations;
