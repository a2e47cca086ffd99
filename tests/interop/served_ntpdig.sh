#!/bin/bash
# ntpdig (NTPsec) takes its time from etalond, over both families. An offset that the operator
# declares arrives with its sign, so the offsets near zero are no accident.
source "$(dirname "$0")/lib.sh"
needs ntpsec-ntpdig python3-ntp

node server 1
node client 2
node ahead 3
etalond_runs ahead "local stratum 2 offset 0.25 bound 0.3" "allow"
etalond_runs server "local stratum 2 bound 0.01" "allow"
for address in 10.77.0.1 fd77::1; do
    wait_until 10 "etalond serves at $address" answers client $address
    near "ntpdig at $address" ntpdig_asks client $address
done
grep -q '"stratum":2' "$work/ntpdig-asks.log" || fail "ntpdig sees another stratum than 2"
wait_until 10 "the displaced etalond serves" answers client 10.77.0.3
for address in 10.77.0.3 fd77::3; do
    off_by 0.25 "ntpdig of a server that is ahead, at $address" ntpdig_asks client $address
done
all_run
