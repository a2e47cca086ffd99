"""usage.py PID: what that process and all below it have used.

Prints: CPU seconds (utime + stime), RSS of the process that used most CPU, and the memory of all
together with shared pages counted once (PSS), both in MiB."""
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


def memory_mib(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        fields = dict(line.split(":") for line in rollup.read().splitlines()[1:])
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("Rss", "Pss"))


used = {pid: (cpu_s(pid), *memory_mib(pid)) for pid in tree(int(sys.argv[1]))}
print(f"{sum(u[0] for u in used.values()):.2f} {max(used.values())[1]:.1f} {sum(u[2] for u in used.values()):.1f}")
