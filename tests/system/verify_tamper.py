#!/usr/bin/env python3
"""Tampers with a bundle in every way that comes to mind and sees whether etalon-verify notices, says
what is wrong, and exits with the documented code.

    verify_tamper.py ETALON-VERIFY LEDGER BUNDLE    (LEDGER as of ledger_made.py; BUNDLE of all of it)"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile

from ledger_made import LOG, OTHER, START, WITNESSES, Tree, entry, note

BLOCK = 512


def header(name, length, kind=b"0", link=b"", magic=b"ustar\00000"):
    """A ustar header, as the bundle's own look."""
    text = bytearray(BLOCK)
    name = name if isinstance(name, bytes) else name.encode()
    size = length if isinstance(length, bytes) else b"%011o" % length
    for at, value in ((0, name), (100, b"0000644"), (108, b"0000000"), (116, b"0000000"), (124, size),
                      (136, b"0" * 11), (148, b" " * 8), (156, kind), (157, link), (257, magic)):
        text[at:at + len(value)] = value
    text[148:156] = b"%06o\0 " % sum(text)
    return bytes(text)


def member(name, data, **fields):
    return header(name, len(data), **fields) + data + bytes(-len(data) % BLOCK)


def members_of(bundle):
    found, at = {}, 0
    while any(bundle[at:at + BLOCK]):
        name = bundle[at:at + 100].rstrip(b"\0").decode()
        length = int(bundle[at + 124:at + 135], 8)
        found[name] = bundle[at + BLOCK:at + BLOCK + length]
        assert member(name, found[name]) == bundle[at:at + BLOCK + (length + BLOCK - 1) // BLOCK * BLOCK], name
        at += BLOCK + (length + BLOCK - 1) // BLOCK * BLOCK
    return found


def packed(members, sums=True):
    """A bundle of these; the attacker makes the sums anew."""
    members = dict(members)
    if sums:
        lines = [f"{hashlib.sha256(members[n]).hexdigest()}  {n}\n" for n in sorted(members) if n != "SHA256SUMS"]
        members["SHA256SUMS"] = "".join(lines).encode()
    return b"".join(member(n, members[n]) for n in sorted(members)) + bytes(2 * BLOCK)


def flipped(data, at=None):
    at = len(data) // 2 if at is None else at
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def entries_of(data):
    found = []
    while data:
        length = int.from_bytes(data[:2], "big")
        found.append(data[:2 + length])
        data = data[2 + length:]
    return found


verify, ledger, path = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
whole = path.read_bytes()
good = members_of(whole)
size = int(good["checkpoint"].split(b"\n")[1])
tree = Tree([entry(i) for i in range(size)])
fork = Tree([entry(i) if i != 5 else b'{"v":1,"kind":"sample"}' for i in range(size)])
failures = done = 0


def expect(what, code, *said, bundle=None, options=None, extra=(), never=None):
    """Runs etalon-verify on bundle, which must exit with code and say all of that, but never the last."""
    global failures, done
    with tempfile.TemporaryDirectory() as work:
        subject = pathlib.Path(work) / "incident.etalon"
        subject.write_bytes(bundle if bundle is not None else whole)
        options = ["-p", ledger / "policy"] if options is None else options
        run = subprocess.run([verify, *options, subject, *extra], capture_output=True, text=True, timeout=60)
    output = " ".join((run.stdout + run.stderr).split())
    missing = [s for s in said if s not in output]
    if never and never in output:
        missing.append("not: " + never)
    done += 1
    if run.returncode != code or missing:
        failures += 1
        print(f"{what}: exit code {run.returncode}, wanted {code}; not said: {missing}\n{run.stdout}{run.stderr}")


def change(what, code, *said, options=None, sums=True, drop=(), never=None, **changes):
    """The same with members replaced (names with _ for / and . are keys of names)."""
    members = {n: d for n, d in good.items() if n not in drop}
    members.update({names[n]: d for n, d in changes.items()})
    expect(what, code, *said, bundle=packed(members, sums), options=options, never=never)


names = {n.replace("/", "_").replace(".", "_").replace("-", "_"): n for n in good}
names["cosigned_400"] = "cosigned/400"
entry_bundle, tile = good["tile/entries/001"], good["tile/0/001"]
inside = entries_of(entry_bundle)

# --- what is right
expect("untouched", 0, "VERDICT: PROVEN", "1000 entries, 0 to 999", "no later than 2026-11-22T02:16:41Z")
assert packed(good) == whole, "the bundle is not made as bundles are"
expect("no key", 4, "NOT AUTHENTICATED", "key found inside", "Compare it with the key", options=[])
expect("strict policy", 3, "INCOMPLETE", "as many witnesses as the policy", options=["-p", ledger / "strict"])
expect("key only", 0, "no witnesses that you trust", options=["-k", ledger / "key"])
stranger = b"\xe2\x80\x94 stranger.example " + b"Zm9yYSBzdHJhbmdlciBzaWduZWQgdGhpcyBub3RlISE=" + b"\n"
change("unknown signature type", 0, "not judged", checkpoint=good["checkpoint"] + stranger)

# --- entries
change("bit in an entry", 1, "in tile/entries/001 is not the entry that the log committed to",
       tile_entries_001=flipped(entry_bundle, 100))
change("bit in an entry, old sums", 1, "tile/entries/001: is not the file that SHA256SUMS names", sums=False,
       tile_entries_001=flipped(entry_bundle))
change("entries swapped", 1, "entry 256 in tile/entries/001",
       tile_entries_001=b"".join([inside[1], inside[0], *inside[2:]]))
change("entry twice", 1, "entry 257 in tile/entries/001",
       tile_entries_001=b"".join([inside[0], inside[0], *inside[2:]]))
change("entry left out", 1, "holds another number of entries", tile_entries_001=b"".join(inside[1:]))
change("entry added", 1, "holds another number of entries", tile_entries_001=entry_bundle + inside[0])
change("entries cut off", 1, "is cut off", tile_entries_001=entry_bundle[:-3])
change("bundles swapped", 1, "entry 256 in", "entry 512 in", tile_entries_001=good["tile/entries/002"],
       tile_entries_002=entry_bundle)
change("bundle missing", 3, "256 entries between 256 and 511 are not there", drop=["tile/entries/001"])

# --- tiles
change("bit in a tile", 1, "tile/0/001: contradicts the tile above it", tile_0_001=flipped(tile))
change("tiles swapped", 1, "tile/0/001: contradicts", "tile/0/002: contradicts", tile_0_001=good["tile/0/002"],
       tile_0_002=tile)
change("tile twice", 1, "tile/0/002: contradicts", tile_0_002=tile)
change("hashes reordered", 1, "tile/0/001: contradicts", tile_0_001=tile[32:64] + tile[:32] + tile[64:])
change("tile cut off", 1, "tile/0/001: has 8191 bytes, and its name says 8192", tile_0_001=tile[:-1])
change("bit at the edge", 1, "do not lead to the root that was signed",
       tile_0_003_p_232=flipped(good["tile/0/003.p/232"]))
change("bit at the top", 1, "do not lead to the root", tile_1_000_p_3=flipped(good["tile/1/000.p/3"]))
change("tile missing", 3, "tile/0/001 is missing", drop=["tile/0/001"])
change("edge missing", 3, "tile/0/003.p/232: is missing", drop=["tile/0/003.p/232"])
names["beyond"] = "tile/0/004"
change("tile beyond the tree", 1, "tile/0/004: the tree of the checkpoint has no such tile", beyond=tile)

# --- checkpoints
lines = good["checkpoint"].decode()
change("wrong key", 1, "is not signed by the log's key that you gave, but by: ledger.example/etalon",
       "No key that you gave signed this", "If the log replaced its key", options=["-k", ledger / "other"])
change("signed by another", 1, "is not signed by the log's key",
       checkpoint=note(tree.body(size), log=OTHER).encode())
forged = lines.replace("— " + LOG.name, "— " + LOG.name).replace(lines.split(" ")[-1][8:20], "A" * 12)
change("signature altered", 1, "the signature of the log does not fit", checkpoint=forged.encode())
change("size altered", 1, "the signature of the log does not fit", checkpoint=lines.replace("1000", "0999", 1).encode()
       .replace(b"\n0999", b"\n999"))
change("older checkpoint", 1, "an older one was put in its place", checkpoint=note(tree.body(400)).encode())
change("same size, other root", 1, "cosigned/1000: the first 1000 entries have another root here, and both were signed",
       cosigned_1000=note(fork.body(size), START, LOG, WITNESSES).encode())
change("older size, other root", 1, "cosigned/700: the first 700 entries have another root",
       cosigned_700=note(fork.body(700), START, LOG, WITNESSES).encode())
change("fork", 1, "do not lead to the root that was signed", checkpoint=note(fork.body(size)).encode())
change("no note", 1, "checkpoint: is no checkpoint", checkpoint=b"nothing\n")
change("not signed at all", 1, "checkpoint: is no checkpoint", checkpoint=tree.body(size).encode() + b"\n")
change("of another log", 1, 'of the log "elsewhere.example"', checkpoint=note(tree.body(size, "elsewhere.example")).encode())
change("cosigned of another log", 1, "cosigned/700: is of", cosigned_700=note(tree.body(700, "elsewhere.example")).encode())
change("misnamed", 1, "cosigned/400: is a checkpoint of 700 entries", cosigned_400=good["cosigned/700"])
witness = good["cosigned/1000"].decode().splitlines(keepends=True)
wrong = "".join(witness[:-1]) + witness[-1].replace(witness[-1][-40:-20], "B" * 20)
change("witness forged", 1, "cosigned/1000: the signature of w2 does not fit", cosigned_1000=wrong.encode())
change("key rotated", 0, "cosigned/700: is not signed by the log's key",
       cosigned_700=note(tree.body(700), START + 701, OTHER, WITNESSES).encode())
change("no checkpoint", 3, "checkpoint: is not there", drop=["checkpoint"])
change("key that is none", 1, "vkey: a line is no key of a log", options=[], vkey=b"ledger.example/etalon+x\n")
change("no key at all", 4, "no key of the log was given", options=[], drop=["vkey"])

# --- proofs
proof = good["proof/999.tlog-proof"]
change("proof altered", 1, "proof/999.tlog-proof: does not lead from the entry to the root",
       proof_999_tlog_proof=proof.replace(proof.split(b"\n")[2], proof.split(b"\n")[3]))
change("proof of another entry", 1, "the index is not that of its name",
       proof_999_tlog_proof=proof.replace(b"index 999", b"index 998"))
change("proof that is none", 1, "proof/999.tlog-proof: line 1", proof_999_tlog_proof=b"proof\n")

# --- a bound holds for what was cosigned, whatever the manifest asks for
early = [n for n in good if n.startswith("cosigned/") and n != "cosigned/300"]
change("asked for little", 0, "Entries below 300 existed no later than 2026-11-22T02:05:01Z", "1000 entries, 0 to 999",
       "no witnesses that you trust vouch for all of them", drop=early, manifest_json=b'{"from":0,"to":10}',
       never="They existed no later")
change("asked for just that", 0, "Entries below 300 existed no later than", drop=early, never="They existed no later",
       manifest_json=b'{"from":0,"to":300}')
change("asked for one more", 3, "entries from 300 to 300 are without", drop=early, manifest_json=b'{"from":0,"to":301}')
change("both bounds", 0, "Entries below 300 existed no later than 2026-11-22T02:05:01Z",
       "They all existed no later than 2026-11-22T02:16:41Z", manifest_json=b'{"from":0,"to":10}')

# --- manifest and sums
change("manifest is deep", 1, "manifest.json: is nested too deep", manifest_json=b'{"a":' + b"[" * 10000)
change("manifest is no JSON", 1, "manifest.json: not written", manifest_json=b"{")
change("manifest without a range", 1, "names no range", manifest_json=b'{"from":5,"to":5}')
change("manifest asks for more", 3, "entries between 1000 and 1999 are not there", manifest_json=b'{"from":0,"to":2000}')
change("no manifest", 3, "manifest.json: is not there", drop=["manifest.json"])
change("no sums", 3, "SHA256SUMS: the bundle has none", drop=["SHA256SUMS"], sums=False)
change("sums of fewer files", 1, "SHA256SUMS: names", sums=False, SHA256SUMS=good["SHA256SUMS"][:-71])
change("sums of nothing", 1, "SHA256SUMS: line 1", sums=False, SHA256SUMS=b"what\n")

# --- the container
at = whole.index(b"tile/0/001\0")
expect("cut off in a member", 1, "the bundle is cut off in it", bundle=whole[:at + 3000])
expect("cut off between members", 1, "the bundle is cut off", bundle=whole[:at])
expect("end cut off", 1, "the bundle is cut off", bundle=whole[:-BLOCK])
expect("trailing bytes", 1, "bytes follow the end", bundle=whole + b"more" * 128)
expect("member after the end", 1, "a member follows a block of zeros", bundle=whole[:at] + bytes(BLOCK) + whole[at:])
expect("header altered", 1, "tile/0/001: the checksum of its header is wrong", bundle=flipped(whole, at + 110))


def insert(what, said, name, data=b"", **fields):
    """A member that should not be there, in front of the tiles."""
    expect(what, 1, said, bundle=whole[:at] + member(name, data, **fields) + whole[at:])


insert("member twice", "tile/0/001: stands there twice", "tile/0/001", tile)
insert("out of order", "checkpoint: is out of order", "checkpoint", good["checkpoint"])
for trick in ("../../etc/passwd", "/etc/passwd", "tile/../vkey", "tile/0/./001", "tile//0/001", "proof/", "tile/0/1",
              "tile/0/000.p/256", "tile/9/000", "tile/0/x001", "cosigned/01", "cosigned/-1", "proof/1", "a" * 99,
              "tile/0/000\n", "tile/0/\x1b[2J"):
    insert("path " + trick, "no bundle holds a file of that name", trick)
insert("name without end", "no bundle holds", "tile/0/000" + "0" * 90)
for kind, what in ((b"1", "hard link"), (b"2", "symbolic link"), (b"5", "folder"), (b"3", "device"), (b"x", "pax"),
                   (b"L", "long name"), (b"\0", "old file")):
    insert(what, "is a link, a folder or a device", "tile/0/000", kind=kind, link=b"/etc/passwd")
insert("link in a file", "its header holds more than a name and a size", "tile/0/000", link=b"/etc/passwd")
expect("huge size", 1, "is larger than a member may be", bundle=whole[:at] + header("tile/0/000", 8**11 - 1) + whole[at:])
expect("size in base 256", 1, "its size is no octal number",
       bundle=whole[:at] + header("tile/0/000", b"\x80" + b"\xff" * 11) + whole[at:])
expect("size beyond the end", 1, "the bundle is cut off in it",
       bundle=whole[:at] + header("tile/0/000.p/7", 256 * 65537) + whole[at:])
hidden = bytearray(member("tile/0/000.p/7", b"x"))
hidden[-1] = 1
expect("bytes in the padding", 1, "hidden in the padding", bundle=whole[:at] + bytes(hidden) + whole[at:])
empty = b"".join(header(f"cosigned/{i}", 0) for i in range(200000, 200000 + (1 << 17) + 1))
expect("huge count", 1, "one member more than a bundle may have", bundle=empty + bytes(2 * BLOCK))
expect("empty file", 2, "neither a bundle nor a proof nor a folder", bundle=b"")
expect("no bundle", 2, "neither a bundle", bundle=b"PK\3\4" * 1000)
insert("GNU tar", "its header is not that of POSIX ustar", "tile/0/000.p/7", magic=b"ustar  \0")

print(f"{done} bundles, {failures} not judged as they should be")
sys.exit(1 if failures else 0)
