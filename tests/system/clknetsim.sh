#!/bin/bash
# The daemon unmodified inside clknetsim (CLKNETSIM_PATH): as server, and as client that steers a
# simulated clock; with and without kernel stamps, and over IPv6.
# Not as root: a daemon whose preloading failed would steer the clock of this machine.
[ -z "${CLKNETSIM_PATH:-}" ] || [ "$(id -u)" != 0 ] ||
    exec setpriv --reuid=65534 --regid=65534 --clear-groups "$0" "$@"
. "$(dirname "$0")/lib.sh"

[ -n "${CLKNETSIM_PATH:-}" ] || skip "CLKNETSIM_PATH does not say where clknetsim is"
[ -x "$CLKNETSIM_PATH/clknetsim" ] || skip "there is no clknetsim in $CLKNETSIM_PATH"
! grep -q __asan_init "$bin/etalond" || skip "a sanitizer build cannot be preloaded"
cd "$work" || fail "no working folder"

cat >net.conf <<'END'
node2_offset = 0.01
node2_freq = (+ 5e-6 (sum (* 1e-9 (normal))))
node1_delay2 = (+ 1e-3 (* 1e-4 (exponential)))
node2_delay1 = (+ 1e-3 (* 1e-4 (exponential)))
END
printf '%s\n' "local stratum 1 bound 1e-6" "allow" "statussocket none" >node1.conf
# Stamps: 0 user space, 1 kernel, 2 hardware.
export CLKNETSIM_SOCKET=$work/socket CLKNETSIM_RANDOM_SEED=1 CLKNETSIM_TIMESTAMPING=1

# node NUMBER OPTION...
node() {
    local number=$1
    shift
    env LD_PRELOAD="$CLKNETSIM_PATH/clknetsim.so" CLKNETSIM_NODE="$number" \
        "$bin/etalond" --single -d "$@" -f "node$number.conf" >"node$number.log" 2>&1 </dev/null &
    nodes+=("$!")
    daemons+=("$!")
}

# simulate SERVER: 3000 simulated seconds; then the offset of node 2 from second 500 on, worst case.
simulate() {
    local nodes=() pid
    printf '%s\n' "server $1 iburst minpoll 4 maxpoll 6" "allow" "statussocket none" \
        "driftfile $work/drift" >node2.conf
    rm -f drift socket
    node 1 -x
    node 2
    timeout 60 "$CLKNETSIM_PATH/clknetsim" -s "$CLKNETSIM_SOCKET" -l 3000 -o offset.log net.conf 2 \
        >stats.log 2>simulator.log || fail "$1: the simulation failed"
    for pid in "${nodes[@]}"; do
        wait "$pid" || fail "$1: node ended with exit code $?"
    done
    [ "$(wc -l <offset.log)" -ge 2900 ] || fail "$1: the simulation is short"
    awk 'NR > 500 { x = $2 < 0 ? -$2 : $2; if (x > worst) worst = x }
         END { print worst; exit !(worst < 5e-4) }' offset.log >worst.log ||
        fail "$1: off by $(cat worst.log) s"
    awk '{ exit !($1 > 4 && $1 < 6) }' drift || fail "$1: the drift file says $(cat drift)"
    echo "$1, stamps $CLKNETSIM_TIMESTAMPING: at most $(cat worst.log) s off"
}

CLKNETSIM_TIMESTAMPING=0 simulate 192.168.123.1
simulate 192.168.123.1
CLKNETSIM_TIMESTAMPING=2 simulate node1.net1.clk
CLKNETSIM_IP_FAMILY=6 simulate fc00::123:1
no_violation
