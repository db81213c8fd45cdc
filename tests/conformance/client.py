"""A chat client on Python `websockets`, driven by tests/it/clients.rs.

usage: client.py URL CARRIER ENDING      the token comes in the environment as TOKEN
  CARRIER  header    Authorization, and the subprotocol chat.v1
           bare      Authorization, no subprotocol
           protocol  the token as a subprotocol, as a browser must
           none      no token
  ENDING   leave     close with 1000 after the talk
           stay      wait for the server to close

Says "hello from python", waits for a message "hello python", pings, ends. Prints one
JSON object on what it saw.
"""
import json
import os
import sys

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE = 10
url, carrier, ending = sys.argv[1:]
token = os.environ.get("TOKEN", "")

options = {"open_timeout": PATIENCE, "close_timeout": PATIENCE, "proxy": None}
if carrier in ("header", "bare"):
    options["additional_headers"] = {"Authorization": f"Bearer {token}"}
if carrier in ("header", "none"):
    options["subprotocols"] = ["chat.v1"]
if carrier == "protocol":
    options["subprotocols"] = ["chat.v1", f"bearer.{token}"]

saw = {}
early = []  # an ack waits for the disk, a message does not: either may be first


def expect(ws, kind, **fields):
    fits = lambda message: message["type"] == kind and fields.items() <= message.items()
    for message in early:
        if fits(message):
            early.remove(message)
            return message
    while True:
        message = json.loads(ws.recv(timeout=PATIENCE))
        if fits(message):
            return message
        early.append(message)


with connect(url, **options) as ws:
    saw["subprotocol"] = ws.subprotocol
    try:
        saw["welcome"] = expect(ws, "welcome")
        room = expect(ws, "joined")["room"]
        ws.send(json.dumps({"type": "send", "room": room, "text": "hello from python", "ref": "1"}))
        saw["ack"] = expect(ws, "ack", ref="1")
        saw["heard"] = expect(ws, "message", text="hello python")
        saw["pong"] = ws.ping(b"still there?").wait(PATIENCE)
        if ending == "leave":
            ws.close(1000, "bye")
        while True:
            ws.recv(timeout=PATIENCE)
    except ConnectionClosed:
        saw["code"], saw["reason"] = ws.close_code, ws.close_reason
print(json.dumps(saw))
