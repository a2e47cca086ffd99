#!/bin/bash
# Key establishment on one host, time on another, both etalond, keys in a file that both read. Clients of
# all kinds follow the server record: etalond, chronyd, NTPsec. TEST BINDIR PEERS LIBDIR address|name
# says how the server is named in it.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/nts_lib.sh"
needs chrony ntpsec python3-ntp

case $4 in
address) server=10.77.0.2 ;;
name) server=time.test ;;
*) fail "'$4' names no server" ;;
esac
nts_node establish 1
nts_node time 2
echo "10.77.0.2 time.test." >>"$work/hosts" # chronyd asks for the name with its last dot
node alice 3
node bob 4
node carol 5
etalond_serves_nts time
wait_until 10 "etalond has written its keys" test -s "$nts/time/ntskeys"
keys_of time establish
etalond_serves_nts establish "ntsntpserver $server" "ntsrotate 0"
wait_until 10 "the other has read them" etalond_holds establish status "d['nts']['has_keys']"
etalond_follows_nts alice establish.test
chronyd_follows_nts bob establish.test
ntpsec_follows_nts carol establish.test
wait_until 20 "etalond follows the server record" etalond_took alice 10.77.0.2
wait_until 20 "chronyd follows it" chronyd_took bob
wait_until 40 "ntpd follows it" ntpsec_took carol
wait_until 5 "all were answered by NTS" etalond_gave time 12
wait_until 5 "three have got their keys" etalond_holds establish status "d['nts']['served'] >= 3"
etalond_holds establish status "d['requests']['received'] == 0" \
    >"$work/wait.log" || fail "the host of the key establishment was asked for the time"
agrees "etalond's time" alice
near "what ntpd measures" ntpsec_offset carol
all_run
