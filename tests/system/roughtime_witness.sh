#!/bin/bash
# The daemon asks three Roughtime servers: it agrees with honest ones, raises an alarm, asks again
# and serves nothing where its own time lies before what they prove, judges certificates by it while
# it has no time, and keeps the evidence against a liar.
. "$(dirname "$0")/lib.sh"

# serve NAME OFFSET_S: a Roughtime server; adds its line to $work/NAME.line.
serve() {
    local port ntp key
    port=$(free_port) ntp=$(free_port)
    key=$("$bin/etalon" roughtime keygen "$work/$1.key") || fail "keygen"
    "$bin/etalon" roughtime delegate --key "$work/$1.key" --out "$work/$1.online" >/dev/null ||
        fail "delegate"
    configure "$1" "local stratum 1 bound 0.01 offset $2" "allow 127.0.0.1" \
        "bindaddress 127.0.0.1" "port $ntp" "roughtimeport $port" \
        "roughtimedelegation $work/$1.online"
    start "$1"
    until_true 100 "$bin/etalon" roughtime query -t 1 "127.0.0.1:$port" "$key" ||
        fail "$1 does not answer"
    echo "roughtime 127.0.0.1:$port $key" >"$work/$1.line"
}
serve one 0
serve two 0
serve three 0
serve liar 10

# ask NAME OFFSET_S SERVER...: a daemon that asks these.
ask() {
    local name=$1 offset=$2
    shift 2
    ntp=$(free_port)
    mkdir -p "$work/reports"
    [ "$(id -u)" != 0 ] || chown 65534 "$work/reports"
    configure "$name" "local stratum 1 bound 0.01 offset $offset" "allow 127.0.0.1" \
        "bindaddress 127.0.0.1" "port $ntp" "roughtimereports $work/reports" \
        "$(cd "$work" && cat "${@/%/.line}")"
    local options=()
    [ "$(id -u)" != 0 ] || options=(-u "$(getent passwd 65534 | cut -d: -f1)")
    start "$name" "${options[@]}"
}

ask right 0 one two three
until_true 100 logged right "Roughtime: 3 servers agree within" || fail "honest servers do not agree"
until_true 50 synchronised "$ntp" || fail "it does not serve"
sleep 1
! logged right "alarm" || fail "an alarm without a reason"
if ! sanitized; then
    child=$(job "$pid" witness)
    grep -q '^Seccomp:[[:space:]]*2' "/proc/$child/status" || fail "the witness has no filter"
    ! grep -q 'rw-s.*etalon-clock-page' "/proc/$child/maps" || fail "it can write the clock page"
fi
stop "$pid"

ask late -100 one two three
until_true 100 logged late "alarm: the time kept is .* s before all that" || fail "no alarm"
! synchronised "$ntp" || fail "time before the floor is served"
# shown: the status tells of the alarm, and of time that is not served.
shown() {
    "$bin/etalon" status -s "$work/late.sock" --json >"$work/late.json"
    python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
sys.exit(d["alarms"] != 1 or d["serves"])' "$work/late.json"
}
until_true 30 shown || fail "the alarm is not counted, or not shown"
# times NAME COUNT WORDS: logged so often, at least.
times() {
    [ "$(grep -c "$3" "$work/$1.log")" -ge "$2" ]
}
until_true 100 times late 3 "servers agree within" || fail "it does not ask again"
# A new keeper is told of the floor before it has a time to serve.
kill -9 "$(job "$pid" keeper)"
told=
for _ in $(seq 100); do
    ! synchronised "$ntp" || fail "a new keeper serves time before the floor"
    ! times late 2 "alarm: the time kept is .* s before all that" || told=yes
    [ -z "$told" ] || break
    sleep 0.1
done
[ -n "$told" ] || fail "a new keeper is not told of the floor"
stop "$pid"

ask early 100 one two three
until_true 100 logged early "alarm: the time kept is .* s behind all that" || fail "no alarm"
stop "$pid"

# No time yet, and certificates to judge: no server of keys answers here.
configure keyless "server 127.0.0.1 port 1 nts ntsport 1 iburst" "port 0" \
    "$(cd "$work" && cat one.line two.line three.line)"
start keyless
until_true 100 logged keyless "certificates are judged by what Roughtime servers prove" ||
    fail "what is proven does not reach who judges certificates"
kill -9 "$(job "$pid" keyer)"
until_true 100 times keyless 2 "certificates are judged by what Roughtime servers prove" ||
    fail "a new keyer is not told what is proven"
stop "$pid"

ask betrayed 0 one liar three
until_true 100 logged betrayed "malfeasance: .* lied, which is proven" || fail "the liar gets away"
until_true 50 logged betrayed "the evidence is in $work/reports/roughtime-" || fail "no evidence"
stop "$pid"
report=$(ls "$work/reports"/roughtime-*.json | head -1)
"$bin/etalon" roughtime verify "$report" >"$work/verify.log" || fail "the evidence does not verify"
grep -q '^proven: ' "$work/verify.log" || fail "the evidence proves nothing"
if python3 -c 'import cryptography' 2>/dev/null; then
    python3 -B "$here/../interop/roughtime_check.py" "$report" >/dev/null ||
        fail "a third party does not accept the evidence"
fi
for pid in "${daemons[@]}"; do gone "$pid" || stop "$pid"; done
no_violation
