"""ask.py [--synchronised] [--version N] ADDRESS: one NTP request; prints what came back.

Exit code 0: answered (and synchronised, if asked for); otherwise a message and 1."""
import argparse
import os
import socket
import struct
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--synchronised", action="store_true")
parser.add_argument("--version", type=int, default=4)
parser.add_argument("address")
options = parser.parse_args()

family = socket.AF_INET6 if ":" in options.address else socket.AF_INET
transmit = os.urandom(8)
with socket.socket(family, socket.SOCK_DGRAM) as sock:
    sock.settimeout(0.5)
    try:
        sock.connect((options.address, 123))
        sock.send(bytes([options.version << 3 | 3]) + bytes(39) + transmit)
        reply = sock.recv(2048)
    except OSError as error:
        sys.exit(f"{options.address}: {error}")
if len(reply) < 48 or reply[24:32] != transmit:
    sys.exit(f"{options.address}: not a reply to this request: {reply.hex()}")
leap, version, mode, stratum = reply[0] >> 6, reply[0] >> 3 & 7, reply[0] & 7, reply[1]
delay, dispersion = struct.unpack_from(">II", reply, 4)
print(f"leap {leap} version {version} mode {mode} stratum {stratum} "
      f"root delay {delay / 65536:.6f} root dispersion {dispersion / 65536:.6f}")
if (version, mode) != (options.version, 4):
    sys.exit(f"{options.address}: version or mode is wrong")
if options.synchronised and (leap == 3 or not 1 <= stratum <= 15):
    sys.exit(f"{options.address}: not synchronised")
