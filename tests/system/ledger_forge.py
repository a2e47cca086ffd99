#!/usr/bin/env python3
"""Ledgers made of the entries of another one, with something done to them, and signed anew: what whoever
holds the key could write. For the test of `etalon replay`.

    ledger_forge.py ENTRIES FOLDER

ENTRIES has one entry a line (etalon ledger list --json); writes FOLDER/RULE/public for each rule."""

import json
import pathlib
import sys

from ledger_made import Tree, write_public


def find(entries, kind, start=0, **members):
    for i in range(start, len(entries)):
        e = entries[i]
        if e["kind"] == kind and all(e[k] == v for k, v in members.items()):
            return i
    raise SystemExit(f"there is no {kind}")


def without(entries, i, renumber):
    """Left out; with renumber so that the numbers of its process do not tell."""
    gone, out = entries[i], [dict(e) for e in entries]
    del out[i]
    for e in out[i:]:
        if renumber and gone["seq"] and (e["pid"], e["job"]) == (gone["pid"], gone["job"]):
            e["seq"] -= 1
    return out


def loss(entries, i, name):
    """As the recorder tells of one, before entry i."""
    head = {k: entries[i][k] for k in ("v", "kind", "job", "pid", "boot", "seq", "counter", "utc", "radius")}
    told = {**head, "kind": "lost", "job": "recorder", "pid": 1, "seq": 0, "name": name, "records": 1}
    return entries[:i] + [told] + entries[i:]


def exchange(entries):
    """A receipt and its sample, with nothing else of the source job between them. Where the recorder was
    busy it took the keeper's records first, and the sample stands before its receipt: not that one."""
    sample = find(entries, "effect")
    while True:
        sample = find(entries, "sample", sample + 1)
        receipt = find(entries, "receipt", source=entries[sample]["source"], received=entries[sample]["t4"])
        if receipt < sample and all(e["job"] != "source" for e in entries[receipt + 1:sample]):
            return sample, receipt


def forge(entries):
    sample, receipt = exchange(entries)
    journal = find(entries, "journal", find(entries, "effect"))
    config = find(entries, "config")
    late = entries[:receipt] + entries[receipt + 1:sample + 1] + [entries[receipt]] + entries[sample + 1:]
    changed = [dict(e) for e in entries]
    changed[config]["text"] = changed[config]["text"].replace("port 0", "port 1")
    return {
        "as-it-is": entries,
        "receipt-late": late,
        "receipt-gone": without(entries, receipt, True),
        "receipt-missing": without(entries, receipt, False),
        "receipt-lost": loss(without(entries, receipt, True), sample, "source"),
        "journal-gone": without(entries, journal, True),
        "journal-missing": without(entries, journal, False),
        "journal-lost": loss(without(entries, journal, True), min(journal + 20, len(entries) - 2), "keeper"),
        "lost-by-another": loss(entries, journal, "server"),
        "config-gone": [e for e in entries if e["kind"] != "config"],
        "config-changed": changed,
    }


def main():
    lines = pathlib.Path(sys.argv[1]).read_bytes().splitlines()
    entries = [json.loads(line) for line in lines]
    exact = {json.dumps(e): line for e, line in zip(entries, lines)}
    for rule, forged in forge(entries).items():
        leaves = [exact.get(json.dumps(e)) or json.dumps(e, separators=(",", ":"), ensure_ascii=False).encode()
                  for e in forged]
        write_public(Tree(leaves), pathlib.Path(sys.argv[2]) / rule / "public")


if __name__ == "__main__":
    main()
