#!/bin/bash
# sim.sh BINDIR [RUNS]: how much faster than real time a simulated client with five servers at 64 s
# runs on one core, in CPU time; the median of RUNS (7), each of a day in 16 worlds. Prints the
# share of the jobs (what is shipped) and of the world around them where perf is at hand.
set -euo pipefail
bin=$(cd "${1:?BINDIR}" && pwd)
runs=${2:-7}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for _ in $(seq "$runs"); do
    "$bin/etalon" sim five-at-64s --seed 1..16 --jobs 1 --json
done | python3 -c '
import json, statistics, sys
rates = []
for line in sys.stdin:
    runs = json.loads(line)["runs"]
    rates.append(sum(r["simulated_s"] for r in runs) / sum(r["cpu_s"] for r in runs))
middle = statistics.median(rates)
print(f"{middle:,.0f} times real time on one core ({min(rates):,.0f} to {max(rates):,.0f} in"
      f" {len(rates)} runs), {middle / 86400 / 365.25:.4f} simulated years a second")'

command -v perf >/dev/null || exit 0
perf record -q -o "$work/perf" "$bin/etalon" sim five-at-64s --seed 1..32 --jobs 1 >/dev/null 2>&1 || exit 0
perf report -i "$work/perf" --no-children --stdio --sort symbol 2>/dev/null | python3 -c '
import re, sys
shares = {"estimator (clock/, jury, timescale)": 0, "other jobs and formats": 0, "the world (sim/)": 0}
world = re.compile(r"^(prng|oscillator|phase|draw|path|queue|earlier|judge|check|remote|wander|host|world|on_|set_alarm|"
                   r"patient|courier|carr|travel|forward|parcel|trace|count_liars|observe|dispatch|refill|read_clocks|"
                   r"logarithm|stream|rotate|spread|segment|error_and|interfere|error_at|take_toll|is_settled)")
estimator = re.compile(r"^(filter|jury|select|ensemble|servo|timescale|drift|chi_|interval|predict|update|run_all|radius|"
                       r"line_|epoch|carried|insert|consider|vote|cluster|combine)")
for line in sys.stdin:
    found = re.match(r"\s+([0-9.]+)%\s+\[(.)\]\s+(\S+)", line)
    if not found: continue
    share, where, name = float(found[1]), found[2], found[3]
    kind = "the world (sim/)" if world.match(name) else "estimator (clock/, jury, timescale)" if estimator.match(name) else "other jobs and formats"
    shares[kind] += share
print("; ".join(f"{k} {v:.0f} %" for k, v in shares.items()))'
