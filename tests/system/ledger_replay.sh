#!/bin/bash
# Real daemons, real clocks, real packets: what their ledgers hold is decided again, bit for bit, also
# across a keeper that was killed, and for one process with all jobs in it.
. "$(dirname "$0")/lib.sh"

"$bin/etalon" ledger keygen time.example/replay -o "$work/key" >"$work/vkey" || fail "no key"
upstreams=()
for i in 1 2 3; do
    port=$(free_port)
    configure "up$i" "local stratum 1 bound 0.01" "allow 127.0.0.1" "bindaddress 127.0.0.1" "port $port"
    start "up$i"
    upstreams+=("server 127.0.0.1 port $port iburst minpoll -1 maxpoll 0")
done

replays() {
    "$bin/etalon" replay -L "$work/$1" >"$work/replay" || { cat "$work/replay"; fail "$1: not the same"; }
    grep -q "The same, bit for bit" "$work/replay" || fail "$1: no verdict"
    cat "$work/replay"
}

# has NAME KIND COUNT
has() {
    "$bin/etalon" ledger list -L "$work/$1" --kind "$2" --json >"$work/listed" &&
        [ "$(wc -l <"$work/listed")" -ge "$3" ]
}

ledger_of() {
    configure "$1" "${upstreams[@]}" "port 0" "ledger $work/$1" "ledgerkey $work/key" \
        "local stratum 10 distance 10"
}

ledger_of several
start several
daemon=$pid
until_true 150 has several effect 5 || fail "no effects"
kill -KILL "$(job "$daemon" keeper)"
until_true 100 has several begin 2 || fail "no second keeper"
until_true 150 has several effect 10 || fail "the second keeper moves nothing"
stop "$daemon"
replays several
grep -q "decisions *2 keepers" "$work/replay" || fail "not two keepers"
for kind in start config process receipt sample journal intent effect verdict association request; do
    has several "$kind" 1 || fail "no entry of kind $kind"
done

ledger_of single
start single --single
until_true 150 has single effect 5 || fail "no effects in one process"
stop "$pid"
replays single

no_violation
echo "replay: the same decisions from the same inputs"
