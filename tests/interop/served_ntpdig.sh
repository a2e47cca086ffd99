#!/bin/bash
# ntpdig (NTPsec) takes its time from etalond, over both families.
source "$(dirname "$0")/lib.sh"
needs ntpsec-ntpdig python3-ntp

node server 1
node client 2
etalond_runs server "local stratum 2 bound 0.01" "allow"
for address in 10.77.0.1 fd77::1; do
    wait_until 10 "etalond serves at $address" answers client $address
    offsets=()
    while [ ${#offsets[@]} -lt 5 ]; do offsets+=("$(ntpdig_asks client $address)"); done
    near "ntpdig at $address" "${offsets[@]}"
done
grep -q '"stratum":2' "$work/ntpdig-asks.log" || fail "ntpdig sees another stratum than 2"
all_run
