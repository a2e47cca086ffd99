#!/bin/bash
# Real daemons, real clocks, real packets: what their ledgers hold is decided again, bit for bit, also
# across a keeper that was killed, and for one process with all jobs in it.
. "$(dirname "$0")/lib.sh"

"$bin/etalon" ledger keygen time.example/replay -o "$work/key" >"$work/vkey" || fail "no key"
upstreams=()
for i in 1 2 3; do
    port=$(free_port)
    configure "up$i" "local stratum 1 bound 0.01" "allow 127.0.0.1" "bindaddress 127.0.0.1" "port $port"
    start "up$i"
    upstreams+=("server 127.0.0.1 port $port iburst minpoll -1 maxpoll 0")
done

replays() {
    "$bin/etalon" replay -L "$work/$1" >"$work/replay" || { cat "$work/replay" >&2; fail "$1: not the same"; }
    grep -q "The same, bit for bit" "$work/replay" || fail "$1: no verdict"
    cat "$work/replay"
}

# has NAME KIND COUNT
has() {
    "$bin/etalon" ledger list -L "$work/$1" --kind "$2" --json >"$work/listed" &&
        [ "$(wc -l <"$work/listed")" -ge "$3" ]
}

ledger_of() {
    configure "$1" "${upstreams[@]}" "port 0" "ledger $work/$1" "ledgerkey $work/key" \
        "local stratum 10 distance 10"
}

ledger_of several
start several
daemon=$pid
until_true 150 has several effect 5 || fail "no effects"
kill -KILL "$(job "$daemon" keeper)"
until_true 100 has several begin 2 || fail "no second keeper"
until_true 150 has several effect 10 || fail "the second keeper moves nothing"
stop "$daemon"
replays several
grep -q "decisions *2 keepers" "$work/replay" || fail "not two keepers"
for kind in start config process receipt sample journal intent effect verdict association request; do
    has several "$kind" 1 || fail "no entry of kind $kind"
done

ledger_of single
start single --single
until_true 150 has single effect 5 || fail "no effects in one process"
stop "$pid"
replays single

# What is known to be missing is no contradiction, and not silently passed over.
# partly NAME REASON: what can be run again is the same, and not all can.
partly() {
    "$bin/etalon" replay -L "$work/$1" >"$work/replay"
    local code=$?
    [ $code = 6 ] && grep -q "What could be run again is the same; [1-9][0-9]* records could not, because $2" "$work/replay" ||
        { cat "$work/replay" >&2; fail "$1: exit code $code, not 6 ($2)"; }
}

# differs NAME REASON
differs() {
    "$bin/etalon" replay -L "$work/$1" >"$work/replay"
    local code=$?
    [ $code = 1 ] && grep -q "NOT THE SAME: entry [0-9]*: $2" "$work/replay" ||
        { cat "$work/replay" >&2; fail "$1: exit code $code, not 1 ($2)"; }
}

# The recorder is killed, again and again: what it had not written yet is gone. Whether there was
# something of the keeper's is chance, so not before it was so.
lost_of_keeper() {
    [[ $("$bin/etalon" replay -L "$work/killed") == *"because records of the keeper are missing"* ]]
}
ledger_of killed
start killed
daemon=$pid
until_true 150 has killed effect 2 || fail "no effects"
for i in 2 3 4 5 6 7 8; do
    kill -KILL "$(job "$daemon" recorder)"
    until_true 150 has killed start "$i" || fail "no recorder number $i"
    sleep "1.$((i % 10))"
    [ "$i" -lt 4 ] || ! lost_of_keeper || break
done
stop "$daemon"
partly killed "records of the keeper are missing"

# told_together COUNT: so many entries tell of several who asked for the status in one second.
told_together() {
    "$bin/etalon" ledger list -L "$work/turns" --kind request --json >"$work/listed" &&
        [ "$(grep -c '"text":"status, after [1-9][0-9]* others' "$work/listed")" -ge "$1" ]
}

# The same ledger with one configuration after the other, too long for one entry, among them.
turns=0
for order in "0 1 2" "2 0" "1 2 0"; do
    chosen=()
    for i in $order; do chosen+=("${upstreams[$i]}"); done
    configure turns "${chosen[@]}" "port 0" "ledger $work/turns" "ledgerkey $work/key" "local stratum 10 distance 10"
    python3 -c 'for i in range(900): print("#", i, "\"\\\t" * 30)' >>"$work/turns.conf"
    had=$("$bin/etalon" ledger list -L "$work/turns" --kind effect --json 2>/dev/null | wc -l)
    start turns
    until_true 150 has turns effect $((had + 2)) || fail "no effects with $order"
    askers=()
    for i in 1 2 3 4 5 6; do
        "$bin/etalon" status -s "$work/turns.sock" >/dev/null &
        askers+=("$!")
    done
    wait "${askers[@]}"
    turns=$((turns + 1)) # those that came in one second are told together
    until_true 80 told_together "$turns" || fail "the others are not counted with $order"
    until_true 50 has turns effect $((had + 3)) || fail "nothing more with $order"
    stop "$pid"
done
replays turns
has turns config 12 || fail "the configuration is in too few entries"
"$bin/etalon" ledger list -L "$work/turns" --kind request --json >"$work/listed"
grep '"job":"status"' "$work/listed" >"$work/asked"
grep -q "\"uid\":$(id -u),\"process\":[1-9][0-9]*,\"text\":\"status" "$work/asked" || fail "nobody asked for the status"
[ "$(wc -l <"$work/asked")" -le 12 ] || fail "each of 18 requests is recorded"
"$bin/etalon" ledger list -L "$work/turns" --kind process --json >"$work/listed"
for wanted in '"fate":"exited","code":0' '"fate":"killed","code":15' '"fate":"runs","code":0'; do
    grep -q "\"process\":[1-9][0-9]*,.*$wanted" "$work/listed" || fail "no process with $wanted"
done
"$bin/etalon" ledger list -L "$work/killed" --kind process --json >"$work/listed"
grep -q '"name":"recorder",.*"fate":"killed","code":9' "$work/listed" || fail "nobody was killed"
"$bin/etalon" ledger list -L "$work/turns" --kind notice --json >"$work/listed"
grep -q '"job":"parent".*no .leapseclist' "$work/listed" || fail "what was logged before the jobs is missing"
[ "$(grep -c 'no .leapseclist' "$work/listed")" = 3 ] || fail "not once for each start"

# What the holder of the key could write instead.
python3 -c 'import cryptography' 2>/dev/null || { no_violation; skip "the rest needs python3-cryptography"; }
for name in several single; do
    "$bin/etalon" ledger list -L "$work/$name" --json >"$work/entries"
    rm -rf "$work/forged"
    python3 -B "$here/ledger_forge.py" "$work/entries" "$work/forged" || fail "no forgeries"
    for rule in as-it-is lost-by-another; do replays "forged/$rule" >"$work/out"; done
    differs forged/receipt-gone "there is no packet that gave it"
    differs forged/journal-gone "the keeper, run again, does something else"
    partly forged/config-gone "the ledger does not have the configuration"
    partly forged/config-changed "the configuration: .*/$name.conf is not the text whose hash was recorded"
    partly forged/receipt-lost "receipts of packets are missing"
    [ $name = several ] || { partly forged/journal-lost "records of the keeper were lost"; continue; }
    replays forged/receipt-late >"$work/out"
    partly forged/receipt-missing "receipts of packets are missing"
    partly forged/journal-missing "records of the keeper are missing"
done

no_violation
echo "replay: the same decisions from the same inputs"
