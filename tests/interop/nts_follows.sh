#!/bin/bash
# etalond follows a server by NTS: TEST BINDIR PEERS LIBDIR chronyd|ntpsec. A server whose certificate
# is of another name is not asked at all.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/nts_lib.sh"
kind=$4

nts_node upstream 1
node client 2
node stranger 3
case $kind in
chronyd)
    needs chrony
    chronyd_serves_nts upstream
    ;;
ntpsec)
    needs ntpsec
    ntpsec_serves_nts upstream
    ;;
*) fail "no peer of the kind '$kind' speaks NTS" ;;
esac
wait_until 15 "$kind serves" answers client 10.77.0.1

for name in upstream.test fd77::1; do
    address=10.77.0.1
    [ $name = upstream.test ] || address=$name
    etalond_follows_nts client $name
    wait_until 20 "$kind is selected as $name" etalond_took client $address
    sleep 3
    wait_until 5 "cookies are renewed by $kind" etalond_took client $address
    agrees "etalond's time from $kind, called $name" client
    stop etalond-client
done

echo "10.77.0.1 impostor.test" >>"$work/hosts"
etalond_follows_nts stranger impostor.test
wait_until 10 "the impostor is refused" \
    etalond_holds stranger sources "d[0]['nts'].get('last_refusal') == 'CERTIFICATE'"
sleep 2
etalond_holds stranger sources "d[0]['sent'] == 0" >"$work/wait.log" ||
    fail "the impostor was asked for the time"
all_run
