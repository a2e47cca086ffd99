#!/bin/bash
# A new leap second list reaches the keeper while the daemon runs, and time is served throughout.
. "$(dirname "$0")/lib.sh"

# list EXPIRES: a leap second list that expires then (NTP seconds).
list() {
    printf '#@\t%s\n3692217600\t37\n' "$1" >"$work/leaps.new"
    mv "$work/leaps.new" "$work/leaps"
}

port=$(free_port)
list 3991593600
configure one "local stratum 2 bound 0.01" "allow" "bindaddress 127.0.0.1" "port $port" \
    "leapseclist $work/leaps"
start one
until_true 50 synchronised "$port" || fail "no time is served"
keeper=$(job "$pid" keeper)

# Nothing new, nothing happens.
kill -HUP "$pid"
sleep 0.3
[ "$(job "$pid" keeper)" = "$keeper" ] || fail "the keeper was restarted for nothing"

# What cannot be read is reported and changes nothing.
echo "nonsense" >"$work/leaps"
kill -HUP "$pid"
until_true 20 logged one "leaps:1: .*going on with what is known" || fail "no word about the list"
[ "$(job "$pid" keeper)" = "$keeper" ] || fail "the keeper was restarted for nonsense"

begin_asking "$port" 1.5
list 4001593600
kill -HUP "$pid"
until_true 20 logged one "the leap second list is new" || fail "the new list is not noticed"
renewed() { [ -n "$(job "$pid" keeper)" ] && [ "$(job "$pid" keeper)" != "$keeper" ]; }
until_true 20 renewed || fail "the keeper is still the old one"
sleep 0.7
end_asking
logged one "was killed" && fail "a wanted restart is reported as a crash"
stop "$pid"
no_violation
