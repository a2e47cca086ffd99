#!/bin/bash
# The daemon starts, serves, and ends in order, however it is told to; nothing is left behind.
. "$(dirname "$0")/lib.sh"

port=$(free_port)
configure one "local stratum 2 bound 0.01" "allow" "bindaddress 127.0.0.1" "port $port"

check_all_gone() {
    local child
    for child in $1; do
        until_true 30 gone "$child" || fail "process $child outlives its parent ($2)"
    done
}

children() {
    cat "/proc/$1/task/$1/children"
}

for signal in TERM INT; do
    start one
    jobs=$(children "$pid")
    until_true 20 synchronised "$port" || fail "no time is served"
    kill -s $signal "$pid"
    until_true 50 gone "$pid" || fail "it does not end upon SIG$signal"
    wait "$pid" || fail "SIG$signal: exit code $?"
    check_all_gone "$jobs" "SIG$signal"
    logged one "stopped" || fail "SIG$signal: the end is not logged"
    [ ! -e "$work/one.sock" ] || fail "SIG$signal: the control socket is still there"
done

# Whoever kills the parent kills all.
start one
jobs=$(children "$pid")
[ -n "$jobs" ] || fail "there are no jobs"
kill -9 "$pid"
check_all_gone "$jobs" "SIGKILL of the parent"

# Its control socket is in the way now, and is replaced.
start one
until_true 20 "$bin/etalon" status -s "$work/one.sock" || fail "no status after a crash"
stop "$pid"

# In the background: the command returns when the daemon is ready.
"$bin/etalond" -x -f "$work/one.conf" >"$work/background.log" 2>&1 || fail "background: exit code $?"
until_true 20 synchronised "$port" || fail "background: no time is served"
until_true 20 "$bin/etalon" status -s "$work/one.sock" || fail "background: no status"
pid=$("$bin/etalon" status --json -s "$work/one.sock" | python3 -c 'import json, sys
print([j["pid"] for j in json.load(sys.stdin)["jobs"] if j["job"] == "parent"][0])') ||
    fail "background: the status does not name the parent"
daemons+=("$pid")
jobs=$(children "$pid")
kill -TERM "$pid"
until_true 50 gone "$pid" || fail "background: it does not end"
check_all_gone "$jobs" background

# The service manager is told.
python3 "$here/notify.py" "$work/notify" 8 "$bin/etalond" -d -x -f "$work/one.conf" \
    >"$work/notify.log" 2>&1 || fail "the service manager is not told"
no_violation
