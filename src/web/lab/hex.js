// Bytes as hex, bits and text, and the masking of RFC 6455 §5.3. Pure.

/** The bytes of hex digits, ignoring spaces; null if the text is not hex. */
export function fromHex(text) {
  const digits = text.replace(/[\s,:]|0x/gi, '');
  if (digits.length % 2 || /[^0-9a-f]/i.test(digits)) return null;
  return (digits.match(/../g) || []).map((pair) => parseInt(pair, 16));
}

/** A byte as two digits; "··" if it is not known yet. */
export const pair = (byte) => (byte === null ? '··' : byte.toString(16).padStart(2, '0'));

export const toHex = (bytes) => bytes.map(pair).join('');

/** Bytes in the form `48 65 6c`. */
export const spaced = (bytes) => bytes.map(pair).join(' ');

/** A byte as eight bits; dots if it is not known yet. */
export const bits = (byte) => (byte === null ? '········' : byte.toString(2).padStart(8, '0'));

export const utf8 = (text) => Array.from(new TextEncoder().encode(text));

/** "j = i MOD 4, transformed-octet-i = original-octet-i XOR masking-key-octet-j" (§5.3). */
export const masked = (bytes, key) => bytes.map((byte, i) => (
  byte === null || key[i % 4] === null ? null : byte ^ key[i % 4]));
