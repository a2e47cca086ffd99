#!/usr/bin/env python3
"""Clients of key establishment that mean no good.

nts_clients.py hold PORT SECONDS ADDRESS...: one connection from each address that sends two bytes
and then nothing; says how many the server holds once it has dealt with all of them, and with "done"
how many it still holds after SECONDS, or 0 as soon as there are none.

nts_clients.py drip PORT SECONDS ADDRESS...: the same, but each sends a byte of a TLS record four times a
second."""
import select
import socket
import sys
import time


def connect(source, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.bind((source, 0))
    s.settimeout(10)
    s.connect(("127.0.0.1", port))
    s.send(b"\x16\x03")
    return s


def held(sockets):
    """Those that the server has not closed."""
    gone, _, _ = select.select(sockets, [], [], 0)
    return len(sockets) - len(gone)


def settled(sockets):
    """How many are held, once that does not change for half a second."""
    count = len(sockets)
    since = time.monotonic()
    end = since + 4
    while time.monotonic() < min(since + 0.5, end):
        time.sleep(0.05)
        if held(sockets) != count:
            count = held(sockets)
            since = time.monotonic()
    return count


def hold(sockets, seconds):
    end = time.monotonic() + seconds
    while held(sockets) and time.monotonic() < end:
        time.sleep(0.1)


def drip(sockets, seconds):
    """The record that was begun is said to be long, so that it never ends."""
    end = time.monotonic() + seconds
    rest = b"\x01\x40\x00\x01\x00\x3f\xfc" + bytes(1000)
    for byte in rest:
        if not held(sockets) or time.monotonic() >= end:
            return
        for s in sockets:
            try:
                s.send(bytes([byte]))
            except OSError:
                pass
        time.sleep(0.25)


def main():
    port, seconds = int(sys.argv[2]), float(sys.argv[3])
    sockets = []
    for source in sys.argv[4:]:
        try:
            sockets.append(connect(source, port))
        except OSError:
            pass
    print("held", settled(sockets), flush=True)
    (drip if sys.argv[1] == "drip" else hold)(sockets, seconds)
    print("done", held(sockets), flush=True)


main()
