#!/usr/bin/env python3
"""Reads a ledger's public folder by the specifications alone (C2SP tlog-tiles, RFC 6962):

    ledger_entries.py PUBLIC [KIND...]

The root over the entries must be that of the checkpoint, every entry one JSON object of the
documented head, and every KIND must be among them. With MEMBER=VALUE after a KIND (kind:member=value)
an entry of that kind has that member. Prints the size and how many there are of each kind."""

import base64
import collections
import hashlib
import json
import pathlib
import sys
import time

HEAD = ["v", "kind", "job", "pid", "boot", "seq", "counter", "utc", "radius"]


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tile_name(index):
    parts = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03}")
    return "/".join(parts)


def bundle(public, index, width):
    path = public / "tile/entries" / tile_name(index)
    if width < 256 and not path.exists():
        path = path.parent / f"{path.name}.p" / str(width)
    data = path.read_bytes()
    while data:
        length = int.from_bytes(data[:2], "big")
        yield data[2 : 2 + length]
        data = data[2 + length :]


def root_of(hashes):
    if not hashes:
        return sha()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha(b"\1", root_of(hashes[:split]), root_of(hashes[split:]))


def unique(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a member stands there twice: {names}"
    return dict(pairs)


def check(index, text):
    entry = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    assert list(entry)[: len(HEAD)] == HEAD, f"entry {index} begins with {list(entry)[:9]}"
    assert entry["v"] == 1 and entry["counter"] > 0 and len(entry["boot"]) == 32, f"entry {index}: {text}"
    assert (entry["utc"] is None) == (entry["radius"] is None), f"entry {index}: {text}"
    if "raw" in entry:
        assert list(entry)[-1] == "raw"
        base64.b64decode(entry["raw"], validate=True)
    assert entry["kind"] != "malformed", f"entry {index} is malformed: {text}"
    return entry


def read(public):
    """Size, root and entries of the checkpoint."""
    lines = (public / "checkpoint").read_text().split("\n")
    size, root = int(lines[1]), base64.b64decode(lines[2])
    texts = []
    for index in range((size + 255) // 256):
        texts += bundle(public, index, min(256, size - 256 * index))
    return size, root, texts


def main():
    public = pathlib.Path(sys.argv[1])
    for left in reversed(range(20)):
        try:
            size, root, texts = read(public)
            break
        except FileNotFoundError:  # a partial tile goes when a wider one is there: the ledger has grown
            if not left:
                raise
            time.sleep(0.1)
    assert len(texts) == size, f"{len(texts)} entries, and the checkpoint says {size}"
    assert root_of([sha(b"\0", text) for text in texts]) == root, "the root is not that of the entries"
    entries = [check(i, text) for i, text in enumerate(texts)]
    count = collections.Counter(e["kind"] for e in entries)
    print(size, dict(sorted(count.items())))
    for wanted in sys.argv[2:]:
        kind, _, rest = wanted.partition(":")
        member, _, value = rest.partition("=")
        some = [e for e in entries if e["kind"] == kind and (not member or str(e.get(member)) == value)]
        assert some, f"there is no entry {wanted}"


main()
