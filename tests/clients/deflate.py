"""The figures of the guide's chapter on compression, with the standard library alone. Driven by
tests/it/guide_claims_new.rs; prints one JSON object."""
import json
import time
import zlib

TAIL = b"\x00\x00\xff\xff"
TEXTS = ["Good morning", "Does the mask key change with each frame?", "Yes, for every frame",
         "And who checks that?", "The server", "Why is mine 6 bytes longer?",
         "Because of the mask and its key", "Thank you"]


def event(n, text):
    fields = {"type": "message", "room": "lobby", "seq": n + 1, "at": 1795452891022 + n * 4711,
              "from": {"id": "eqs6lnyqph", "name": "Ann"}, "text": text}
    return json.dumps(fields, separators=(",", ":")).encode()


def compressor():
    return zlib.compressobj(6, zlib.DEFLATED, -15)


def message(compress, payload):
    """RFC 7692, section 7.2.1."""
    data = compress.compress(payload) + compress.flush(zlib.Z_SYNC_FLUSH)
    assert data.endswith(TAIL)
    return data[:-4]


def sizes(each):
    lengths = [len(each(payload)) for payload in events]
    return [sum(lengths), lengths[0], lengths[-1]]


events = [event(n, text) for n, text in enumerate(TEXTS)]
lasting = compressor()
rows = [sizes(lambda payload: payload), sizes(lambda payload: message(compressor(), payload)),
        sizes(lambda payload: message(lasting, payload))]
begun = time.perf_counter()
for n in range(4000):
    message(lasting, events[n % 8])
micros = (time.perf_counter() - begun) / 4000 * 1e6
bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
bomb = len(bomb.compress(bytes(64 << 20)) + bomb.flush())
guesses = [len(zlib.compress(b"token=K7RM2W&token=" + guess, 9)) for guess in (b"K", b"A")]
unpacked = zlib.decompressobj(-15).decompress(bytes.fromhex("f248cdc9c90700") + TAIL).decode()
final = zlib.decompressobj(-15).decompress(bytes.fromhex("f348cdc9c9070000") + TAIL).decode()
print(json.dumps({"hello": message(compressor(), b"Hello").hex(" "), "rows": rows, "micros": micros,
                  "bomb": bomb, "guesses": guesses, "unpacked": [unpacked, final]}))
