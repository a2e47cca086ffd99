"""usage.py PID: what that process and all below it have used.

Prints: CPU seconds (utime + stime), seconds of waiting for a core, RSS of the process that used
most CPU, and the memory of all together with shared pages counted once (PSS), both in MiB."""
import os
import sys


def tree(pid):
    yield pid
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
            for child in children.read().split():
                yield from tree(int(child))


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def starved_s(pid):
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as schedstat:
        return int(schedstat.read().split()[1]) / 1e9


def memory_mib(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        fields = dict(line.split(":") for line in rollup.read().splitlines()[1:])
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("Rss", "Pss"))


used = [(cpu_s(pid), starved_s(pid), *memory_mib(pid)) for pid in tree(int(sys.argv[1]))]
cpu, starved, _, pss = (sum(column) for column in zip(*used))
print(f"{cpu:.2f} {starved:.3f} {max(used)[2]:.1f} {pss:.1f}")
