"""Meets every broken endpoint with the library `websockets`; prints what a program is told, as JSON.

usage: broken.py http://HOST:PORT

The report of NAME is GET /api/broken/python-NAME.
"""

import json
import sys
import urllib.request

import websockets.exceptions
from websockets.sync.client import connect

PATIENCE = 20


def meet(base, endpoint):
    name = endpoint["name"]
    told = {"opened": False, "messages": 0, "code": None, "error": None}
    url = f"{base.replace('http', 'ws', 1)}/broken/{name}?report=python-{name}"
    try:
        with connect(url, open_timeout=PATIENCE, close_timeout=2) as websocket:
            told["opened"] = True
            try:
                while True:
                    websocket.recv(timeout=PATIENCE)
                    told["messages"] += 1
                    if endpoint["client_closes"]:
                        websocket.close(1000, "bye")
            except websockets.exceptions.ConnectionClosed as error:
                told["error"] = type(error).__name__
        told["code"] = websocket.close_code
    except Exception as error:  # whatever a library may say to a wrong handshake
        told["error"] = type(error).__name__
    return told


def main():
    base = sys.argv[1]
    # No proxy: the server is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{base}/api/broken", timeout=PATIENCE) as answer:
        endpoints = json.load(answer)["endpoints"]
    print(json.dumps({each["name"]: meet(base, each) for each in endpoints}))


main()
