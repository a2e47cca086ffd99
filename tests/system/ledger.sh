#!/bin/bash
# A daemon with a ledger: what happens becomes entries, also over restarts and the death of the
# recorder; nobody else can write it; and the wrong key is refused.
. "$(dirname "$0")/lib.sh"

up=$(free_port)
configure upstream "local stratum 1 bound 0.01" "allow" "bindaddress 127.0.0.1" "port $up"
start upstream --single
upstream=$pid

"$bin/etalon" ledger keygen time.example/ledger --out "$work/ledger.key" >"$work/vkey" ||
    fail "no key was made"
"$bin/etalon" ledger keygen other.example/ledger --out "$work/other.key" >/dev/null ||
    fail "no other key was made"
port=$(free_port)
public=$work/ledger/public
options=()
if [ "$(id -u)" = 0 ]; then
    user=$(getent passwd 65534 | cut -d: -f1)
    options=(-u "${user:?}")
fi

# config NAME LEDGER KEY PORT: a client of upstream that keeps a ledger.
config() {
    configure "$1" "server 127.0.0.1 port $up iburst minpoll 0 maxpoll 0" "allow" \
        "bindaddress 127.0.0.1" "port $4" "ledger $work/$2" "ledgerkey $work/$3.key"
}

size() {
    sed -n 2p "$public/checkpoint" 2>/dev/null || echo 0
}

grown_to() {
    [ "$(size)" -ge "$1" ]
}

# entered WANTED...: all of it is as it should be, and these are among it.
entered() {
    python3 -B "$here/ledger_entries.py" "$public" "$@" >"$work/entries.log" 2>&1
}

entries() {
    entered "$@" || fail "the ledger is not as it should be: $*"
}

config down ledger ledger "$port"
start down "${options[@]}"
until_true 150 synchronised "$port" || fail "it does not synchronise"
until_true 60 shows down '^ledger +[1-9][0-9]* entries' status ||
    fail "the status does not show the ledger"
until_true 20 shows down '"ledger":\{"entries":[1-9].*"lost":0,"failing":false\}' status --json ||
    fail "the status in JSON does not show the ledger"
until_true 60 grown_to 20 || fail "no checkpoint follows"
kill -HUP "$pid"
until_true 60 entered "request:text=signal HUP" || fail "the operator's signal is not recorded"
stop "$pid"
! logged down "alarm: the ledger" || fail "an alarm"
entries start config process sample receipt association intent:act=step effect verdict journal \
    notice request "process:name=keeper" "start:created=True"
first=$(size)
cp -r "$public/tile/entries" "$work/before"

# Everything was published: the next one finds nothing to recover, and goes on.
start down "${options[@]}"
down=$pid
until_true 50 synchronised "$port" || fail "no time after a restart"
until_true 60 grown_to $((first + 10)) || fail "it does not go on after a restart"

# Without its recorder the keeper holds: time goes on being served. The next recorder goes on.
begin_asking "$port" 2.5

another_recorder() {
    local now
    now=$(job "$down" recorder)
    [ -n "$now" ] && [ "$now" != "$1" ]
}
for _ in 1 2; do
    before=$(job "$down" recorder)
    [ -n "$before" ] || fail "there is no recorder"
    kill -9 "$before"
    until_true 50 another_recorder "$before" || fail "the recorder is not back"
    now=$(size)
    until_true 80 grown_to $((now + 10)) || fail "it does not go on after the recorder's death"
done
end_asking
logged down "the recorder (pid $before) was killed by signal 9" || fail "the death is not told"

# A second daemon on the same folder is told why it cannot have it; the first one goes on.
config second ledger ledger "$(free_port)"
"$bin/etalond" -d -x --single -f "$work/second.conf" >"$work/second.log" 2>&1 &&
    fail "a second daemon writes the same ledger"
logged second "ledger $work/ledger: another process is writing this ledger" ||
    fail "it is not told why"
now=$(size)
until_true 50 grown_to $((now + 5)) || fail "the first one does not go on"
stop "$down"
entries start "process:name=recorder" "start:created=False" "start:recovered=0"

# No fork: what was there is there still.
for tile in "$work"/before/*; do
    [ -f "$tile" ] || continue
    cmp -s "$tile" "$public/tile/entries/$(basename "$tile")" || fail "$(basename "$tile") changed"
done

# Another key than the one that signed it.
config wrong ledger other "$(free_port)"
"$bin/etalond" -d -x --single -f "$work/wrong.conf" >"$work/wrong.log" 2>&1 &&
    fail "it starts with the wrong key"
logged wrong "ledger $work/ledger: refused: " || fail "the wrong key is not told"
now=$(size)
sed -i "s,other.key,missing.key," "$work/wrong.conf"
"$bin/etalond" -d -x -f "$work/wrong.conf" >"$work/wrong.log" 2>&1 && fail "it starts without a key"
logged wrong "ledgerkey $work/missing.key: No such file" || fail "the missing key is not told"
[ "$(size)" = "$now" ] || fail "somebody signed"

# One process that does everything.
start down --single "${options[@]}"
until_true 50 synchronised "$port" || fail "single: no time"
until_true 60 grown_to $((now + 20)) || fail "single: the ledger does not grow"
until_true 20 shows down '^ledger +[1-9][0-9]* entries' status ||
    fail "single: the status does not show the ledger"
stop "$pid"
entries start sample intent "start:single=True"
start down --single "${options[@]}"
stop "$pid"
entries "start:single=True"
logged down "ledger $work/ledger: opened with .* 0 more in the journal" ||
    fail "single: something was left to recover"
stop "$upstream"
no_violation
