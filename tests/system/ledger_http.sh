#!/bin/bash
# The ledger over HTTP on loopback: what etalon-witness follows there, every name that there is and
# tricks for others, clients that are slow or talk nonsense; from a job of its own, and with --single.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/witness_lib.bash"

"$bin/etalon" ledger keygen time.example/http --out "$work/ledger.key" >"$work/vkey" ||
    fail "no key was made"
port=$(free_port)
options=()
if [ "$(id -u)" = 0 ]; then
    user=$(getent passwd 65534 | cut -d: -f1)
    options=(-u "${user:?}")
fi
configure mirrored "local stratum 1 bound 0.01" "port 0" "ledger $work/ledger" \
    "ledgerkey $work/ledger.key" "ledgerport $port"
public=$work/ledger/public

filled() {
    [ "$(sed -n 2p "$public/checkpoint" 2>/dev/null || echo 0)" -gt 0 ]
}

# ask WHAT...: talks to the mirror as a browser, an attacker, a slow client would.
ask() {
    timeout 120 python3 "$here/ledger_http.py" "$port" "$public" "$@" >"$work/ask.log" 2>&1 ||
        fail "over HTTP: $*"
}

start mirrored "${options[@]}"
daemon=$pid
logged mirrored "a new ledger begins in $work/ledger" || fail "the beginning is not told"
until_true 100 filled || fail "the ledger stays empty"
printf 'log %s http://127.0.0.1:%s\nquorum none\n' "$(cat vkey)" "$port" >http.policy
expect 0 "$witness" follow "http://127.0.0.1:$port" --policy http.policy --state monitor
[ ! -e monitor/findings ] || fail "a finding without a reason"
ask names refusals framing
ask slow
mirror=$(job "$daemon" mirror)
[ -n "$mirror" ] || fail "there is no mirror"
until_true 20 shows mirrored mirror status || fail "the status does not show it"

# What the process holds: the folder for reading, no other file, no clock page that it could write.
for fd in "/proc/$mirror"/fd/*; do
    target=$(readlink "$fd")
    case $target in
    "$public") ;;
    "$work/mirrored.log" | socket:* | /dev/null) ;;
    /*) fail "the mirror holds $target" ;;
    esac
done
! grep -q "rw-s.*etalon-clock-page" "/proc/$mirror/maps" || fail "it could write the clock page"

# Its death is nobody's loss, and it comes back.
kill -9 "$mirror"
another_mirror() {
    local now
    now=$(job "$daemon" mirror)
    [ -n "$now" ] && [ "$now" != "$mirror" ]
}
until_true 50 another_mirror || fail "the mirror is not back"
ask names
sleep 1
expect 0 "$witness" follow "http://127.0.0.1:$port" --policy http.policy --state monitor

# The port is taken: said, and not started.
sed "s,$work/ledger\$,$work/other,; s,mirrored.sock,other.sock," mirrored.conf >other.conf
"$bin/etalond" -d -x --single -f other.conf >other.log 2>&1 && fail "it starts without its port"
logged other "ledgerport: cannot serve on TCP 127.0.0.1:$port: .*another service" ||
    fail "the port that is taken is not told"
stop "$daemon"

start mirrored --single "${options[@]}"
ask names refusals framing
expect 0 "$witness" follow "http://127.0.0.1:$port" --policy http.policy --state monitor
stop "$pid"
! logged mirrored "a new ledger begins" || fail "it begins anew"
no_violation
