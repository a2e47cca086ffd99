#!/bin/bash
# etalon asks, and etalond follows, one kind of server: TEST BINDIR PEERS LIBDIR chronyd|ntpsec|openntpd.
source "$(dirname "$0")/lib.sh"
kind=$4

node upstream 1
node client 2
case $kind in
chronyd)
    needs chrony
    chronyd_serves upstream
    ;;
ntpsec)
    needs ntpsec
    ntpsec_serves upstream
    ;;
openntpd)
    needs openntpd chrony
    node chrony 3
    chronyd_serves chrony
    wait_until 10 "openntpd's upstream" answers client 10.77.0.3
    openntpd_serves upstream 10.77.0.1 10.77.0.3
    ;;
*) fail "no peer of the kind '$kind'" ;;
esac
addresses=(10.77.0.1 fd77::1)
[ "$kind" != openntpd ] || addresses=(10.77.0.1) # listens where it is told to, once

for address in "${addresses[@]}"; do
    wait_until 30 "$kind serves" answers client "$address"
    near "etalon query of $kind at $address" etalon_asks client "$address"
    etalond_runs client "server $address iburst minpoll 0 maxpoll 2"
    wait_until 20 "$kind at $address is selected" etalond_judges client --true "$address"
    sleep 2
    near "what etalond measures of $kind at $address" etalond_judges client --true "$address"
    agrees "etalond's time from $kind at $address" client
    stop etalond-client
done
all_run
