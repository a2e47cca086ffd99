#!/bin/bash
# chronyd -Q takes its time from etalond, over both families.
source "$(dirname "$0")/lib.sh"
needs chrony

node server 1
node client 2
etalond_runs server "local stratum 2 bound 0.01" "allow"
for address in 10.77.0.1 fd77::1; do
    wait_until 10 "etalond serves at $address" answers client $address
    near "chronyd -Q at $address" chronyd_asks client $address
done
all_run
