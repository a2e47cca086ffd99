#!/usr/bin/env python3
"""The man page etalon-ledger(5) says what the sources write: the same kinds of entries, each with the
same members in the same order. Usage: man_ledger.py ROOT

The sources are read, not run: a writer of a kind is a function write_..., and its members are the
names that it hands to json_... and to the helpers of jobs/entry.c that write one member."""

import pathlib
import re
import sys

MEMBER = re.compile(r"\b(json_open_object|json_close_object|json_open_array|json_close_array|json_\w+|write_line|"
                    r"write_(?:source|address|utc|base64))\(&?json(?:, (?:\"(\w+)\"|NULL))?")


def functions(text):
    """name -> body of the functions write_..."""
    return {m.group(1): m.group(2) for m in re.finditer(r"^static void (write_\w+)\([^)]*\) \{\n(.*?)^\}", text, re.S | re.M)}


def members(body):
    """In the order of writing, each once; those of objects in an array as "array.member"."""
    out, inside = [], []
    for call, name in MEMBER.findall(body):
        if call.startswith("json_close"):
            inside.pop()
            continue
        if call == "write_line":
            name = "line"
        dotted = ".".join([i for i in inside if i] + [name])
        if name and dotted not in out:
            out.append(dotted)
        if call.startswith("json_open"):
            inside.append(name)
    return out


def written(root):
    """kind -> members, and those of the head and of the line."""
    record = (root / "src/jobs/record.c").read_text()
    entry = functions((root / "src/jobs/entry.c").read_text())
    kinds = {}
    names = dict(re.findall(r'\[(RECORD_\w+)\] = "([\w-]+)"', record))
    table = dict(re.findall(r"\[(RECORD_\w+)\] = (write_\w+)", (root / "src/jobs/entry.c").read_text()))
    for kind, writer in table.items():
        kinds[names[kind]] = members(entry[writer])
    for path in ("src/jobs/recorder.c", "src/main/etalond_ledger.c"):
        text = (root / path).read_text()
        own = functions(text)
        for kind, writer in re.findall(r'note\(recorder, "(\w+)"[^;]*?(write_\w+)', text):
            kinds[kind] = members(own[writer])
        for kind, writer in re.findall(r'\.kind = "(\w+)".*?entry_of\(&head, (write_\w+)', text, re.S):
            kinds[kind] = members(own[writer])
    kinds["alarm"] = kinds["notice"]
    kinds["malformed"] = []
    line = [m.removeprefix("line.") for m in members(entry["write_line"]) if m != "line"]
    return kinds, members(entry["write_head"]), line


def documented(root):
    kinds, head, line, current, depth, section = {}, [], [], [], 0, ""
    for text in (root / "man/etalon-ledger.5").read_text().splitlines():
        if text.startswith((".Sh ", ".Ss ")):
            section = text[4:]
        elif text.startswith(".Bl "):
            depth += 1
        elif text.startswith(".El"):
            depth -= 1
        elif section == "ENTRIES" and text.startswith(".It Cm ") and depth == 1:
            current = text[7:].replace(" ,", "").split()
            kinds.update({kind: [] for kind in current})
        elif text.startswith(".It Va ") and section == "The line":
            line.append(text[7:].removeprefix("line."))
        elif text.startswith(".It Va ") and depth == 1:
            head.append(text[7:])
        elif text.startswith(".It Va "):
            for kind in current:
                kinds[kind].append(text[7:])
    return kinds, head, line


def main():
    root = pathlib.Path(sys.argv[1])
    (kinds, head, line), (said, said_head, said_line) = written(root), documented(root)
    complaints = [f"kind {k} is not documented" for k in sorted(kinds.keys() - said.keys())]
    complaints += [f"kind {k} is written by nobody" for k in sorted(said.keys() - kinds.keys())]
    for name, here, there in [("head", head, said_head), ("line", line, said_line)] + \
            [(k, kinds[k], said[k]) for k in sorted(kinds.keys() & said.keys())]:
        if here != there:
            complaints.append(f"{name}: the sources write {' '.join(here)}, the page says {' '.join(there)}")
    for complaint in complaints:
        print("man/etalon-ledger.5:1:", complaint)
    count = sum(len(m) for m in kinds.values())
    if not complaints and (len(kinds) < 21 or count < 80):
        complaints.append("")
        print(f"only {len(kinds)} kinds with {count} members were compared")
    if not complaints:
        print(f"{len(kinds)} kinds with {count} members are the same in the man page and the sources")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
