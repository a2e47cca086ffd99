#!/bin/bash
# Peer against peer: proves the harness itself before anything of ours is judged with it.
source "$(dirname "$0")/lib.sh"
needs chrony ntpsec ntpsec-ntpdig python3-ntp openntpd busybox

node chrony 1
node ntpsec 2
node openntpd 3
node client 9
chronyd_serves chrony
ntpsec_serves ntpsec
wait_until 10 "chronyd serves" answers client 10.77.0.1
openntpd_serves openntpd 10.77.0.3 10.77.0.1
wait_until 10 "ntpsec serves" answers client fd77::2
wait_until 30 "openntpd serves" answers client 10.77.0.3
near "ntpdig of chronyd" ntpdig_asks client fd77::1
near "ntpdig of ntpsec" ntpdig_asks client fd77::2
near "ntpdig of openntpd" ntpdig_asks client 10.77.0.3
near "chronyd -Q of chronyd" chronyd_asks client 10.77.0.1
near "busybox of ntpsec" busybox_asks client 10.77.0.2
all_run
