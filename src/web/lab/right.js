// The right choice of each experiment, which is the same in every language.

const a = 'any-case no-host no-key version-8 right-token unknown-subprotocol bad-extension frame-before-101 '
  + 'binary length-125 length-65535 length-top-bit rsv1 reserved-data-opcode too-big '
  + 'three-fragments continuation-without-start ping-125 ping-126 utf8-surrogate utf8-split-letter '
  + 'close-3000 close-reason-123 close-1005 close-999 close-reason-not-utf8'
  + ' two-origins bare-lf slow-head many-fields ping-after-close utf8-overlong utf8-bom';
const b = 'handshake-right post-instead-of-get no-upgrade no-connection two-keys two-versions own-origin forged-token '
  + 'subprotocol-twice folded-header text length-126 length-65536 not-minimal-16 rsv2 reserved-control-opcode '
  + 'frame-in-two-packets ping-between-fragments close-between-fragments pong-unasked close-fragmented '
  + 'utf8-split-invalid close-1000 close-4000 close-one-byte close-1006 close-2999 close-reason-too-long hang-up'
  + ' long-key absolute-form unknown-path transfer-encoding limit-over-fragments pong-fragmented rsv-on-close utf8-cut-at-end utf8-noncharacters';
const c = 'http-1-0 two-hosts short-key no-version foreign-origin no-token extension-declined body-on-upgrade '
  + 'empty-message length-127 not-minimal-64 unmasked rsv3 key-of-zeros binary-to-chat '
  + 'empty-fragments interleaved ping ping-fragmented utf8-invalid '
  + 'close-empty close-1014 close-1004 close-1015 close-5000 data-after-close'
  + ' origin-null space-before-colon huge-head rsv1-declined unmasked-ping unmasked-close rsv-on-ping utf8-above utf8-nul';

const right = {};
Object.entries({ a, b, c }).forEach(([letter, slugs]) => slugs.split(' ').forEach((slug) => { right[slug] = letter; }));
export default right;
