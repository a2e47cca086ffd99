#!/bin/bash
# BusyBox ntpd takes its time from etalond, over both families.
source "$(dirname "$0")/lib.sh"
needs busybox

node server 1
node client 2
etalond_runs server "local stratum 2 bound 0.01" "allow"
for address in 10.77.0.1 fd77::1; do
    wait_until 10 "etalond serves at $address" answers client $address
    near "busybox ntpd at $address" busybox_asks client $address
done
grep -q 'strat:2' "$work/busybox-asks.log" || fail "busybox sees another stratum than 2"
all_run
