#!/bin/bash
# chronyd takes its time from etalond by NTS: once with -Q, and as a client that goes on.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/nts_lib.sh"
needs chrony

nts_node server 1
node client 2
etalond_serves_nts server
wait_until 10 "etalond serves" answers client 10.77.0.1
stop etalond-server # so that its counters know of no plain request
etalond_serves_nts server
wait_until 10 "etalond has keys" etalond_holds server status "d['nts']['has_keys']"
near "chronyd -Q by NTS" chronyd_asks_nts client server.test
near "chronyd -Q by NTS, IPv6" chronyd_asks_nts client fd77::1
wait_until 5 "two key establishments" etalond_holds server status "d['nts']['served'] >= 2"
chronyd_follows_nts client server.test
wait_until 20 "chronyd has selected etalond" chronyd_took client
sleep 3
wait_until 5 "etalond renews chronyd's cookies" chronyd_took client
[ "$(chronyd_nts client 10)" = 100 ] || fail "cookies of another length than 100"
wait_until 5 "chronyd was answered by NTS only" etalond_gave server 10
all_run
