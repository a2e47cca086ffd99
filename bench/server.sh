#!/bin/bash
# Server throughput: etalond against chronyd, in the same run, on the same two cores.
#
#   bench/server.sh BINDIR [PEERS]
#
# BINDIR holds etalond (a release build), PEERS what tests/interop/peers.sh fetched (fetched into
# BINDIR/../peers if missing). Each server runs on core 0, the generator on core 1, a veth pair
# between their two network namespaces. Both serve the host's clock and cannot move it. The pairs
# alternate, and medians are printed. Environment: PAIRS=5, STEP_S=1 (seconds of each
# measurement), PACED_HZ=20000, RCVBUF=4194304 (receive buffer given to chronyd), A=etalond,
# B=chronyd, CHRONYD_OPTIONS (more directives, separated by ';', e.g. "noclientlog").
set -euo pipefail

usage="usage: bench/server.sh BINDIR [PEERS]"
here=$(cd "$(dirname "$0")" && pwd)
source "$here/lib.sh"
export PACED_HZ=${PACED_HZ:-20000}

prepare() {
    :
}

serve() {
    serve_"$1"
}

measure() {
    local before after closed knee paced cpu_s starved buffer
    load -w 64 >/run/warm
    read -r -a before <<<"$(used)"
    closed=$(load)
    read -r -a after <<<"$(used)"
    knee=$(load -k "$(awk "BEGIN { print 1.3 * $(field replies_hz "$closed") }")" | tail -1)
    paced=$(load -r "$PACED_HZ")
    note plateau "$(field replies_hz "$closed")"
    note knee "$(field rate_hz "$knee")"
    cpu_s=$(awk "BEGIN { print (${after[0]} - ${before[0]}) / $STEP_S }")
    starved=$(awk "BEGIN { printf \"%.1f\", 100 * ((${after[1]} - ${before[1]}) / $STEP_S + $(field starved "$closed")) }")
    note busy "$(awk "BEGIN { print 100 * $cpu_s }")"
    note cpu "$(awk "BEGIN { print 1e6 * $cpu_s / $(field replies_hz "$closed") }")"
    note starved "$starved"
    note p50 "$(field p50_us "$paced")"
    note p99 "$(field p99_us "$paced")"
    note rss "${after[2]}"
    note pss "${after[3]}"
    buffer=$(ip netns exec server ss -Hulnm "sport = :123" | sed -n 's/.*,rb\([0-9]*\),.*/\1/p' | sort -un | tail -1)
    echo "  $name: $(field replies_hz "$closed") replies/s, $(field rate_hz "$knee") without loss," \
        "starved $starved %, buffer $buffer bytes"
}

if [ "${1:-}" != --inside ]; then
    outside "$0" "${1:?$usage}" "${2:-$1/../peers}"
    exit
fi
inside "$@"
pairs
