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
interop=$here/../tests/interop
export PAIRS=${PAIRS:-5} STEP_S=${STEP_S:-1} PACED_HZ=${PACED_HZ:-20000} RCVBUF=${RCVBUF:-4194304}
export A=${A:-etalond} B=${B:-chronyd} CHRONYD_OPTIONS=${CHRONYD_OPTIONS:-}

stop() {
    echo "bench: $*" >&2
    exit 1
}

# Outside: fetch and compile, then enter the namespaces.
if [ "${1:-}" != --inside ]; then
    bin=$(cd "${1:?$usage}" && pwd)
    peers=${2:-$bin/../peers}
    [ "$(id -u)" = 0 ] || stop "needs root for its network namespaces: sudo $0 $*"
    [ -x "$bin/etalond" ] || [ "$A" != etalond ] || stop "there is no etalond in $bin"
    [ "$(nproc)" -ge 2 ] || stop "needs two cores, one for the server and one for the generator"
    "$interop/peers.sh" "$peers" chrony
    peers=$(cd "$peers" && pwd)
    tools=$(mktemp -d)
    trap 'rm -rf "$tools"' EXIT
    "${CC:-cc}" -std=c17 -O2 -Wall -Wextra -o "$tools/load" "$here/load.c"
    "${CC:-cc}" -std=c17 -O2 -Wall -Wextra -shared -fPIC -o "$tools/rcvbuf.so" "$here/rcvbuf.c"
    "$interop/enter.sh" "$0" --inside "$bin" "$peers" "$tools"
    exit
fi

bin=$2 peers=$3 tools=$4
mount -t tmpfs tmpfs /run
mkdir /run/netns
results=/run/results

network() {
    ip netns add server
    ip netns add generator
    ip -n server link add eth0 type veth peer name eth0 netns generator
    local node
    for node in server generator; do
        ip -n $node link set lo up
        ip -n $node link set eth0 up
    done
    ip -n server addr add 10.77.0.1/24 dev eth0
    ip -n generator addr add 10.77.0.2/24 dev eth0
}

serve_chronyd() {
    printf '%s\n' "local stratum 1" "allow all" "cmdport 0" "bindcmdaddress /" \
        "pidfile /run/chronyd.pid" >/run/chronyd.conf
    tr ';' '\n' <<<"$CHRONYD_OPTIONS" >>/run/chronyd.conf
    exec ip netns exec server taskset -c 0 \
        env LD_LIBRARY_PATH="$peers/lib" LD_PRELOAD="$tools/rcvbuf.so" RCVBUF="$RCVBUF" \
        "$peers/chrony/usr/sbin/chronyd" -x -d -u root -f /run/chronyd.conf
}

serve_etalond() {
    printf '%s\n' "local stratum 2 bound 0.01" "allow" >/run/etalond.conf
    exec ip netns exec server taskset -c 0 "$bin/etalond" -x -d -f /run/etalond.conf
}

load() {
    ip netns exec generator "$tools/load" -c 1 -t "$STEP_S" "$@" 10.77.0.1
}

# field NAME LINE: the value of NAME=value in a line of the generator.
field() {
    local rest=${2#*"$1="}
    echo "${rest%% *}"
}

# wait_for SERVER: until it answers with time; then a warm-up.
wait_for() {
    local line end=$((SECONDS + 15))
    while [ $SECONDS -lt $end ]; do
        line=$(ip netns exec generator "$tools/load" -w 1 -t 0.1 10.77.0.1 2>/dev/null) &&
            [ "$(field unsynchronised "$line")" = 0 ] && return
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    tail -20 "/run/$1.log" >&2
    stop "$1 does not serve"
}

note() {
    echo "$name $1 $2" >>$results
}

# measure: one run of the server $name, whose first process is $server.
measure() {
    local before after closed knee paced cpu_s starved buffer
    load -w 64 >/run/warm
    read -r -a before <<<"$(python3 "$here/usage.py" "$server")"
    closed=$(load)
    read -r -a after <<<"$(python3 "$here/usage.py" "$server")"
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

run() {
    name=$1
    (serve_"$name") >"/run/$name.log" 2>&1 </dev/null &
    server=$!
    wait_for "$name"
    measure
    kill "$server"
    wait "$server" || true
}

network
for pair in $(seq "$PAIRS"); do
    echo "pair $pair of $PAIRS"
    run "$A"
    run "$B"
done
python3 "$here/summary.py" $results
