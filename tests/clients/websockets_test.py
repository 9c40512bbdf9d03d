#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many streams on one WebSocket as Debian's python3-websockets sees it; skipped (77) where that is not installed."""
import asyncio
import json
import os
import re
import subprocess
import sys

try:
    import websockets
    from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
except ImportError:
    sys.exit(77)


async def ask(socket, message):
    """Sends a message; returns its answer and the events that came before it."""
    await socket.send(json.dumps(message))
    events = []
    while True:
        answer = json.loads(await asyncio.wait_for(socket.recv(), 10))
        if "type" in answer:
            return answer, events
        events.append(answer)


async def event(socket):
    return json.loads(await asyncio.wait_for(socket.recv(), 10))


async def read_and_write(url, **options):
    async with websockets.connect(url, subprotocols=["freshet.v1"], **options) as socket:
        assert socket.subprotocol == "freshet.v1"
        answer, _ = await ask(socket, {"type": "subscribe", "id": 1, "resource": "words"})
        assert answer["type"] == "subscribed", answer
        stream = answer["stream"]
        assert (await event(socket))["event"] == "init"
        text = "sent in Python " * 100
        answer, events = await ask(socket, {"type": "write", "id": 2, "inputs": {"words": [["python", [text]]]}})
        assert answer["type"] == "written", answer
        update = events[0] if events else await event(socket)
        assert update["stream"] == stream and update["data"] == [["python", [text]]], update
        await ask(socket, {"type": "write", "id": 3, "inputs": {"words": [["python", []]]}})
        # A message in fragments, and a ping that is answered.
        await socket.send(['{"type":', '"ping",', '"id":"', "αβγ", '"}'])
        while (answer := await event(socket)).get("type") != "pong":
            pass
        assert answer["id"] == "αβγ", answer
        await asyncio.wait_for(await socket.ping(b"there?"), 10)
        return [extension.name for extension in socket.extensions]


async def close_code(url, message):
    socket = await websockets.connect(url, compression=None)
    await socket.send(message)
    await asyncio.wait_for(socket.wait_closed(), 10)
    return socket.close_code


async def main(url):
    assert await read_and_write(url, compression=None) == []
    assert await read_and_write(url) == ["permessage-deflate"]
    for bits in range(9, 16):
        factory = ClientPerMessageDeflateFactory(server_max_window_bits=bits, client_max_window_bits=bits)
        assert await read_and_write(url, compression=None, extensions=[factory]) == ["permessage-deflate"]
    assert await close_code(url, b"binary") == 1003
    assert await close_code(url, "x" * 100_000) == 1009


def run():
    service = subprocess.Popen([os.environ["FRESHET_TEST_SERVER"], "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        port = re.search(r":(\d+)$", service.stdout.readline().strip()).group(1)
        asyncio.run(main(f"ws://127.0.0.1:{port}/v1/ws"))
    finally:
        service.terminate()
        assert service.wait(10) == 0


run()
