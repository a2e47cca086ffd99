#!/bin/bash
# What the ledger costs: single entries made durable, batches of 64, publications.
#
#   bench/ledger.sh [BUILD]
#
# BUILD is a release build of the tree (build/release if not given); its libraries are measured. RUNS
# (5) runs each on a folder of the disk (DISK, /var/tmp) and of a tmpfs (MEMORY, /dev/shm), on core
# CORE (0); prints medians and the range. Needs no root and 2 GB of room; half a minute.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../build/release}" && pwd)
for library in os ledger crypto base; do
    [ -r "$build/lib$library.a" ] || {
        echo "bench: there is no lib$library.a in $build: build the preset \"release\" first" >&2
        exit 1
    }
done
tools=$(mktemp -d)
disk=$(mktemp -d "${DISK:-/var/tmp}/etalon-ledger-XXXXXX")
memory=$(mktemp -d "${MEMORY:-/dev/shm}/etalon-ledger-XXXXXX")
trap 'rm -rf "$tools" "$disk" "$memory"' EXIT
"${CC:-cc}" -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -I "$here/../src" -o "$tools/ledger_commit" \
    "$here/ledger_commit.c" "$build"/lib{os,ledger,crypto,base}.a -lnettle -lcrypto -lm

for run in $(seq "${RUNS:-5}"); do
    for place in disk memory; do
        taskset -c "${CORE:-0}" "$tools/ledger_commit" "${!place}/$run" |
            sed "s/^/$place /" >>"$tools/results"
        rm -rf "${!place:?}/$run"
    done
done
echo "disk: $(stat -f -c %T "$disk"), memory: $(stat -f -c %T "$memory")"
python3 - "$tools/results" <<'EOP'
import statistics, sys

values = {}
for line in open(sys.argv[1]):
    place, name, value = line.split()
    values.setdefault((name, place), []).append(float(value))
names = dict.fromkeys(name for name, _ in values)
print(f"{'':<20} {'disk':>12} {'from .. to':>24} {'memory':>12} {'from .. to':>24}")
for name in names:
    line = f"{name:<20}"
    for place in ("disk", "memory"):
        found = values[name, place]
        line += f" {statistics.median(found):12.2f} {min(found):12.2f} ..{max(found):10.2f}"
    print(line)
EOP
