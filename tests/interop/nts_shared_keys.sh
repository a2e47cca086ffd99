#!/bin/bash
# Servers that share cookie keys: one establishes keys and mints, the other is sent to for the time
# and must open the cookies. TEST BINDIR PEERS LIBDIR chronyd|etalond says who establishes keys.
#
# Either way clients of both kinds must be served, and get new cookies from the second server,
# which they use up too. The first server never hears an NTP request.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/nts_lib.sh"
needs chrony
minter=$4

nts_node minter 1
nts_node opener 2
node alice 3
node bob 4
case $minter in
chronyd) # it makes the keys
    chronyd_serves_nts minter "ntsntpserver 10.77.0.2"
    wait_until 10 "chronyd has written its keys" test -s "$nts/minter/ntskeys"
    keys_of minter opener
    etalond_serves_nts opener "ntsrotate 0"
    wait_until 10 "etalond has keys" etalond_holds opener status "d['nts']['has_keys']"
    ;;
etalond) # it makes the keys; chronyd before 4.4 reads only the older form of the file
    etalond_serves_nts minter "ntsntpserver 10.77.0.2"
    wait_until 10 "etalond has written its keys" test -s "$nts/minter/ntskeys"
    keys_of minter opener
    older_form "$nts/opener/ntskeys"
    chronyd_serves_nts opener "ntsrotate 0"
    wait_until 10 "chronyd serves" answers alice 10.77.0.2
    ;;
*) fail "'$minter' mints no cookies" ;;
esac

etalond_follows_nts alice minter.test
chronyd_follows_nts bob minter.test
wait_until 20 "etalond is served with shared keys" etalond_took alice 10.77.0.2
wait_until 20 "chronyd is served with shared keys" chronyd_took bob
sleep 12 # more polls than a key establishment gives cookies
wait_until 5 "etalond still is" etalond_took alice 10.77.0.2
wait_until 5 "chronyd still is" chronyd_took bob
agrees "etalond's time from the second server" alice
case $minter in
chronyd)
    wait_until 5 "etalond opened all cookies" etalond_gave opener 20
    ;;
etalond)
    wait_until 5 "who establishes keys is not asked for the time" \
        etalond_holds minter status "d['nts']['served'] == 2 and d['requests']['received'] == 0"
    ;;
esac
all_run
