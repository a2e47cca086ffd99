#!/bin/bash
# A daemon whose ledger's disk is full: there is an alarm, time goes on being served, and the ledger
# goes on when there is room again. Without a ledger that can be written, nothing moves time at all.
if [ "${LEDGER_FULL_INSIDE:-}" = "" ]; then
    # Needs mounts of its own: root, or a user namespace in which we are.
    export LEDGER_FULL_INSIDE=1
    unshare --mount true 2>/dev/null && exec unshare --mount --propagation private "$0" "$@"
    unshare --map-root-user --mount true 2>/dev/null &&
        exec unshare --map-root-user --mount --propagation private "$0" "$@"
    echo "skipped: no mount namespace here"
    exit 77
fi
. "$(dirname "$0")/lib.sh"

up=$(free_port)
configure upstream "local stratum 1 bound 0.01" "allow" "bindaddress 127.0.0.1" "port $up"
start upstream --single
upstream=$pid
"$bin/etalon" ledger keygen time.example/ledger --out "$work/ledger.key" >/dev/null ||
    fail "no key was made"
mkdir "$work/disk"
mount -t tmpfs -o size=24m tmpfs "$work/disk" || skip "no tmpfs can be mounted"
trap 'umount -l "$work/disk"; leave' EXIT
public=$work/disk/ledger/public
port=$(free_port)
configure down "server 127.0.0.1 port $up iburst minpoll 0 maxpoll 0" "allow" \
    "bindaddress 127.0.0.1" "port $port" "ledger $work/disk/ledger" "ledgerkey $work/ledger.key"

fill() {
    dd if=/dev/zero of="$work/disk/ballast" bs=64k >/dev/null 2>&1
    dd if=/dev/zero of="$work/disk/more" bs=1 >/dev/null 2>&1
    true
}

make_room() {
    rm -f "$work/disk/ballast" "$work/disk/more"
}

size() {
    sed -n 2p "$public/checkpoint" 2>/dev/null || echo 0
}

grown_to() {
    [ "$(size)" -ge "$1" ]
}

failing() {
    shows down "\"failing\":$1" status --json
}

alarms() {
    grep -c "alarm: the ledger cannot" "$work/down.log"
}

start down
until_true 150 synchronised "$port" || fail "it does not synchronise"
until_true 60 grown_to 20 || fail "no checkpoint"

begin_asking "$port" 2.5
fill
now=$(size)
until_true 60 logged down "alarm: the ledger cannot .*No space left on device" ||
    fail "no alarm for the full disk"
until_true 80 failing true || fail "the status does not tell of the full disk"
sleep 4
[ "$(alarms)" = 1 ] || fail "one full disk, and $(alarms) alarms"
! logged down "the ledger can be" || fail "it believes that there is room"
make_room
until_true 50 grown_to $((now + 10)) || fail "it does not go on when there is room"
until_true 80 failing false || fail "the status does not tell that it goes on"
logged down "the ledger can be published again" || fail "that it goes on is not told"
end_asking
stop "$pid"
python3 "$here/ledger_entries.py" "$public" start intent sample >"$work/entries.log" 2>&1 ||
    fail "the ledger is not as it should be"

# Where no ledger can even be begun, no line is drawn; with room, all goes well by itself.
rm -rf "$work/disk/ledger"
fill
launch down
until_true 50 logged down "No space left on device" || fail "the reason is not told"
until_true 200 logged down "alarm: the ledger does not take what would move time" ||
    fail "no alarm of the keeper"
! synchronised "$port" || fail "time is served that no intent was recorded for"
make_room
until_true 150 synchronised "$port" || fail "it does not begin when there is room"
logged down "the ledger takes intents again" || fail "that it begins is not told"
stop "$pid"
python3 "$here/ledger_entries.py" "$public" start intent sample >"$work/entries.log" 2>&1 ||
    fail "the ledger is not as it should be in the end"
stop "$upstream"
no_violation
