"""NTP servers that behave in one way each, on loopback ports of their own, for tests/system/cli.sh.

Prints "NAME PORT" for each and answers until standard input ends or some minutes have passed.
"""

import select
import socket
import struct
import sys
import time

NTP_EPOCH = 2208988800
HEADER = struct.Struct(">BBbbIII8s8sQQ")


def now(offset=0.0):
    return int((time.time() + offset + NTP_EPOCH) * 2**32) & (2**64 - 1)


def reply(request, leap=0, mode=4, stratum=1, refid=b"TEST", offset=0.0, origin=None, dispersion=66):
    """A reply with root delay 2 ms, root dispersion 1 ms and reference time now."""
    version = request[0] >> 3 & 7
    return HEADER.pack(leap << 6 | version << 3 | mode, stratum, 6, -20, 131, dispersion,
                       int.from_bytes(refid, "big"), struct.pack(">Q", now(offset)),
                       request[40:48] if origin is None else origin, now(offset), now(offset))


BEHAVIOURS = {
    "right": lambda r: [reply(r)],
    "ahead": lambda r: [reply(r, offset=0.25)],
    "forged_first": lambda r: [reply(r, origin=b"\1" * 8, offset=9), b"short", reply(r)],
    "unsynchronised": lambda r: [reply(r, leap=3, stratum=16)],
    "kiss": lambda r: [reply(r, stratum=0, refid=b"RATE")],
    "escapes": lambda r: [reply(r, stratum=1, refid=b"\x1b[2J")],
    "stratum99": lambda r: [reply(r, stratum=99)],
    "distant": lambda r: [reply(r, dispersion=0xFFFFFFFF)],
    "stranger": lambda r: [reply(r, origin=b"\1" * 8)],
    "echo": lambda r: [r],
    "silent": lambda r: [],
}


def main():
    behaviour_of = {}
    for name, behaviour in BEHAVIOURS.items():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        behaviour_of[sock] = behaviour
        print(name, sock.getsockname()[1], flush=True)
    print("ready 0", flush=True)
    end = time.monotonic() + 200
    while time.monotonic() < end:
        ready, _, _ = select.select([*behaviour_of, sys.stdin], [], [], 1)
        if sys.stdin in ready and not sys.stdin.read(1):
            return
        for sock in ready:
            if sock is sys.stdin:
                continue
            request, sender = sock.recvfrom(2048)
            if len(request) >= 48:
                for packet in behaviour_of[sock](request):
                    sock.sendto(packet, sender)


main()
