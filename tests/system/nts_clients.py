#!/usr/bin/env python3
"""Clients of key establishment that mean no good.

nts_clients.py hold PORT SECONDS ADDRESS...: one connection from each address that sends two bytes
and then nothing; says how many the server still holds after SECONDS, and with "done" how many in the
end.

nts_clients.py drip PORT SECONDS ADDRESS...: the same, but each sends a byte of a TLS record four times a
second."""
import select
import socket
import sys
import time


def connect(source, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.bind((source, 0))
    s.settimeout(2)
    s.connect(("127.0.0.1", port))
    s.send(b"\x16\x03")
    return s


def held(sockets):
    """Those that the server has not closed."""
    gone, _, _ = select.select(sockets, [], [], 0)
    return len(sockets) - len(gone)


def drip(sockets, seconds):
    """The record that was begun is said to be long, so that it never ends."""
    end = time.monotonic() + seconds
    rest = b"\x01\x40\x00\x01\x00\x3f\xfc" + bytes(1000)
    for byte in rest:
        if time.monotonic() >= end:
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
    time.sleep(0.3)
    print("held", held(sockets), flush=True)
    if sys.argv[1] == "drip":
        drip(sockets, seconds)
    else:
        time.sleep(seconds)
    print("done", held(sockets), flush=True)


main()
