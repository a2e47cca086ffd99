#!/bin/bash
# SIGKILL of each job while clients ask: the job comes back, and the time served goes on.
. "$(dirname "$0")/lib.sh"

up=$(free_port)
configure upstream "local stratum 1 bound 0.01" "allow" "bindaddress 127.0.0.1" "port $up"
start upstream
upstream=$pid

port=$(free_port)
configure down "server 127.0.0.1 port $up iburst minpoll 0 maxpoll 1" "allow" \
    "bindaddress 127.0.0.1" "port $port" "server localhost port $up minpoll 0 maxpoll 1 noselect"
start down
until_true 150 synchronised "$port" || fail "it does not synchronise"

python3 "$here/asker.py" "$port" 2.5 >"$work/asker.log" 2>&1 &
asker=$!
daemons+=("$asker")
for name in keeper source server status resolver; do
    before=$(job "$pid" $name)
    [ -n "$before" ] || fail "there is no $name"
    kill -9 "$before"
    sleep 0.7
    after=$(job "$pid" $name)
    [ -n "$after" ] || fail "the $name is not back"
    logged down "the $name (pid $before) was killed by signal 9" || fail "the end of the $name is not told"
done
kill -TERM "$asker"
wait "$asker" || fail "time was not served throughout: $(tail -1 "$work/asker.log")"

until_true 50 synchronised "$port" || fail "no time after all"
until_true 50 "$bin/etalon" sources -s "$work/down.sock" || fail "no status after all"
until_true 30 sh -c "'$bin/etalon' status --json -s '$work/down.sock' | grep '\"restarts\":1'" ||
    fail "the restarts are not shown"
stop "$pid"
stop "$upstream"
no_violation
