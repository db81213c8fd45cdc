"""A WebSocket client with nothing but the standard library: what somebody would hand in who has
solved the six tasks. Driven by tests/it/tasks.rs.

usage: student.py HOST:PORT TASK...      the token comes in the environment as TOKEN

Prints everything that the server says. Exits with 0 if every task was passed.
"""
import base64
import hashlib
import json
import os
import socket
import struct
import sys

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


class WrongAcceptKey(Exception):
    pass


class WebSocket:
    def __init__(self, address, path, token):
        host, port = address.rsplit(":", 1)
        self.sock = socket.create_connection((host, int(port)), timeout=20)
        self.buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.sock.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {token}\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status, *lines = head.decode().split("\r\n")
        if " 101 " not in status + " ":
            raise ConnectionError(status)
        fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        expected = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        if fields.get("sec-websocket-accept") != expected:
            self.sock.close()
            raise WrongAcceptKey(fields.get("sec-websocket-accept"))

    def fill(self):
        more = self.sock.recv(65536)
        if not more:
            raise EOFError("TCP has ended")
        self.buffer += more

    def take(self, count):
        while len(self.buffer) < count:
            self.fill()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def send(self, opcode, payload):
        length = len(payload)
        if length <= 125:
            header = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
        elif length <= 0xFFFF:
            header = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
        else:
            header = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
        key = os.urandom(4)
        masked = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
        self.sock.sendall(header + key + masked)

    def frame(self):
        first, second = self.take(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self.take(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.take(8))
        return bool(first & 0x80), first & 0x0F, self.take(length)

    def message(self):
        """The next text, or None when the server has closed. Answers Pings and the Close."""
        parts = []
        while True:
            last, opcode, payload = self.frame()
            if opcode == PING:
                self.send(PONG, payload)
            elif opcode == CLOSE:
                print("<- close", *struct.unpack("!H", payload[:2]), payload[2:].decode())
                if not self.closing:
                    self.send(CLOSE, payload[:2])
                self.wait_for_the_end()
                return None
            elif opcode in (TEXT, BINARY, CONTINUATION):
                parts.append(payload)
                if last:
                    return b"".join(parts).decode()

    closing = False

    def close(self, code, reason):
        self.send(CLOSE, struct.pack("!H", code) + reason.encode())
        self.closing = True

    def wait_for_the_end(self):
        """The server ends TCP first."""
        try:
            while True:
                self.fill()
        except (EOFError, OSError):
            self.sock.close()


def connection(address, task, token):
    """One connection to a task; the verdict, if there was one."""
    try:
        ws = WebSocket(address, f"/task/{task}", token)
    except WrongAcceptKey as wrong:
        print("   the accept key is wrong:", wrong)
        return None
    verdict, echo = None, 0
    while (text := ws.message()) is not None:
        print("<-", text[:200])
        if echo > 0:
            ws.send(TEXT, text.encode())
            echo -= 1
            continue
        said = json.loads(text)
        if said["type"] == "verdict":
            verdict = said["passed"]
        elif said["type"] == "do" and said["do"] == "say":
            ws.send(TEXT, said["text"].encode())
        elif said["type"] == "do" and said["do"] == "echo":
            echo = said["count"]
        elif said["type"] == "do" and said["do"] == "close":
            ws.close(said["code"], said["reason"])
    return verdict


def main():
    address, *tasks = sys.argv[1:]
    token = os.environ["TOKEN"]
    results = {}
    for task in tasks:
        # Two of the tasks take two connections.
        results[task] = connection(address, task, token)
        if results[task] is None:
            results[task] = connection(address, task, token)
    print(results)
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
