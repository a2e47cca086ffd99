# What the interoperability tests share: nodes on a private network, peers in them, waiting.
# Sourced by each test, which enter.sh has started: TEST BINDIR PEERS LIBDIR.
# shellcheck shell=bash
set -euo pipefail

bin=$(cd "${1:?BINDIR}" && pwd)
peers=$(cd "${2:?PEERS}" 2>/dev/null && pwd) || { echo "skipped: there are no peers in $2"; exit 77; }
libraries=$(cd "${3:?LIBDIR}" && pwd) # of the test itself
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tolerance_s=0.005 # what path and scheduling may explain in a busy virtual machine

fail() {
    trap - ERR
    echo "FAILED: $*" >&2
    local log
    for log in "$work"/*.log; do
        [ -s "$log" ] || continue
        echo "--- $(basename "$log")" >&2
        tail -25 "$log" >&2
    done
    exit 1
}

# needs PEER...: skips the test when the set-up could not get it.
needs() {
    local peer
    for peer in "$@"; do
        [ -e "$peers/$peer/.complete" ] && continue
        echo "skipped: $peer is not there (see the test interop/peers)"
        exit 77
    done
}

# The host's files as far as they matter: /run and /var/lib are ours, and the user that OpenNTPD
# becomes exists.
private_host() {
    mount -t tmpfs -o mode=755 tmpfs /run
    mount -t tmpfs -o mode=755 tmpfs /var/lib
    work=/run/interop
    mkdir -m 755 "$work" "$work/empty" /run/netns
    cp /etc/passwd /etc/group "$work"
    sed -i '/^ntpd:/d' "$work/passwd" "$work/group"
    echo "ntpd:x:64123:64123::$work/empty:/usr/sbin/nologin" >>"$work/passwd"
    echo "ntpd:x:64123:" >>"$work/group"
    mount --bind "$work/passwd" /etc/passwd
    mount --bind "$work/group" /etc/group
}

# node NAME NUMBER: a host at 10.77.0.NUMBER and fd77::NUMBER on the one network.
node() {
    ip link show hub >/dev/null 2>&1 || {
        ip link add hub type bridge
        ip link set hub up
    }
    ip netns add "$1"
    ip link add "port-$1" type veth peer name eth0 netns "$1"
    ip link set "port-$1" master hub up
    ip -n "$1" link set lo up
    ip -n "$1" link set eth0 up
    ip -n "$1" addr add "10.77.0.$2/24" dev eth0
    ip -n "$1" addr add "fd77::$2/64" dev eth0 nodad
}

# on NODE COMMAND...: in that node.
on() {
    ip netns exec "$@"
}

# start NAME NODE COMMAND...: in the background, output to NAME.log; it must not end by itself.
declare -A running=()
start() {
    local name=$1
    shift
    (exec ip netns exec "$@") >"$work/$name.log" 2>&1 </dev/null &
    running[$name]=$!
}

# stop NAME: it must end when asked to, and say that all was well.
stop() {
    kill "${running[$1]}"
    wait "${running[$1]}" || fail "$1 ended with $?"
    unset "running[$1]"
}

all_run() {
    local name
    for name in "${!running[@]}"; do
        kill -0 "${running[$name]}" 2>/dev/null || fail "$name ended by itself"
    done
}

# wait_until SECONDS WHAT COMMAND...: polls until the command succeeds; where others want the machine
# too, four times that long.
wait_until() {
    local end=$((SECONDS + 4 * $1)) what=$2
    shift 2
    until "$@" >"$work/wait.log" 2>&1; do
        all_run
        [ $SECONDS -lt $end ] || fail "$what: not within the time"
        sleep 0.3
    done
}

# answers NODE ADDRESS [VERSION]: that server gives time (LI not 3, stratum 1 to 15).
answers() {
    on "$1" python3 "$here/ask.py" --synchronised --version "${3:-4}" "$2"
}

# off_by EXPECTED WHAT COMMAND...: the median of the offsets that the command prints is as expected, all
# in seconds, but for what this little path explains. A busy machine stamps packets late, so the command
# may try again; what is wrong is wrong each time.
off_by() {
    local expected=$1 what=$2 tries=8 offsets
    shift 2
    # shellcheck disable=SC2086 # each offset is a word
    until offsets=$("$@") && python3 "$here/near.py" "$what" "$expected" "$tolerance_s" $offsets; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || fail "$what: the path does not explain this"
        sleep 1
    done
}

# near WHAT COMMAND...: all have the same host's time, so the offsets are near zero.
near() {
    off_by 0 "$@"
}

# --- peers: for each how it serves, or how it asks. None of them can move the clock.

foreign=(env LD_LIBRARY_PATH="$peers/lib" PYTHONPATH="$peers/python3-ntp/usr/lib/python3/dist-packages")
chronyd=("${foreign[@]}" "$peers/chrony/usr/sbin/chronyd" -u root)
ntpdig=("${foreign[@]}" python3 "$peers/ntpsec-ntpdig/usr/bin/ntpdig")

# chronyd_serves NODE: the host's time at stratum 1.
chronyd_serves() {
    printf '%s\n' "local stratum 1" "allow all" "cmdport 0" "bindcmdaddress /" \
        "pidfile $work/chronyd-$1.pid" >"$work/chronyd-$1.conf"
    start "chronyd-$1" "$1" "${chronyd[@]}" -x -d -f "$work/chronyd-$1.conf"
}

# ntpsec_serves NODE: as an orphan, which needs no reference clock and no wait.
ntpsec_serves() {
    printf '%s\n' "disable ntp kernel" "tos orphan 5 orphanwait 1" "restrict default nomodify noquery" \
        >"$work/ntpsec-$1.conf"
    start "ntpsec-$1" "$1" "${foreign[@]}" "$peers/ntpsec/usr/sbin/ntpd" -n -c "$work/ntpsec-$1.conf"
}

# openntpd_serves NODE ADDRESS UPSTREAM: it serves only what it follows, and after minutes; hence
# the hurry (see noadjust.c).
openntpd_serves() {
    mkdir -p /var/lib/openntpd/run /var/lib/openntpd/db
    printf '%s\n' "listen on $2" "server $3" >"$work/openntpd-$1.conf"
    start "openntpd-$1" "$1" "${foreign[@]}" LD_PRELOAD="$libraries/noadjust.so" HURRY=40 \
        "$peers/openntpd/usr/sbin/ntpd" -d -f "$work/openntpd-$1.conf"
}

# chronyd_asks NODE ADDRESS: prints by how much we are off, in seconds.
chronyd_asks() {
    on "$1" timeout 20 "${chronyd[@]}" -Q -t 10 -f /dev/null "server $2 iburst" "pidfile $work/asks.pid" \
        >"$work/chronyd-asks.log" 2>&1 || fail "chronyd -Q got no time from $2"
    sed -n 's/.*System clock wrong by \([-0-9.]*\) seconds.*/\1/p' "$work/chronyd-asks.log"
}

