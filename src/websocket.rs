//! RFC 6455, the server's half: the handshake (§4), frames (§5), and closing (§7).
//!
//! Everything that knows bits of the WebSocket protocol is in here; the chat behind it knows only
//! text and ready-made frames.

pub mod close;
pub mod frame;
pub mod frame_header;
pub mod guard;
pub mod handshake;
pub mod handshake_rules;
pub mod opcode;
pub mod rules;
