#!/bin/bash
# A monitor that nobody asked: it follows logs from outside, holds two mirrors and the witnesses
# against each other, and keeps evidence of what does not fit.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/witness_lib.bash"

log_key a example.org/a
log_key b example.org/b
log_key other example.org/a
witness_key w1
witness_key w2
port1=$(free_port) port2=$(free_port)
logs=(--log "$(cat a.logvkey)" --log "$(cat b.logvkey)")
start_witness w1 "127.0.0.1:$port1" "${logs[@]}" && w1=$pid
start_witness w2 "127.0.0.1:$port2" "${logs[@]}" && w2=$pid
cat >policy <<END
log $(cat a.logvkey)
log $(cat b.logvkey)
witness one $(cat w1.vkey) http://127.0.0.1:$port1
witness two $(cat w2.vkey) http://127.0.0.1:$port2
group both all one two
quorum both
END
follow=("$witness" follow --policy policy --timeout 10)

# Alone: only the log's key is known.
grow a a 300
expect 0 "$witness" follow a --state alone --log "$(cat a.logvkey)"
grow a a 900
expect 0 "$witness" follow a --state alone --log "$(cat a.logvkey)"
grep -q "size 900, consistent" last.log || fail "growth is not told"
expect 5 "$witness" follow a --state mistaken --log "$(cat other.logvkey)"
found mistaken signature
expect 2 "$witness" follow a --state alone
expect 2 "$witness" follow nowhere --state alone --policy policy
expect 3 "$witness" follow http://127.0.0.1:1 --state alone --policy policy

# With witnesses: nobody has cosigned, then both have, over HTTP too, and two logs at once.
expect 1 "${follow[@]}" a --state s
grow b b 5
expect 0 "$witness" submit --ledger a --policy policy
expect 0 "$witness" submit --ledger b --policy policy
expect 0 "${follow[@]}" a b --state s
grep -q "size 900 was seen by enough witnesses by 20" last.log || fail "no time is proven"
port=$(free_port)
python3 -m http.server -d a/public -b 127.0.0.1 "$port" >http.log 2>&1 &
daemons+=($!)
until_true 50 python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" ||
    fail "no HTTP server"
expect 0 "${follow[@]}" "http://127.0.0.1:$port" --state s

# Cosignatures that are published beside the log count also when a witness is away.
stop "$w2"
expect 1 "${follow[@]}" a --state s
mkdir -p a/public/cosigned
cp a/inbox/cosigned a/public/cosigned/900
expect 0 "${follow[@]}" a --state s
start_witness w2 "127.0.0.1:$port2" "${logs[@]}" && w2=$pid

# Two mirrors of one log that show different trees.
grow split a 900 700
expect 5 "${follow[@]}" a split --state mirrors
found mirrors split-view
expect 5 "$witness" check "$(ls -1 mirrors/*.split | head -1)" --log "$(cat a.logvkey)"
grow forked a 950 700
expect 5 "${follow[@]}" a forked --state forks
found forks fork
# What the witnesses have seen tells it as well, to one who sees the log for the first time.
expect 5 "${follow[@]}" split --state first1
found first1 split-view
expect 5 "${follow[@]}" forked --state first2
found first2 fork

# Set back: the memory knows, and without one the witnesses do.
grow back a 400
expect 5 "${follow[@]}" back --state s
found s smaller
expect 5 "${follow[@]}" back --state first3
found first3 witness-ahead

# Tiles that do not belong to the checkpoint; a checkpoint that was tampered with.
cp -r a torn
printf 'x%.0s' {1..4224} >torn/public/tile/0/003.p/132
expect 5 "$witness" follow torn --state first4 --log "$(cat a.logvkey)"
found first4 fork
cp -r a tampered
sed -i '2s/900/901/' tampered/public/checkpoint
expect 5 "${follow[@]}" tampered --state s2
found s2 signature
cp -r a missing
rm -r missing/public/tile/0
expect 3 "$witness" follow missing --state first5 --log "$(cat a.logvkey)"

# A memory that was damaged is no first look, and a new key of the log does not excuse it from its
# history: what was seen under the former one still counts.
log_key a2 example.org/a
grow turned a 500
expect 0 "$witness" follow turned --state held --log "$(cat a.logvkey)"
cp -r held emptied
for file in emptied/last-*; do : >"$file"; done
grow turned a2 600
grow set-back a2 300 100
grow fork2 a2 700 100
expect 5 "$witness" follow set-back --state held --log "$(cat a2.logvkey)"
found held smaller
expect 5 "$witness" follow fork2 --state held --log "$(cat a2.logvkey)"
found held fork
expect 0 "$witness" follow turned --state held --log "$(cat a2.logvkey)"
grep -q "size 600, consistent" last.log || fail "a new key is not taken"
grep -q "$(cut -d+ -f1 a2.logvkey)" held/last-* && [ "$(sed -n 2p held/last-*)" = 600 ] ||
    fail "the checkpoint under the new key is not remembered"
for place in set-back turned; do
    expect 4 "$witness" follow $place --state emptied --log "$(cat a2.logvkey)"
    grep -q "emptied/last-.*must not go on: restore the file" last.log || fail "the damage is not told"
done
cp -r a damaged
for file in damaged/inbox/last-*; do echo >>"$file"; done
expect 4 "$witness" submit --ledger damaged --policy policy
grep -q "must not go on" last.log || fail "submit does not tell the damage"
rm emptied/last-*
expect 0 "$witness" follow turned --state emptied --log "$(cat a2.logvkey)"

# A client of strangers' servers reads what it must and no more.
if ! sanitized && grep -q "sandbox: landlock" last.log; then
    grow linked a 900
    mv linked/public/checkpoint linked/elsewhere
    ln -s ../elsewhere linked/public/checkpoint
    expect 3 "$witness" follow linked --state linked.state --log "$(cat a.logvkey)"
    grep -q "Permission denied" last.log || fail "it reads what it was not given"
    expect 3 "$witness" submit --ledger linked --policy policy
    grep -q "Permission denied" last.log || fail "submit reads what it was not given"
fi

# Nothing new for too long, while it goes on looking until told to stop.
"${follow[@]}" a --state s3 --every 0.3 --stall 2 >stall.log 2>&1 &
follower=$!
daemons+=("$follower")
until_true 30 compgen -G 's3/last-*' || fail "it does not begin"
until_true 60 compgen -G 's3/stall-*.json' || fail "a stall is not noticed"
found s3 stall
kill -TERM "$follower"
until_true 50 gone "$follower" || fail "it does not end"
wait "$follower"
[ $? = 5 ] || fail "it forgets at the end what it found"
stop "$w1"
stop "$w2"
no_violation
