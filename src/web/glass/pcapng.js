// The blocks of a pcapng file (draft-ietf-opsawg-pcapng), as far as one capture of raw IP packets needs
// them: section header, interface description, enhanced packet. No DOM. Numbers are little-endian.

// A packet begins with its IPv4 or IPv6 header.
const LINKTYPE_RAW = 101;
const SECTION_HEADER = 0x0A0D0D0A;
const BYTE_ORDER = 0x1A2B3C4D;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;

const OPT_END = 0;
const OPT_COMMENT = 1;
const IF_NAME = 2;
const SHB_USERAPPL = 4;

const TWO_32 = 2 ** 32;

const u16 = (n) => [n & 255, (n >>> 8) & 255];
const u32 = (n) => [...u16(n & 65535), ...u16(n >>> 16)];

/** Puts arrays of bytes together. */
export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  parts.forEach((part) => {
    whole.set(part, at);
    at += part.length;
  });
  return whole;
}

/** Zeros up to the next 32 bits. */
const padding = (length) => new Uint8Array((4 - (length % 4)) % 4);

/** Every block has type, length, body, and the length again. */
function block(kind, ...body) {
  const length = body.reduce((sum, part) => sum + part.length, 12);
  return joined(u32(kind), u32(length), ...body, u32(length));
}

/** Options have code, length and value; the last one is empty. */
function options(...pairs) {
  const found = pairs.map(([code, words]) => {
    const value = new TextEncoder().encode(words);
    return joined(u16(code), u16(value.length), value, padding(value.length));
  });
  return joined(...found, u16(OPT_END), u16(0));
}

/** The beginning of a file with one interface. */
export function beginning(program, comment, name) {
  const unknown = [255, 255, 255, 255, 255, 255, 255, 255];
  return joined(
    block(SECTION_HEADER, u32(BYTE_ORDER), u16(1), u16(0), unknown, options([OPT_COMMENT, comment], [SHB_USERAPPL, program])),
    // No limit to what is kept of a packet.
    block(INTERFACE, u16(LINKTYPE_RAW), u16(0), u32(0), options([IF_NAME, name])));
}

/** One packet, of whose `length` bytes these are the first. `at`: microseconds since 1970. */
export function packet({ at, bytes, length, comment }) {
  return block(ENHANCED_PACKET, u32(0), u32(Math.floor(at / TWO_32)), u32(at % TWO_32), u32(bytes.length), u32(length),
    bytes, padding(bytes.length), options([OPT_COMMENT, comment]));
}
