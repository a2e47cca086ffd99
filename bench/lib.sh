# What the comparisons of two servers share: namespaces, starting, waiting, the pairs.
# Sourced by a benchmark, which has set `here`.
# shellcheck shell=bash disable=SC2154
set -euo pipefail

interop=$here/../tests/interop
export PAIRS=${PAIRS:-5} STEP_S=${STEP_S:-1} RCVBUF=${RCVBUF:-4194304}
export A=${A:-etalond} B=${B:-chronyd} CHRONYD_OPTIONS=${CHRONYD_OPTIONS:-}

stop() {
    echo "bench: $*" >&2
    exit 1
}

# outside BENCHMARK BINDIR PEERS: fetches and compiles (with the benchmark's function `prepare`,
# into the folder $tools), then runs the benchmark again, inside the namespaces.
outside() {
    local self=$1 peers=$3
    bin=$(cd "$2" && pwd)
    [ "$(id -u)" = 0 ] || stop "needs root for its network namespaces: sudo $self"
    [ -x "$bin/etalond" ] || [ "$A" != etalond ] || stop "there is no etalond in $bin"
    [ "$(nproc)" -ge 2 ] || stop "needs two cores, one for the server and one for the generator"
    "$interop/peers.sh" "$peers" chrony
    peers=$(cd "$peers" && pwd)
    tools=$(mktemp -d)
    trap 'rm -rf "$tools"' EXIT
    "${CC:-cc}" -std=c17 -O2 -Wall -Wextra -o "$tools/load" "$here/load.c"
    "${CC:-cc}" -std=c17 -O2 -Wall -Wextra -shared -fPIC -o "$tools/rcvbuf.so" "$here/rcvbuf.c"
    prepare
    "$interop/enter.sh" "$self" --inside "$bin" "$peers" "$tools"
}

# inside --inside BINDIR PEERS TOOLS: the two hosts.
inside() {
    bin=$2 peers=$3 tools=$4
    mount -t tmpfs tmpfs /run
    mkdir /run/netns
    results=/run/results
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

# serve_chronyd [DIRECTIVE...]
serve_chronyd() {
    printf '%s\n' "local stratum 1" "allow all" "cmdport 0" "bindcmdaddress /" \
        "pidfile /run/chronyd.pid" "$@" >/run/chronyd.conf
    tr ';' '\n' <<<"$CHRONYD_OPTIONS" >>/run/chronyd.conf
    exec ip netns exec server taskset -c 0 \
        env LD_LIBRARY_PATH="$peers/lib" LD_PRELOAD="$tools/rcvbuf.so" RCVBUF="$RCVBUF" \
        "$peers/chrony/usr/sbin/chronyd" -x -d -u root -f /run/chronyd.conf
}

# serve_etalond [DIRECTIVE...]
serve_etalond() {
    printf '%s\n' "local stratum 2 bound 0.01" "allow" "$@" >/run/etalond.conf
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
    echo "$name $1 $2" >>"$results"
}

# used: CPU seconds, seconds of waiting, RSS and PSS of the server until now (usage.py).
used() {
    python3 "$here/usage.py" "$server"
}

# run SERVER: by the benchmark's function `serve`, measured by its function `measure`, in which the
# server is $name and its first process $server.
run() {
    name=$1
    (serve "$name") >"/run/$name.log" 2>&1 </dev/null &
    server=$!
    wait_for "$name"
    measure
    kill "$server"
    wait "$server" || true
}

pairs() {
    local pair
    for pair in $(seq "$PAIRS"); do
        echo "pair $pair of $PAIRS"
        run "$A"
        run "$B"
    done
    python3 "$here/summary.py" "$results"
}
