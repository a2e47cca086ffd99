#!/usr/bin/env python3
"""Clients of key establishment that mean no good.

nts_clients.py hold PORT SECONDS ADDRESS...: one connection from each address that sends two bytes
and then nothing; says how many the server still holds after SECONDS, and with "done" how many in the
end."""
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
    time.sleep(seconds)
    print("done", held(sockets), flush=True)


main()
