#!/bin/bash
# The ledger under SIGKILL at random times, on a disk that fills up, and on one that is read-only:
# nothing that was acknowledged is lost, and the log says what it found.
. "$(dirname "$0")/lib.sh"

driver=$bin/ledger_driver
[ -x "$driver" ] || skip "there is no ledger_driver in $bin"

timeout 200 "$driver" kill "$work/killed" 40 "${SEED:-1}" >"$work/kill.log" 2>&1 ||
    fail "kills: something was lost"
cat "$work/kill.log"
mode=$(stat -c %a "$work/killed/public/checkpoint" "$work/killed/journal" | paste -sd' ')
[ "$mode" = "644 600" ] || fail "rights of checkpoint and journal: $mode"

# Needs mounts of its own: root, or a user namespace in which we are.
mounts() {
    unshare --mount "$@" 2>/dev/null || unshare --map-root-user --mount "$@"
}
mounts true 2>/dev/null || skip "the rest: no mount namespace here"

mkdir "$work/disk"
# shellcheck disable=SC2016  # $1 and $2 are those of the inner shell
mounts bash -c '
    mount -t tmpfs -o size=4m tmpfs "$1" && head -c 1m /dev/zero >"$1/ballast" &&
    "$2" full "$1/ledger" "$1/ballast"' sh "$work/disk" "$driver" >"$work/full.log" 2>&1 ||
    fail "full disk"
cat "$work/full.log"
grep -q "No space left on device" "$work/full.log" || fail "the full disk is not named"

# shellcheck disable=SC2016
mounts bash -c '
    mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && "$2" refused "$1"' \
    sh "$work/killed" "$driver" >"$work/refused.log" 2>&1 || fail "read-only disk"
cat "$work/refused.log"
grep -q "Read-only file system" "$work/refused.log" || fail "the read-only disk is not named"
"$driver" kill "$work/killed" 1 2 >"$work/again.log" 2>&1 || fail "after the read-only disk"
