"""Prints a port for a test: free_port.py GIVEN PROCESS

It is free over UDP and TCP, IPv4 and IPv6, below those that Linux gives to clients, and not in the
file GIVEN, to which it is added. Tests run side by side, and a port is free until its daemon has
started: so each test, by the number of its process, begins in a block of its own."""
import errno
import pathlib
import socket
import sys

FIRST, BLOCK, BLOCKS = 15000, 64, 265

given, block = pathlib.Path(sys.argv[1]), int(sys.argv[2]) % BLOCKS


def is_free(port):
    for kind in socket.SOCK_DGRAM, socket.SOCK_STREAM:
        for family, host in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
            try:
                with socket.socket(family, kind) as s:
                    s.bind((host, port))
            except OSError as error:
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):  # this host has no ::1
                    return False
    return True


taken = set(map(int, given.read_text().split())) if given.exists() else set()
for i in range(BLOCK * BLOCKS):
    port = FIRST + (block * BLOCK + i) % (BLOCK * BLOCKS)
    if port not in taken and is_free(port):
        with given.open("a") as out:
            print(port, file=out)
        print(port)
        sys.exit(0)
sys.exit("no port is free")
