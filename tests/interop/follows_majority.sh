#!/bin/bash
# Three kinds of servers agree; a fourth is precise, confident and wrong by a quarter of a second.
source "$(dirname "$0")/lib.sh"
needs chrony ntpsec openntpd

node chrony 1
node ntpsec 2
node openntpd 3
node liar 4
node client 9
chronyd_serves chrony
ntpsec_serves ntpsec
etalond_runs liar "local stratum 1 offset 0.25 bound 0.001" "allow"
wait_until 10 "chronyd serves" answers client 10.77.0.1
openntpd_serves openntpd 10.77.0.3 10.77.0.1
wait_until 10 "ntpsec serves" answers client 10.77.0.2
wait_until 10 "the liar serves" answers client 10.77.0.4
wait_until 30 "openntpd serves" answers client 10.77.0.3

true_ones=(--true 10.77.0.1 --true 10.77.0.2 --true 10.77.0.3)
etalond_runs client "minsources 2" \
    "server 10.77.0.4 iburst minpoll 0 maxpoll 2" "server 10.77.0.1 iburst minpoll 0 maxpoll 2" \
    "server 10.77.0.2 iburst minpoll 0 maxpoll 2" "server 10.77.0.3 iburst minpoll 0 maxpoll 2"
wait_until 30 "the majority is followed, the liar found out" \
    etalond_judges client "${true_ones[@]}" --false 10.77.0.4
sleep 2
near "what etalond measures of the three" etalond_judges client "${true_ones[@]}"
agrees "etalond's time from the three" client
off_by 0.25 "etalon query of the liar" etalon_asks client 10.77.0.4
all_run
