#!/bin/bash
# ntpd of NTPsec takes its time from etalond by NTS.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/nts_lib.sh"
needs ntpsec python3-ntp

nts_node server 1
node client 2
etalond_serves_nts server
wait_until 10 "etalond has keys" etalond_holds server status "d['nts']['has_keys']"
ntpsec_follows_nts client server.test
wait_until 40 "ntpd has selected etalond" ntpsec_took client
[ "$(ntpsec_counts client "NTS client recvs w error")" = 0 ] || fail "ntpd refused a reply"
[ "$(ntpsec_counts client "NTS KE client probes good")" = 1 ] || fail "not one key establishment"
near "what ntpd measures" ntpsec_offset client
wait_until 5 "ntpd was answered by NTS only" etalond_gave server 4
all_run
