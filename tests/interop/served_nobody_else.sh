#!/bin/bash
# etalond answers clients of versions 3 and 4 and nobody else, and those without `allow` not at all.
source "$(dirname "$0")/lib.sh"

node server 1
node client 2
node stranger 3
etalond_runs server "local stratum 2 bound 0.01" "allow 10.77.0.2" "allow fd77::2"
for version in 3 4; do
    wait_until 10 "version $version" answers client 10.77.0.1 $version
    wait_until 10 "version $version, IPv6" answers client fd77::1 $version
done
on client python3 "$here/silence.py" 10.77.0.1 || fail "silence over IPv4"
on client python3 "$here/silence.py" fd77::1 || fail "silence over IPv6"
for address in 10.77.0.1 fd77::1; do
    ! on stranger python3 "$here/ask.py" $address 2>/dev/null || fail "a stranger was answered at $address"
done
all_run
