#!/bin/bash
# The Roughtime server: the pure one against the cost of its cryptography (roughtime.c), then the
# process with its sockets (roughtime_load.c), on loopback in a closed loop.
#
#   bench/roughtime.sh [BUILD]
#
# BUILD is a release build of the tree (build/release if not given); its libraries and programs are
# measured. Needs no root. The pure server and etalond run on core CORE (0), the generator on
# GENERATOR_CORE (1), STEP_S=2 seconds for each number of requests on their way; 20 s in all. The
# clock of the machine is not touched (etalond -x).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../build/release}" && pwd)
core=${CORE:-0} generator_core=${GENERATOR_CORE:-1} step_s=${STEP_S:-2}

stop() {
    echo "bench: $*" >&2
    exit 1
}
for library in proto wire clock crypto base; do
    [ -r "$build/lib$library.a" ] ||
        stop "there is no lib$library.a in $build: build the preset \"release\" first"
done
work=$(mktemp -d)
server=
leave() {
    if [ -n "$server" ]; then kill "$server" && wait "$server" || true; fi
    rm -rf "$work"
}
trap leave EXIT

"${CC:-cc}" -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -I "$here/../src" -o "$work/roughtime" \
    "$here/roughtime.c" "$build"/lib{proto,wire,clock,crypto,base}.a -lnettle -lcrypto -lm
"${CC:-cc}" -std=c17 -O2 -Wall -Wextra -o "$work/load" "$here/roughtime_load.c"
taskset -c "$core" "$work/roughtime"

if [ ! -x "$build/bin/etalond" ] || [ "$(nproc)" -lt 2 ]; then
    echo "With sockets: not measured (needs two cores, and etalond in $build/bin)"
    exit
fi

port=$(python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
"$build/bin/etalon" roughtime keygen "$work/long" >"$work/key"
"$build/bin/etalon" roughtime delegate --key "$work/long" --out "$work/online" --days 1 >/dev/null
printf '%s\n' "local stratum 1 bound 0.01" "allow" "bindaddress 127.0.0.1" "port 0" \
    "roughtimeport $port" "roughtimedelegation $work/online" "statussocket $work/socket" >"$work/conf"
taskset -c "$core" "$build/bin/etalond" -x -d -f "$work/conf" >"$work/log" 2>&1 </dev/null &
server=$!
for _ in $(seq 100); do
    "$build/bin/etalon" roughtime query -t 1 "127.0.0.1:$port" "$(cat "$work/key")" >/dev/null 2>&1 && break
    sleep 0.1
done

# counted: CPU seconds of all processes of etalond, its batches and replies until now.
counted() {
    sleep 1.2 # the process reports once a second
    python3 "$here/usage.py" "$server" | cut -d' ' -f1
    "$build/bin/etalon" status -s "$work/socket" --json | python3 -c 'import json, sys
r = json.load(sys.stdin)["roughtime"]
print(r["batches"], r["replies"])'
}

echo "With sockets, one UDP flow on loopback:"
for window in 1 8 64 256 1024; do
    before=$(counted)
    line=$(taskset -c "$generator_core" "$work/load" "$port" "$window" "$step_s")
    after=$(counted)
    python3 - "$line" "$before" "$after" <<'END'
import sys
line, before, after = sys.argv[1], *([float(x) for x in a.split()] for a in sys.argv[2:])
cpu_s, batches, replies = (b - a for a, b in zip(before, after))
print(f"{line}; {replies / max(batches, 1):.0f} to a batch, {1e6 * cpu_s / max(replies, 1):.1f} us CPU a reply")
END
done
