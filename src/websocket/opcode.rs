//! Opcodes: how to read a frame's payload (RFC 6455 §5.2).

/// The next fragment of a message that has begun (§5.4).
pub(crate) const CONTINUATION: u8 = 0x0;
/// A text message, or its first fragment.
pub(crate) const TEXT: u8 = 0x1;
/// A binary message, or its first fragment.
pub(crate) const BINARY: u8 = 0x2;
/// §5.5.1.
pub(crate) const CLOSE: u8 = 0x8;
/// §5.5.2.
pub(crate) const PING: u8 = 0x9;
/// §5.5.3.
pub(crate) const PONG: u8 = 0xA;

/// "Control frames are identified by opcodes where the most significant bit of the opcode is 1"
/// (§5.5).
pub(crate) const fn is_control(opcode: u8) -> bool {
    opcode & 0x8 != 0
}

/// Whether the opcode is "reserved for further" frames, so that no frame may have it yet.
pub(crate) const fn is_reserved(opcode: u8) -> bool {
    matches!(opcode, 0x3..=0x7 | 0xB..=0xF)
}

/// The opcode's name.
pub(crate) const fn name(opcode: u8) -> &'static str {
    match opcode {
        CONTINUATION => "continuation",
        TEXT => "text",
        BINARY => "binary",
        CLOSE => "close",
        PING => "ping",
        PONG => "pong",
        0x3..=0x7 => "reserved (data)",
        _ => "reserved (control)",
    }
}
