"""Raw Roughtime requests of a test, on loopback.

    roughtime_ask.py udp PORT [MESSAGE_BYTES]   prints the length of the reply, or "silence"
    roughtime_ask.py quiet PORT [MESSAGE_BYTES] the same where silence is expected: waits for a second
    roughtime_ask.py tcp PORT                   two requests at once, a third in pieces: "3 replies"
    roughtime_ask.py slow PORT SECONDS          a request that never ends: "cut off" within SECONDS
    roughtime_ask.py nonsense PORT              bytes that are no Roughtime over TCP: "cut off"
    roughtime_ask.py many PORT COUNT MOST       connections that say nothing: prints how many live, once
                                                it is MOST at most
    roughtime_ask.py burst PORT COUNT           datagrams, fifty at once, as many as go into the buffers
                                                of a socket: prints how many replies came"""

import os
import socket
import struct
import sys
import time

TAGS = {name: struct.unpack("<I", name.encode().ljust(4, b"\0"))[0] for name in ("VER", "NONC", "TYPE", "ZZZZ")}


def request(message_bytes=1024):
    values = [("VER", struct.pack("<I", 1)), ("NONC", os.urandom(32)), ("TYPE", struct.pack("<I", 0))]
    padding = message_bytes - 8 * (len(values) + 1) - sum(len(v) for _, v in values)
    if padding >= 0:
        values.append(("ZZZZ", bytes(padding)))
    offsets, at = [], 0
    for _, value in values[:-1]:
        at += len(value)
        offsets.append(at)
    message = struct.pack(f"<{2 * len(values)}I", len(values), *offsets, *(TAGS[n] for n, _ in values))
    message += b"".join(v for _, v in values)
    return b"ROUGHTIM" + struct.pack("<I", len(message)) + message


def datagrams(port, packets, wait):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        s.connect(("127.0.0.1", port))
        s.settimeout(wait)
        replies = []
        try:
            for packet in packets:
                s.send(packet)
            while len(replies) < len(packets):
                replies.append(s.recv(65536))
        except (TimeoutError, ConnectionRefusedError):
            pass
        return replies


def frame(stream):
    head = stream.read(12)
    assert head[:8] == b"ROUGHTIM", head
    return stream.read(struct.unpack("<I", head[8:])[0])


def connect(port):
    s = socket.create_connection(("127.0.0.1", port), timeout=10)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def over_tcp(port):
    with connect(port) as s, s.makefile("rb") as stream:
        packets = [request(64) for _ in range(3)]  # nothing is padded where nobody can be flooded
        s.sendall(packets[0] + packets[1])
        for i in range(0, len(packets[2]), 7):
            s.sendall(packets[2][i:i + 7])
        nonces = {p[12 + 24 + 4:12 + 24 + 36] for p in packets}  # behind frame, header, VER
        replies = [frame(stream) for _ in packets]
        assert all(any(n in r for r in replies) for n in nonces), "a nonce has no reply"
        return f"{len(replies)} replies"


def ends_within(s, seconds):
    s.settimeout(seconds)
    try:
        return s.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def slow(port, seconds):
    with connect(port) as s:
        packet, end = request(), time.monotonic() + seconds
        for i in range(0, len(packet)):
            try:
                s.sendall(packet[i:i + 1])
            except (BrokenPipeError, ConnectionResetError):
                return "cut off"
            if ends_within(s, 0.2):
                return "cut off"
            if time.monotonic() > end:
                return "still served"
    return "complete"


def nonsense(port):
    with connect(port) as s:
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return "cut off" if ends_within(s, 10) else "still served"


def many(port, count, most):
    streams = [connect(port) for _ in range(count)]
    end = time.monotonic() + 4  # less than a silent connection may last
    while True:
        alive = sum(not ends_within(s, 0.01) for s in streams)
        if alive <= most or time.monotonic() > end:
            return alive


def burst(port, count, at_once=50):
    return sum(len(datagrams(port, [request() for _ in range(at_once)], 2)) for _ in range(count // at_once))


def main():
    what, port, *rest = sys.argv[1], int(sys.argv[2]), *map(int, sys.argv[3:])
    if what in ("udp", "quiet"):
        packet = request(*rest)
        replies = datagrams(port, [packet], 1 if what == "quiet" else 10)
        if replies and len(replies[0]) > len(packet):
            sys.exit(f"a reply of {len(replies[0])} bytes to a request of {len(packet)}")
        print(len(replies[0]) if replies else "silence")
    elif what == "burst":
        print(burst(port, *rest))
    elif what == "tcp":
        print(over_tcp(port))
    else:
        print({"slow": slow, "nonsense": nonsense, "many": many}[what](port, *rest))


main()
