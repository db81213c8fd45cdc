#!/usr/bin/env python3
"""A bot for a class: it throws dice for whoever writes !dice, and comes back when the connection is lost.

    pip install websockets
    GLASSROOM_TOKEN=$(glassroom token --name Dice --ttl 8h) python3 bot.py ws://192.168.1.20:8080/ws lobby
"""
import json
import os
import random
import sys
import time
import uuid

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

# After these Closes the server does not let us in again by itself (docs/chat.v1.md, Close codes).
FINAL = {1002, 1003, 1007, 1008, 1009, 4409, 4500, 4501, 4503}
LONGEST_WAIT = 30
url, room = sys.argv[1], sys.argv[2]
token = os.environ["GLASSROOM_TOKEN"]
last = None  # the epoch and the number of the newest event that we have


def answer(text):
    """What the bot says to a message, or None."""
    if text.strip() == "!dice":
        return f"You threw a {random.randint(1, 6)}."
    return "Write !dice." if text.strip() == "!help" else None


def talk(ws):
    """Joins the room where we left it, and answers until the connection ends."""
    global last
    me = seen = None
    ws.send(json.dumps({"type": "join", "room": room, "since": last}))
    for message in map(json.loads, ws):
        if message["type"] == "welcome":
            me = message["you"]["id"]
        elif message["type"] == "error":
            print(f"{message['code']}: {message['message']}", file=sys.stderr)
        elif message["type"] == "joined":
            # What we missed comes next or, if we are new or were away too long, a page of what was said before us.
            seen = message["from"] if message["recovered"] else message["seq"]
            last = {"epoch": message["epoch"], "seq": seen}
        elif message["type"] == "message" and message["seq"] > seen:
            last["seq"] = message["seq"]
            said = answer(message["text"]) if message["from"]["id"] != me else None
            if said:
                ws.send(json.dumps({"type": "send", "room": room, "text": said, "ref": uuid.uuid4().hex}))


wait = 1
while True:
    try:
        with connect(url + "?join=", subprotocols=["chat.v1"], additional_headers={"Authorization": f"Bearer {token}"}) as ws:
            wait = 1
            talk(ws)
        code, reason = ws.close_code, ws.close_reason
    except ConnectionClosed as closed:
        code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
    except (OSError, InvalidHandshake) as error:
        code, reason = 1006, str(error)
    print(f"closed with {code} {reason}", file=sys.stderr)
    if code in FINAL:
        sys.exit(1)
    time.sleep(wait * random.uniform(0.5, 1))
    wait = min(2 * wait, LONGEST_WAIT)