# ntpdig_asks NODE ADDRESS: prints the offset.
ntpdig_asks() {
    on "$1" timeout 20 "${ntpdig[@]}" -j -t 10 "$2" >"$work/ntpdig-asks.log" 2>&1 ||
        fail "ntpdig got no time from $2"
    python3 -c 'import json, sys; print(json.load(sys.stdin)["offset"])' <"$work/ntpdig-asks.log"
}

# busybox_asks NODE ADDRESS: prints the offsets; with -w it asks on until it is told to stop.
busybox_asks() {
    on "$1" timeout 6 "$peers/busybox/busybox" ntpd -n -d -q -w -p "$2" >"$work/busybox-asks.log" 2>&1 || true
    sed -n 's/.* reply from .* offset:\([-+0-9.]*\) .*/\1/p' "$work/busybox-asks.log"
}

# --- etalond

# etalond_runs NODE DIRECTIVE...: with -x, and a status socket of its own.
etalond_runs() {
    local node=$1
    shift
    printf '%s\n' "$@" "user nobody" "statussocket $work/etalond-$node.sock" >"$work/etalond-$node.conf"
    start "etalond-$node" "$node" "$bin/etalond" -x -d -f "$work/etalond-$node.conf"
}

# etalond_judges NODE ARGUMENT...: what judge.py says to its sources.
etalond_judges() {
    local node=$1
    shift
    "$bin/etalon" sources --json --socket "$work/etalond-$node.sock" >"$work/sources.json" || true
    python3 "$here/judge.py" "$@" <"$work/sources.json"
}

# kernel_offset NODE: CLOCK_REALTIME minus etalond's time, in seconds.
kernel_offset() {
    "$bin/etalon" status --json --socket "$work/etalond-$1.sock" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["kernel"]["offset_s"])'
}

# etalon_asks NODE ADDRESS: prints the offset that `etalon query` sees.
etalon_asks() {
    on "$1" "$bin/etalon" query "$2" --json --count 3 --interval 0.1 --timeout 10 >"$work/etalon-asks.log" 2>&1 ||
        fail "etalon query got no time from $2"
    python3 -c 'import json, sys; print(json.load(sys.stdin)["offset_s"])' <"$work/etalon-asks.log"
}

# kernel_offsets NODE: five of them.
kernel_offsets() {
    local i
    for i in 1 2 3 4 5; do
        kernel_offset "$1" || return
        sleep 0.2
    done
}

# agrees WHAT NODE: etalond's time is the host's, which is what every peer here serves.
agrees() {
    near "$1" kernel_offsets "$2"
}

private_host
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR
python3 "$here/clock_out_of_reach.py" || fail "the host's clock is within reach"
