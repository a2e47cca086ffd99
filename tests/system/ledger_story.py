#!/usr/bin/env python3
"""A ledger that tells of an incident, and one full of entries that no daemon writes; for the tests of
`etalon ledger` and `etalon timeline`.

    ledger_story.py FOLDER

writes FOLDER/story, FOLDER/bad and FOLDER/long (each with public/), and the keys and policy beside them."""

import json
import pathlib
import sys

from ledger_made import ABSENT, LOG, OTHER, START, Tree, WITNESSES, write, write_public

BOOT = "0d" * 16


class Story:
    def __init__(self):
        self.entries = []

    def add(self, kind, job="keeper", pid=20, timed=True, boot=BOOT, **members):
        i = len(self.entries)
        utc = f"2026-11-22T02:{i // 60:02}:{i % 60:02}.000000000Z"
        entry = {"v": 1, "kind": kind, "job": job, "pid": pid, "boot": boot, "seq": i + 1,
                 "counter": 5 * 10**9 + i * 10**9, "utc": utc if timed else None,
                 "radius": 1e-3 if timed else None, **members}
        self.entries.append(json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode())
        return i

    def sample(self, offset=0.0, name="a.example"):
        i = len(self.entries)
        mono = 5 * 10**9 + i * 10**9
        t = f"2026-11-22T02:{i // 60:02}:{i % 60:02}."
        self.add("sample", source=0, name=name, taken=mono, t1=mono, t4=mono, stratum=1,
                 t2=t + f"{int(offset * 1e9):09}Z", t3=t + f"{int(offset * 1e9):09}Z", delay=1e-5)

    def intent(self, number, act="line", offset=1e-6, frequency=1e-7, **more):
        return self.add("intent", intent=number, act=act, offset=offset, frequency=frequency, voters=3,
                        agreeing=3, reference="a.example", verdicts=[], **more)

    def effect(self, number, rate=1e-7, **members):
        return self.add("effect", intent=number, line={"rate": rate}, steers=bool(members), **members)


def story():
    s = Story()
    s.add("start", "recorder", 30, timed=False, version="0.1.0", configuration="etalon.conf", found="created")
    s.add("config", "recorder", 30, timed=False, file="etalon.conf", sha256="aa" * 32, text="port 0\n")
    s.add("begin", timed=False, steers=True, continued=False)
    s.intent(1, "step", 0.25)
    s.effect(1)
    for n in range(2, 10):
        s.sample(n * 1e-4)
        s.intent(n, offset=n * 1e-6)
        s.effect(n, kernel_frequency_asked=1e-7, kernel_frequency_read=1e-7, kernel_offset=0)
    s.add("cosigned", "recorder", 30, size=20, bound=START + 21, witnesses=[{"name": "w1", "time": START + 21}])
    s.add("verdict", source=0, name="a.example", verdict="falseticker", before="survivor", offset=0.5, lower=0.4,
          upper=0.6)
    s.add("notice", level="warning", text="CLOCK_REALTIME was stepped by +3.000000 s by somebody else")
    s.add("notice", level="info", text="\u001b[31mred\u0007 \u009b31m \u007f")
    s.add("alarm", level="error", text="alarm: the majority is elsewhere")
    s.effect(77)  # which nobody intended
    s.intent(10, frequency=1e-7)
    s.effect(10, rate=5e-7)  # which is not what was intended
    s.intent(11)
    s.effect(11, kernel_frequency_asked=1e-7, kernel_frequency_read=9e-5, kernel_offset=0)
    s.intent(12)  # overtaken
    s.intent(13)
    s.effect(13)
    s.intent(14)  # and then the keeper is gone
    s.add("process", "parent", 1, name="keeper", instance=0, process=500, restarts=1, sandbox="",
          fate="killed", code=9)
    s.add("begin", pid=21, steers=True, continued=True)
    s.add("gap", "recorder", 30, name="source", before=44)
    s.add("config", "recorder", 30, file="etalon.conf", sha256="bb" * 32, text="port 1\n")
    s.add("finding", "recorder", 30, finding='{"kind":"split-view"}', cut=False)
    s.add("tea", "kitchen", 7, leaves=[1, 2, {"green": True}])  # of a version to come
    s.sample(0.01, "b.example")
    return s.entries


def bad():
    s = Story()
    s.sample()
    good = s.entries[0]
    text = good.decode()
    return [good, b"", b"tea", b"[1]", good[:-1], good + b" ", good + b"x", b"[" * 5000, b'{"a":' * 40 + b"1" + b"}" * 40,
            text.replace('"counter":5000000000', '"counter":' + "9" * 400).encode(),
            text.replace('"counter":5000000000', '"counter":-1').encode(),
            text.replace('"pid":20', '"pid":"20"').encode(), text.replace('"pid":20', '"pid":1e999').encode(),
            text.replace('"kind":"sample"', '"kind":"sam\\u001bple"').encode(),
            text.replace('"kind":"sample"', '"kind":7').encode(),
            text.replace('"v":1', '"v":1,"v":2').encode(), text.replace('"v":1', '"v":0').encode(),
            text.replace('"radius":0.001', '"radius":-1').encode(),
            text.replace('T02:00:00', 'T25:00:00').encode(), text.replace('"utc":', '"utc_":').encode(),
            b'\xff\xfe' + good, text.replace(',', ',\n', 1).encode(),
            text.replace('"t1":5000000000', '"t1":-9223372036854775807').encode(),
            text.replace('"delay":1e-05', '"delay":null').encode(), good]


def long():
    s = Story()
    for i in range(600):
        s.sample(1e-6, "a.example" if i % 7 else "rare.example")
        if i % 200 == 199:
            s.add("verdict", source=0, name="a.example", verdict="survivor", before="outlier", offset=0)
    return s.entries


def main():
    folder = pathlib.Path(sys.argv[1])
    write_public(Tree(story()), folder / "story/public", [20, 40])
    write_public(Tree(bad()), folder / "bad/public")
    write_public(Tree(long()), folder / "long/public")
    write(folder / "key", LOG.vkey() + "\n")
    write(folder / "other", OTHER.vkey() + "\n")
    write(folder / "policy", "".join(f"witness w{i} {w.vkey()}\n" for i, w in enumerate(WITNESSES, 1)) +
          "group both all w1 w2\nquorum both\n")
    write(folder / "strict", f"log {LOG.vkey()}\nwitness w3 {ABSENT.vkey()}\nquorum w3\n")


if __name__ == "__main__":
    main()
