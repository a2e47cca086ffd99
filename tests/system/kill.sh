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

begin_asking "$port" 2.5
# back NAME PID: there is one, which is not that one.
back() {
    local now
    now=$(job "$pid" "$1")
    [ -n "$now" ] && [ "$now" != "$2" ]
}
for name in keeper source server status resolver; do
    before=$(job "$pid" $name)
    [ -n "$before" ] || fail "there is no $name"
    kill -9 "$before"
    until_true 20 back "$name" "$before" || fail "the $name is not back"
    sleep 0.3 # time is served meanwhile
    logged down "the $name (pid $before) was killed by signal 9" || fail "the end of the $name is not told"
done
end_asking

until_true 50 synchronised "$port" || fail "no time after all"
until_true 50 "$bin/etalon" sources -s "$work/down.sock" || fail "no status after all"
until_true 30 shows down '"restarts":1' status --json ||
    fail "the restarts are not shown"
stop "$pid"
stop "$upstream"
no_violation
