#!/bin/bash
# An incident, from the attack to the court: in the simulator a stolen account moves three of five
# servers slowly; the ledger is exported, checked where there is nothing of Etalon but etalon-verify,
# told as a story, and decided again. Then one byte of it is changed.
. "$(dirname "$0")/lib.sh"

sim=$bin/sim_incident
[ -x "$sim" ] || skip "there is no sim_incident in $bin"
ledger=$work/ledger

"$bin/etalon" ledger keygen time.example/incident -o "$work/key" >"$work/vkey" || fail "no key"
"$sim" stolen-account 1 "$ledger" "$work/key" >"$work/sim.log" || fail "no incident"
cat "$work/sim.log"

# --- the story: the honest two end as falsetickers, hours after the others began to run away
"$bin/etalon" timeline -L "$ledger" >"$work/story" || fail "no story"
for honest in 192.0.2.4 192.0.2.5; do
    grep -q "verdict .*$honest is falseticker" "$work/story" || fail "$honest is not told of"
done
grep "is falseticker" "$work/story" | head -2
"$bin/etalon" ledger list -L "$ledger" --kind intent --json >"$work/intents" || fail "no intents"
head -1 "$work/intents" | grep -q '"act":"step"' ||
    fail "the first intent is not the drawing of the line"

# --- one file for the investigator
"$bin/etalon" export -L "$ledger" --from 2026-09-01T14:30:00Z --to 2026-09-01T20:00:00Z \
    -o "$work/incident.etalon" >"$work/export.log" 2>&1 || fail "no bundle"

# --- a machine with nothing but etalon-verify: a root of its own
room=$work/room
mkdir -p "$room"
cp "$bin/etalon-verify" "$work/incident.etalon" "$room/"
ldd "$bin/etalon-verify" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$room$(dirname "$library")"
    cp -L "$library" "$room$library"
done
alone() {
    if grep -q __asan_init "$bin/etalon-verify"; then # it needs /proc, so no root of its own
        (cd "$room" && env -i ./"${1#/}" "${@:2}")
    elif [ "$(id -u)" = 0 ]; then
        chroot "$room" "$@"
    elif unshare --map-root-user true 2>/dev/null; then
        unshare --map-root-user chroot "$room" "$@"
    else
        (cd "$room" && env -i ./"${1#/}" "${@:2}")
    fi
}
alone /etalon-verify --key "$(cat "$work/vkey")" incident.etalon >"$work/verdict" 2>&1
code=$?
[ $code = 0 ] || { cat "$work/verdict"; fail "the bundle is not proven: exit code $code"; }
grep -q "VERDICT: *PROVEN" "$work/verdict" || fail "no verdict"
sed -n 1,16p "$work/verdict"

# --- every decision again, bit for bit
"$bin/etalon" replay -L "$ledger" >"$work/replay" || { cat "$work/replay"; fail "decided otherwise"; }
cat "$work/replay"
grep -q "The same, bit for bit" "$work/replay" || fail "not the same"

# --- and somebody who would rather have had another verdict
python3 - "$room/incident.etalon" <<'END' || fail "nothing to tamper with"
import sys
data = bytearray(open(sys.argv[1], "rb").read())
at = data.find(b'"verdict":"falseticker"')
if at < 0: sys.exit(1)
data[at + 11:at + 22] = b"survivor   "
open(sys.argv[1], "wb").write(data)
END
alone /etalon-verify --key "$(cat "$work/vkey")" incident.etalon >"$work/verdict" 2>&1
code=$?
[ $code = 1 ] || { cat "$work/verdict"; fail "tampering gives exit code $code"; }
grep "VERDICT" "$work/verdict"
echo "incident: exported, proven without us, told, decided again, and not to be changed"
