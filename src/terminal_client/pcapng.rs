//! The blocks of a pcapng file (draft-ietf-opsawg-pcapng), as far as one capture of raw IP packets
//! needs them: section header, interface description, enhanced packet.
//!
//! Pure: values in, bytes out. Numbers are written in little-endian order, which the file announces.

/// `LINKTYPE_RAW`: a packet begins with its IPv4 or IPv6 header.
const LINKTYPE_RAW: u16 = 101;
/// The length of a section, where it is not known beforehand.
const UNKNOWN_LENGTH: u64 = u64::MAX;

const SECTION_HEADER: u32 = 0x0A0D_0D0A;
const BYTE_ORDER: u32 = 0x1A2B_3C4D;
const INTERFACE: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

const OPT_END: u16 = 0;
const OPT_COMMENT: u16 = 1;
const IF_NAME: u16 = 2;
const SHB_USERAPPL: u16 = 4;

/// The beginning of a file with one interface.
pub(crate) fn beginning(program: &str, comment: &str, interface: &str) -> Vec<u8> {
    let mut section = Vec::new();
    section.extend(BYTE_ORDER.to_le_bytes());
    section.extend(1_u16.to_le_bytes()); // version 1.0
    section.extend(0_u16.to_le_bytes());
    section.extend(UNKNOWN_LENGTH.to_le_bytes());
    option(&mut section, OPT_COMMENT, comment);
    option(&mut section, SHB_USERAPPL, program);
    option(&mut section, OPT_END, "");
    let mut described = Vec::new();
    described.extend(LINKTYPE_RAW.to_le_bytes());
    described.extend(0_u16.to_le_bytes()); // reserved
    described.extend(0_u32.to_le_bytes()); // no limit to what is kept of a packet
    option(&mut described, IF_NAME, interface);
    option(&mut described, OPT_END, "");
    [
        block(SECTION_HEADER, &section),
        block(INTERFACE, &described),
    ]
    .concat()
}

/// One whole packet. `at`: microseconds since 1970.
pub(crate) fn packet(at: u64, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut body = Vec::with_capacity(bytes.len() + 24);
    body.extend(0_u32.to_le_bytes()); // the interface
    body.extend(((at >> 32) as u32).to_le_bytes());
    body.extend((at as u32).to_le_bytes());
    body.extend(length.to_le_bytes()); // as kept
    body.extend(length.to_le_bytes()); // as it was
    body.extend(bytes);
    pad(&mut body);
    block(ENHANCED_PACKET, &body)
}

/// Every block has type, length, body, and the length again.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 12).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(body.len() + 12);
    bytes.extend(kind.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(body);
    bytes.extend(length.to_le_bytes());
    bytes
}

/// An option has code, length and value.
fn option(bytes: &mut Vec<u8>, code: u16, value: &str) {
    let length = u16::try_from(value.len()).unwrap_or(0);
    bytes.extend(code.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(&value.as_bytes()[..length.into()]);
    pad(bytes);
}

/// Everything is aligned to 32 bits.
fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}
