#!/usr/bin/env python3
"""An independent verifier of Roughtime malfeasance reports (RFC 10049): it shares no code with
Etalon, and takes its Ed25519 from python3-cryptography.

    roughtime_check.py REPORT...

Says for each response whether it is signed by the key named, in which signature context, and
whether its nonce is bound to the response before; then which pairs contradict each other.
Exit code 0: every report proves malfeasance; 1: one does not; 2: usage or unreadable."""

import base64
import hashlib
import json
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONTEXTS = ("Roughtime v1", "RoughTime v1")
VERSIONS = {1: "Roughtime v1", 0x8000000C: "RoughTime v1"}


class Bad(Exception):
    """What is wrong with a response."""


def need(condition, complaint):
    if not condition:
        raise Bad(complaint)


def digest(*parts):
    return hashlib.sha512(b"".join(parts)).digest()[:32]


def unframe(packet):
    need(packet[:8] == b"ROUGHTIM", "not framed as Roughtime")
    need(len(packet) >= 12 and struct.unpack("<I", packet[8:12])[0] == len(packet) - 12, "frame length")
    return packet[12:]


def parse(message):
    """Tags and values; a tag is its four bytes as they stand, without padding."""
    need(len(message) >= 4, "short message")
    (count,) = struct.unpack_from("<I", message)
    need(1 <= count <= 1024 and len(message) >= 8 * count, "short header")
    offsets = [0, *struct.unpack_from(f"<{count - 1}I", message, 4), len(message) - 8 * count]
    tags = struct.unpack_from(f"<{count}I", message, 4 * count)
    need(all(a < b for a, b in zip(tags, tags[1:])), "tags do not ascend")
    need(all(a <= b for a, b in zip(offsets, offsets[1:])), "offsets descend")
    need(all(o % 4 == 0 for o in offsets), "offset is no multiple of four")
    body = message[8 * count:]
    names = [struct.pack("<I", t).rstrip(b"\0").decode("ascii", "replace") for t in tags]
    return {n: body[a:b] for n, a, b in zip(names, offsets, offsets[1:])}


def field(fields, name, length=None):
    need(name in fields, f"no {name}")
    need(length is None or len(fields[name]) == length, f"length of {name}")
    return fields[name]


def number(fields, name, length):
    return int.from_bytes(field(fields, name, length), "little")


def signed(key, context, what, value, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(
            signature, f"{context} {what} signature".encode() + b"\0" + value)
        return True
    except InvalidSignature:
        return False


def check_path(reply, root, packet):
    index = number(reply, "INDX", 4)
    path = field(reply, "PATH")
    need(len(path) % 32 == 0 and len(path) <= 32 * 32, "length of PATH")
    node = digest(b"\0", packet)
    for at in range(0, len(path), 32):
        other = path[at:at + 32]
        node = digest(b"\1", other, node) if index & 1 else digest(b"\1", node, other)
        index >>= 1
    need(index == 0, "bits left over in INDX")
    need(node == root, "the Merkle path does not lead to ROOT")


def check(entry):
    """The interval that the response proves, the context that matched, and the version."""
    key = base64.b64decode(entry["publicKey"], validate=True)
    packet = base64.b64decode(entry["request"], validate=True)
    request = parse(unframe(packet))
    reply = parse(unframe(base64.b64decode(entry["response"], validate=True)))
    need(number(request, "TYPE", 4) == 0 and number(reply, "TYPE", 4) == 1, "TYPE")
    need(field(request, "NONC", 32) == field(reply, "NONC", 32), "another nonce")
    if "SRV" in request:
        need(request["SRV"] == digest(b"\xff", key), "SRV names another key")
    srep = parse(field(reply, "SREP"))
    cert = parse(field(reply, "CERT"))
    dele = parse(field(cert, "DELE"))
    version = number(srep, "VER", 4)
    asked = struct.unpack(f"<{len(field(request, 'VER')) // 4}I", request["VER"])
    need(version in VERSIONS and version in asked, "a version that was not asked for")
    matched = [c for c in CONTEXTS
               if signed(key, c, "delegation", cert["DELE"], field(cert, "SIG", 64))
               and signed(field(dele, "PUBK", 32), c, "response", reply["SREP"], field(reply, "SIG", 64))]
    need(matched, "signature")
    check_path(reply, field(srep, "ROOT", 32), packet)
    midpoint, radius = number(srep, "MIDP", 8), number(srep, "RADI", 4)
    need(radius > 0, "RADI is zero")
    need(number(dele, "MINT", 8) <= midpoint <= number(dele, "MAXT", 8), "not in the time of the delegation")
    return midpoint - radius, midpoint + radius, matched[0], version


def follows(entry, before):
    """Whether the nonce proves that this request was made after the response before."""
    if "rand" not in entry:
        return False
    wanted = digest(base64.b64decode(before["response"]), base64.b64decode(entry["rand"], validate=True))
    return parse(unframe(base64.b64decode(entry["request"])))["NONC"] == wanted


def verify(path):
    with open(path, encoding="utf-8") as file:
        responses = json.load(file)["responses"]
    proven = []
    for i, entry in enumerate(responses):
        try:
            low, high, context, version = check(entry)
            link = i > 0 and follows(entry, responses[i - 1])
            print(f"{path}: {i + 1}: {entry['publicKey']} says [{low}, {high}], version {version:#x}, "
                  f"context {context!r}" + (", asked for later" if link else ""))
        except (Bad, ValueError, KeyError) as error:
            print(f"{path}: {i + 1}: not proven: {error}")
            low, high, link = None, None, False
        proven.append((low, high, link))
    pairs = [(i, j) for j in range(len(proven)) for i in range(j)
             if all(p[2] for p in proven[i + 1:j + 1]) and proven[i][0] is not None and proven[j][1] is not None
             and proven[i][0] > proven[j][1]]
    for i, j in pairs:
        print(f"{path}: malfeasance: responses {i + 1} and {j + 1} cannot both be right")
    return bool(pairs)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        results = [verify(path) for path in sys.argv[1:]]
    except (OSError, ValueError, KeyError) as error:
        print(f"roughtime_check.py: {error}", file=sys.stderr)
        sys.exit(2)
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
