"""What TLS adds to a WebSocket, measured in memory with the standard library: no network, no proxy. The figures
of the guide's chapter on TLS. Driven by tests/it/guide_claims_new.rs; prints one JSON object.

usage: tls.py CERTIFICATE KEY      made with `openssl req -x509`
"""
import json
import ssl
import sys

REQUEST = (b"GET /echo HTTP/1.1\r\nHost: chat.example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
# "Hello" from RFC 6455, section 5.7, masked.
HELLO = bytes.fromhex("818537fa213d7f9f4d5158")


class Side:
    def __init__(self, context, **how):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, **how)
        self.sent = 0

    def step(self):
        try:
            self.tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False

    def pass_to(self, other):
        wire = self.outgoing.read()
        self.sent += len(wire)
        other.incoming.write(wire)
        return wire


certificate, key = sys.argv[1:]
server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(certificate, key)
client_context = ssl.create_default_context(cafile=certificate)
client = Side(client_context, server_hostname="chat.example.org")
server = Side(server_context, server_side=True)
done = [False, False]
flights = 0
while not all(done):
    for n, (side, other) in enumerate([(client, server), (server, client)]):
        done[n] = side.step()
        flights += bool(side.pass_to(other))
handshake = [client.sent, server.sent]

client.tls.write(REQUEST)
request = client.pass_to(server)
client.tls.write(HELLO)
frame = client.pass_to(server)
client.tls.write(bytes(16384))
large = client.pass_to(server)
seen = b"websocket" in request or b"chat.example.org" in request or HELLO in frame
print(json.dumps({"version": client.tls.version(), "handshake": handshake, "flights": flights,
                  "request": [len(REQUEST), len(request)], "frame": [len(HELLO), len(frame)],
                  "large": [16384, len(large)], "record": frame[:5].hex(" "), "seen": seen}))
