"""silence.py ADDRESS: to what does a server answer? Only to clients, and never with more.

Sends every mode and version in lengths around the header's, replies sent back, mode 6 and 7
commands, and odd lengths. Each probe has its own transmit timestamp, so that an answer is known
by its origin; a question of a client after each round shows that the server is still there."""
import os
import socket
import sys

CLIENT = 3
ANSWERED_VERSIONS = (3, 4)
HEADER_BYTES = 48


class Server:
    def __init__(self, address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.connect((address, 123))

    def replies(self, expected):
        """Those expected, however late, and what comes within 0.3 s of the last one."""
        try:
            while True:
                self.sock.settimeout(5 if expected > 0 else 0.3)
                yield self.sock.recv(65535)
                expected -= 1
        except TimeoutError:
            return

    def answers(self, probes, expected):
        """Sends the probes; returns {index of the probe: reply}."""
        for probe in probes:
            self.sock.send(probe)
        by_transmit = {probe[40:48]: i for i, probe in enumerate(probes) if len(probe) >= HEADER_BYTES}
        found = {}
        for reply in self.replies(expected):
            origin = reply[24:32]
            if origin not in by_transmit:
                sys.exit(f"an answer that nobody asked for: {reply.hex()}")
            if by_transmit[origin] in found:
                sys.exit(f"two answers to one probe: {probes[by_transmit[origin]].hex()}")
            found[by_transmit[origin]] = reply
        return found


def packet(mode, version, length=HEADER_BYTES):
    body = bytes([version << 3 | mode]) + bytes(39) + os.urandom(8) + bytes(max(0, length - HEADER_BYTES))
    return body[:length]


def commands():
    """What mode 6 (RFC 9327) and mode 7 amplification starts with: 8 and 12 bytes, and padded."""
    for version in range(8):
        read_variables = bytes([version << 3 | 6, 2, 0, 1]) + bytes(8)
        monlist = bytes([version << 3 | 7, 0, 3, 42]) + bytes(4)
        yield from (read_variables, monlist, monlist + bytes(184), read_variables + bytes(36) + os.urandom(8))


def check(server, what, probes, wanted):
    """wanted: for a probe, whether it is to be answered."""
    found = server.answers(probes, sum(map(wanted, probes)))
    for i, probe in enumerate(probes):
        if (i in found) != wanted(probe):
            sys.exit(f"{what}: {'answered' if i in found else 'not answered'}: {probe.hex()}")
        if i in found and len(found[i]) > len(probe):
            sys.exit(f"{what}: {len(found[i])} bytes for {len(probe)}")
        if i in found and (found[i][0] & 7, found[i][0] >> 3 & 7) != (4, probe[0] >> 3 & 7):
            sys.exit(f"{what}: mode or version of the answer: {found[i].hex()}")
    still = server.answers([packet(CLIENT, 4)], 1)
    if not still:
        sys.exit(f"{what}: and then the server was gone")
    print(f"{what}: {len(found)} of {len(probes)} answered, as they should be")
    return list(still.values())


def from_client(probe):
    return (len(probe) >= HEADER_BYTES and probe[0] & 7 == CLIENT
            and probe[0] >> 3 & 7 in ANSWERED_VERSIONS)


def never(_probe):
    return False


server = Server(sys.argv[1])
check(server, "modes and versions", [packet(mode, version) for mode in range(8) for version in range(8)],
      from_client)
replies = check(server, "modes 6 and 7", list(commands()), never)
check(server, "its own reply", replies, never)
check(server, "short packets", [packet(CLIENT, 4, length) for length in range(HEADER_BYTES)], never)
check(server, "other modes with more behind",
      [packet(mode, 4, length) for mode in (0, 1, 2, 4, 5, 6, 7) for length in (52, 68, 76, 468, 1400)], never)
