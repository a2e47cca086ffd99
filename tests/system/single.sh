#!/bin/bash
# --single: one process that does everything.
. "$(dirname "$0")/lib.sh"

up=$(free_port)
configure upstream "local stratum 1 bound 0.01" "allow" "bindaddress 127.0.0.1" "port $up"
start upstream --single
upstream=$pid

port=$(free_port)
configure down "server localhost port $up iburst minpoll 0 maxpoll 0" "allow" \
    "bindaddress 127.0.0.1" "port $port"
start down --single
until_true 150 synchronised "$port" || fail "it does not synchronise"
[ -z "$(cat "/proc/$pid/task/$pid/children")" ] || fail "it has child processes"
until_true 30 shows down reference sources ||
    fail "no status"
kill -INT "$pid"
until_true 30 gone "$pid" || fail "it does not end upon SIGINT"
wait "$pid" || fail "SIGINT: exit code $?"
[ ! -e "$work/down.sock" ] || fail "the control socket is still there"
stop "$upstream"
no_violation
