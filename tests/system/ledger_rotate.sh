#!/bin/bash
# A ledger gets a new key: both keys sign one checkpoint, then the new one signs alone; the change is
# an entry; verifiers, monitors and witnesses that know the new key go on, and the old one is over.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/witness_lib.bash"

for key in a b c; do
    "$bin/etalon" ledger keygen time.example/rotated --out $key.key >$key.vkey || fail "keygen"
done
"$bin/etalon" ledger keygen elsewhere.example/log --out elsewhere.key >elsewhere.vkey || fail "keygen"
public=$work/ledger/public
witness_key w
port=$(free_port) port_old=$(free_port)

# config NAME DIRECTIVE...: a daemon with that ledger.
config() {
    local name=$1
    shift
    configure "$name" "local stratum 1 bound 0.01" "port 0" "ledger $work/ledger" "$@"
}

size() {
    sed -n 2p "$public/checkpoint" 2>/dev/null || echo 0
}

grown() {
    [ "$(size)" -gt "$1" ]
}

# signatures FILE: how many a note has.
signatures() {
    grep -c "^— " "$1"
}

# refused NAME PATTERN: a daemon of that configuration does not start, and says so.
refused() {
    local code=0
    timeout 60 "$bin/etalond" -d -x --single -f "$1.conf" >"$1.log" 2>&1 || code=$?
    [ $code = 1 ] || fail "$1: exit code $code"
    logged "$1" "$2" || fail "$1 is not told why: $2"
}

# The witness knows both keys, as it must while they change; another one knows the old one only.
start_witness w "127.0.0.1:$port" --log "$(cat a.vkey)" --log "$(cat b.vkey)" && both=$pid
cp w.key old.key
start_witness old "127.0.0.1:$port_old" --log "$(cat a.vkey)" && old=$pid
for name in w old; do
    at=$port
    [ $name = w ] || at=$port_old
    printf 'log %s\nlog %s\nwitness w %s http://127.0.0.1:%s\nquorum w\n' "$(cat a.vkey)" \
        "$(cat b.vkey)" "$(cat w.vkey)" "$at" >$name.policy
done

config first "ledgerkey $work/a.key"
start first
until_true 100 grown 0 || fail "the ledger stays empty"
expect 0 "$witness" submit --ledger ledger --policy w.policy
expect 0 "$witness" submit --ledger ledger --policy old.policy --state old.inbox
expect 0 "$witness" follow ledger --state monitor --log "$(cat a.vkey)" --log "$(cat b.vkey)"
stop "$pid"
before=$(size)
expect 0 "$bin/etalon-verify" -k "$(cat a.vkey)" ledger

# Wrong keys are told apart, and nothing is signed.
config wrong "ledgerkey $work/b.key"
refused wrong "refused: public/checkpoint: not signed by this log's key"
config wrong "ledgerkey $work/b.key" "ledgerformerkey $work/c.key"
refused wrong "refused: public/checkpoint: signed neither by the new key nor by the former one"
config wrong "ledgerkey $work/b.key" "ledgerformerkey $work/elsewhere.key"
refused wrong "ledgerformerkey $work/elsewhere.key is a key of elsewhere.example/log"
config wrong "ledgerkey $work/b.key" "ledgerformerkey $work/none.key"
refused wrong "ledgerformerkey $work/none.key: No such file"
[ "$(size)" = "$before" ] || fail "somebody signed"

# The change. Whoever looks at the right moment sees both signatures.
config second "ledgerkey $work/b.key" "ledgerformerkey $work/a.key"
python3 - "$public/checkpoint" "$work/both" <<'END' >watcher.log &
import sys, time
print("watching", flush=True)
end = time.monotonic() + 60
while time.monotonic() < end:
    with open(sys.argv[1]) as note:
        text = note.read()
    if text.count("\n\u2014 ") == 2:
        with open(sys.argv[2], "w") as out:
            out.write(text)
        break
    time.sleep(0.01)
END
watcher=$!
daemons+=("$watcher")
until_true 50 grep -q watching watcher.log || fail "nobody watches"
start second
second=$pid
wait "$watcher"
[ -s both ] || fail "no checkpoint bears both signatures"
logged second "the new key has signed nothing yet" || fail "the change is not told"
now=$(size)
until_true 60 grown "$now" || fail "the ledger does not go on"
[ "$(signatures both)" = 2 ] && [ "$(signatures "$public/checkpoint")" = 1 ] ||
    fail "wrong number of signatures"
cmp -s "$public/vkey" <(cat a.vkey b.vkey) || fail "public/vkey: $(cat "$public/vkey")"

# The witness that knows both goes on, and so does the monitor; the other witness does not.
expect 0 "$witness" submit --ledger ledger --policy w.policy
expect 0 "$witness" follow ledger --state monitor --log "$(cat a.vkey)" --log "$(cat b.vkey)"
code=0
"$witness" submit --ledger ledger --policy old.policy --state old.inbox >last.log 2>&1 || code=$?
[ $code = 1 ] || fail "a witness that knows the old key only: exit code $code"
[ ! -e monitor/findings ] && [ ! -e ledger/inbox/findings ] || fail "a finding without a reason"
stop "$second"
python3 "$here/ledger_entries.py" "$public" "rotated:vkey=$(cat b.vkey)" start >entries.log 2>&1 ||
    fail "the ledger is not as it should be"
expect 0 "$bin/etalon-verify" -k "$(cat b.vkey)" ledger
grep -q PROVEN last.log || fail "not proven by the new key"
expect 1 "$bin/etalon-verify" -k "$(cat a.vkey)" ledger

# With the former key still named, and without it; never with the old one again.
now=$(size)
start second
stop "$pid"
config third "ledgerkey $work/b.key"
start third
until_true 60 grown "$now" || fail "it does not go on with the new key alone"
stop "$pid"
refused first "refused: public/checkpoint: not signed by this log's key"
config back "ledgerkey $work/a.key" "ledgerformerkey $work/b.key"
refused back "key cannot be changed: public/vkey: the new key is one that was replaced"
grep -c '"kind":"rotated"' -a -r "$public/tile/entries" | grep ':1$' >/dev/null || fail "no rotation on disk"
stop "$both"
stop "$old"
no_violation
