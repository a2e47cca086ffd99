#!/usr/bin/env python3
"""A small log of the C2SP tiles format, written from the specifications and sharing nothing with
Etalon's own: keys, signed notes, checkpoints, cosignatures, tiles, proofs.

    witness_log.py key FILE NAME                 makes a key, prints the verifier key
    witness_log.py grow DIR KEY SIZE [FORK]      writes DIR/public as of that size; entries from FORK
                                                 on are others than without it
"""

import base64
import hashlib
import os
import pathlib
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

LOG, COSIGNATURE = 1, 4


def sha256(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha256(b"\x01" + left + right)


class Key:
    """A key of a log: seed and name."""

    def __init__(self, seed, name):
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.name = name

    @classmethod
    def load(cls, path):
        seed, name = pathlib.Path(path).read_text().split()
        return cls(bytes.fromhex(seed), name)

    def save(self, path):
        seed = self.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        pathlib.Path(path).write_text(f"{seed.hex()} {self.name}\n")

    def vkey(self):
        return f"{self.name}+{key_id(self.name, LOG, self.public).hex()}+" + \
            base64.b64encode(bytes([LOG]) + self.public).decode()

    def sign(self, body):
        blob = key_id(self.name, LOG, self.public) + self.private.sign(body.encode())
        return f"{body}\n\u2014 {self.name} {base64.b64encode(blob).decode()}\n"


def key_id(name, kind, public):
    return sha256(name.encode() + b"\n" + bytes([kind]) + public)[:4]


def split_note(note):
    """(body, [(name, id, signature)])"""
    body, _, lines = note.rpartition("\n\n")
    signatures = []
    for line in lines.splitlines():
        dash, name, text = line.split(" ")
        assert dash == "\u2014", line
        blob = base64.b64decode(text, validate=True)
        signatures.append((name, blob[:4], blob[4:]))
    return body + "\n", signatures


def cosigned(note, vkey):
    """The time of that witness's cosignature in the note; None: it has none; raises if it is wrong."""
    name, hexid, text = vkey.split("+", 2)
    blob = base64.b64decode(text, validate=True)
    assert blob[0] == COSIGNATURE and key_id(name, COSIGNATURE, blob[1:]).hex() == hexid
    body, signatures = split_note(note)
    for other, number, signature in signatures:
        if other != name or number.hex() != hexid:
            continue
        time = struct.unpack(">Q", signature[:8])[0]
        message = f"cosignature/v1\ntime {time}\n{body}"
        Ed25519PublicKey.from_public_bytes(blob[1:]).verify(signature[8:], message.encode())
        return time
    return None


class Log:
    """The entries 0 .. size - 1, and what follows from them."""

    def __init__(self, key, size, fork=None):
        self.key, self.size = key, size
        self.entries = [(f"entry {i}" if fork is None or i < fork else f"other {i}").encode() for i in range(size)]
        self.levels = [[sha256(b"\x00" + e) for e in self.entries]]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    def range(self, start, end):
        """MTH of the leaves from start to end."""
        if end == start:
            return sha256(b"")
        width = end - start
        if width & (width - 1) == 0 and start % width == 0:
            return self.levels[width.bit_length() - 1][start // width]
        k = 1 << ((width - 1).bit_length() - 1)
        return node(self.range(start, start + k), self.range(start + k, end))

    def root(self, size=None):
        return self.range(0, self.size if size is None else size)

    def consistency(self, old, size=None):
        """RFC 6962 section 2.1.2"""
        def sub(m, start, end, whole):
            if m == end - start:
                return [] if whole else [self.range(start, end)]
            k = 1 << ((end - start - 1).bit_length() - 1)
            if m <= k:
                return sub(m, start, start + k, whole) + [self.range(start + k, end)]
            return sub(m - k, start + k, end, False) + [self.range(start, start + k)]
        size = self.size if size is None else size
        return [] if old in (0, size) else sub(old, 0, size, True)

    def checkpoint(self, size=None):
        size = self.size if size is None else size
        return self.key.sign(f"{self.key.name}\n{size}\n{base64.b64encode(self.root(size)).decode()}\n")

    def request(self, old, size=None):
        """The body of add-checkpoint."""
        proof = "".join(base64.b64encode(h).decode() + "\n" for h in self.consistency(old, size))
        return f"old {old}\n{proof}\n{self.checkpoint(size)}"

    def tiles(self):
        """(path, bytes)"""
        level, count = 0, self.size
        while count > 0:
            hashes = self.levels[8 * level][:count]
            for n in range((count + 255) // 256):
                part = hashes[256 * n:256 * n + 256]
                yield f"tile/{level}/{tile_number(n, len(part))}", b"".join(part)
            level, count = level + 1, count >> 8

    def write(self, directory):
        public = pathlib.Path(directory) / "public"
        for path, data in self.tiles():
            put(public / path, data)
        put(public / "vkey", (self.key.vkey() + "\n").encode())
        put(public / "checkpoint", self.checkpoint().encode())


def tile_number(n, width):
    groups = []
    while True:
        groups.insert(0, f"{n % 1000:03}")
        n //= 1000
        if n == 0:
            break
    path = "/".join(["x" + g for g in groups[:-1]] + groups[-1:])
    return path if width == 256 else f"{path}.p/{width}"


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    os.replace(new, path)


def main(command, *arguments):
    if command == "key":
        path, name = arguments
        key = Key(os.urandom(32), name)
        key.save(path)
        print(key.vkey())
    elif command == "grow":
        directory, path, size, *fork = arguments
        Log(Key.load(path), int(size), int(fork[0]) if fork else None).write(directory)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
