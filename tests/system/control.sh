#!/bin/bash
# The control socket: several questions on one connection, nonsense, and more clients than it takes.
. "$(dirname "$0")/lib.sh"

configure one "local stratum 2 bound 0.01" "port 0"
start one
[ "$(stat -c %a "$work/one.sock")" = 660 ] || fail "its mode is $(stat -c %a "$work/one.sock")"
python3 "$here/control.py" "$work/one.sock" >"$work/control.log" 2>&1 ||
    fail "$(tail -1 "$work/control.log")"
until_true 20 "$bin/etalon" status -s "$work/one.sock" || fail "no status afterwards"
[ "$(grep -c "starting it again" "$work/one.log")" = 0 ] || fail "a job died"
stop "$pid"
no_violation
