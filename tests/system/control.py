"""Clients of the control socket, good and bad: control.py SOCKET

A message is one packet; its first byte is its kind (enum message_kind in jobs/message.h)."""
import os
import pathlib
import re
import socket
import sys

header = pathlib.Path(__file__).resolve().parents[2] / "src/jobs/message.h"
names = re.findall(r"^    MESSAGE_(\w+)(?: = 1)?,", header.read_text(encoding="utf-8"), re.M)
TRACKING, ASK, END = (names.index(name) + 1 for name in ("TRACKING", "ASK", "END"))
path = sys.argv[1]


def connect():
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.connect(path)
    client.settimeout(3)
    return client


def ask(client):
    """The kinds of the messages of one answer."""
    client.send(bytes([ASK]))
    kinds = []
    while not kinds or kinds[-1] != END:
        packet = client.recv(4096)
        assert packet, "the connection ended within an answer"
        kinds.append(packet[0])
    return kinds


client = connect()
for _ in range(50):
    kinds = ask(client)
    assert TRACKING in kinds, "no tracking in %s" % kinds

# Nonsense ends the connection, and only that one.
for nonsense in (b"\0", bytes([ASK, 0]), bytes([TRACKING]), bytes([END]), os.urandom(2048),
                 bytes(4000)):
    bad = connect()
    bad.send(nonsense)
    assert bad.recv(4096) == b"", "an answer to nonsense: %r" % nonsense[:8]
assert ask(client)

# Half-hearted ones: they ask a lot, read nothing and go.
for _ in range(30):
    rude = connect()
    for _ in range(20):
        rude.send(bytes([ASK]))
    rude.close()
assert ask(client)

# More than it takes: the surplus is hung up on, those inside are served.
crowd = [connect() for _ in range(40)]
inside = 0
for member in crowd:
    try:
        inside += END in ask(member)
    except (AssertionError, OSError):
        pass
assert 1 <= inside <= 16, "%d clients were served at once" % inside
assert ask(client)
for member in crowd:
    member.close()
assert ask(connect()), "nobody is served after the crowd has gone"
print("fine: %d of %d at once" % (inside, len(crowd)))
