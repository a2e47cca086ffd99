#!/usr/bin/env python3
"""A ledger's public folder, made from the specifications by other code than ours (C2SP tlog-tiles,
signed-note, tlog-cosignature; RFC 6962), for tests to check and to tamper with.

    ledger_made.py FOLDER SIZE [COSIGNED SIZE...]

writes FOLDER/public, and beside it `key` (vkey of the log), `other` (a key of nobody), `policy` and
`strict` (two witnesses of two, and one that never signs). Every entry is a second younger than the
one before it; cosignatures are made two seconds after the newest entry."""

import base64
import hashlib
import json
import pathlib
import struct
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "ledger.example/etalon"
START = 1795312800  # 2026-11-22T02:00:00Z


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Key:
    """An Ed25519 key with a name: of a log (type 1) or of a witness (type 4)."""

    def __init__(self, name, kind=1):
        self.name, self.kind = name, kind
        self.secret = Ed25519PrivateKey.from_private_bytes(sha(name.encode()))
        raw = self.secret.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.public = bytes([kind]) + raw
        self.id = sha(name.encode(), b"\n", self.public)[:4]

    def vkey(self):
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.public).decode()}"

    def line(self, body, time=None):
        text = body.encode()
        blob = self.id
        if self.kind == 4:
            text = f"cosignature/v1\ntime {time}\n".encode() + text
            blob += struct.pack(">Q", time)
        return f"— {self.name} {base64.b64encode(blob + self.secret.sign(text)).decode()}\n"


LOG, OTHER = Key(ORIGIN), Key("other.example/etalon")
WITNESSES = [Key("witness.example/one", 4), Key("witness.example/two", 4)]
ABSENT = Key("witness.example/absent", 4)


def entry(i):
    stamp = START + i
    utc = f"2026-11-22T{2 + i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}.000000000Z"
    members = {"v": 1, "kind": "start" if i == 0 else "sample", "job": "keeper", "pid": 1234, "boot": "0b" * 16,
               "seq": i, "counter": i * 10**9, "utc": utc if 0 < i < 50000 else None, "radius": 1.2e-05,
               "source": i % 4, "raw": base64.b64encode(sha(str(stamp).encode())).decode()}
    return json.dumps(members, separators=(",", ":")).encode()


class Tree:
    """levels[k][i]: hash of the complete subtree of 2^k leaves at i."""

    def __init__(self, entries):
        self.entries = entries
        self.levels = [[sha(b"\0", e) for e in entries]]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([sha(b"\1", below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    def root(self, size):
        if size == 0:
            return sha()
        parts, at = [], 0
        for k in reversed(range(size.bit_length())):
            if size >> k & 1:
                parts.append(self.levels[k][at >> k])
                at += 1 << k
        while len(parts) > 1:
            right = parts.pop()
            parts[-1] = sha(b"\1", parts[-1], right)
        return parts[0]

    def body(self, size, origin=ORIGIN):
        return f"{origin}\n{size}\n{base64.b64encode(self.root(size)).decode()}\n"


def path_of(level, number, width):
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03}")
    return f"tile/{level}/{'/'.join(groups)}" + (f".p/{width}" if width < 256 else "")


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def note(body, time=None, log=LOG, witnesses=()):
    return body + "\n" + log.line(body) + "".join(w.line(body, time) for w in witnesses)


def write_public(tree, public, cosigned=()):
    size = len(tree.entries)
    for level in range(0, 8):
        hashes = tree.levels[8 * level] if 8 * level < len(tree.levels) else []
        for number in range((len(hashes) + 255) // 256):
            part = hashes[256 * number:256 * number + 256]
            write(public / path_of(level, number, len(part)), b"".join(part))
    for number in range((size + 255) // 256):
        part = tree.entries[256 * number:256 * number + 256]
        data = b"".join(struct.pack(">H", len(e)) + e for e in part)
        write(public / path_of("entries", number, len(part)), data)
    for old in cosigned:
        write(public / f"cosigned/{old}", note(tree.body(old), START + old + 1, LOG, WITNESSES))
    write(public / "checkpoint", note(tree.body(size)))
    write(public / "vkey", LOG.vkey() + "\n")


def main():
    folder, size, *cosigned = sys.argv[1:]
    folder = pathlib.Path(folder)
    write_public(Tree([entry(i) for i in range(int(size))]), folder / "public", [int(c) for c in cosigned])
    write(folder / "key", LOG.vkey() + "\n")
    write(folder / "other", OTHER.vkey() + "\n")
    policy = f"log {LOG.vkey()}\n" + "".join(f"witness w{i} {w.vkey()}\n" for i, w in enumerate(WITNESSES, 1))
    write(folder / "policy", policy + "group both all w1 w2\nquorum both\n")
    write(folder / "strict", policy + f"witness w3 {ABSENT.vkey()}\ngroup all3 all w1 w2 w3\nquorum all3\n")


if __name__ == "__main__":
    main()
