// Bytes as people read them: hex, text, and the mask of RFC 6455 §5.3. Pure.

/** The bytes of hex digits, blanks ignored; null if it is not hex. */
export function fromHex(text) {
  const digits = text.replace(/[\s,:]|0x/gi, '');
  if (digits.length % 2 || /[^0-9a-f]/i.test(digits)) return null;
  return (digits.match(/../g) || []).map((pair) => parseInt(pair, 16));
}

/** Two digits a byte; a byte that is not known yet is "··". */
export const pair = (byte) => (byte === null ? '··' : byte.toString(16).padStart(2, '0'));

export const toHex = (bytes) => bytes.map(pair).join('');

/** As `48 65 6c`. */
export const spaced = (bytes) => bytes.map(pair).join(' ');

/** Eight digits; bits of a byte that is not known are dots. */
export const bits = (byte) => (byte === null ? '········' : byte.toString(2).padStart(8, '0'));

export const utf8 = (text) => Array.from(new TextEncoder().encode(text));

/** "j = i MOD 4, transformed-octet-i = original-octet-i XOR masking-key-octet-j" (§5.3). */
export const masked = (bytes, key) => bytes.map((byte, i) => (
  byte === null || key[i % 4] === null ? null : byte ^ key[i % 4]));
