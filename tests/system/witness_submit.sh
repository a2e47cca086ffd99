#!/bin/bash
# Two logs and three witnesses (IPv4, IPv6, HTTPS): cosignatures come in, some witnesses are down,
# slow or lie, and a log that rewrites its history is caught.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/witness_lib.bash"

log_key a example.org/a
log_key b example.org/b
for name in w1 w2 w3; do witness_key $name; done
openssl req -x509 -newkey ed25519 -nodes -days 2 -subj /CN=localhost -keyout tls.key -out tls.pem \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 >/dev/null 2>&1 || fail "certificate"
port1=$(free_port) port2=$(free_port) port3=$(free_port)
logs=(--log "$(cat a.logvkey)" --log "$(cat b.logvkey)")
address2="[::1]:$port2"
python3 -c 'import socket; socket.create_server(("::1", 0), family=socket.AF_INET6)' 2>/dev/null ||
    address2=127.0.0.1:$port2
start_witness w1 "127.0.0.1:$port1" "${logs[@]}" && w1=$pid
start_witness w2 "$address2" "${logs[@]}" && w2=$pid
start_witness w3 "127.0.0.1:$port3" "${logs[@]}" --tls-cert tls.pem --tls-key tls.key && w3=$pid
cat >policy <<END
# Two of three is enough.
witness one   $(cat w1.vkey) http://127.0.0.1:$port1
witness two   $(cat w2.vkey) http://$address2/
witness three $(cat w3.vkey) https://localhost:$port3
group enough 2 one two three
quorum enough
END
vkeys=("$(cat w1.vkey)" "$(cat w2.vkey)" "$(cat w3.vkey)")
submit=("$witness" submit --policy policy --cacert tls.pem --timeout 10)

# cosigned NAME SIZE NUMBER: the inbox holds that checkpoint, so many have cosigned it.
cosigned() {
    holds "$1/inbox" "$2" || fail "$1: size $2 is not there"
    python3 "$here/witness_ask.py" cosigned "$1/inbox/cosigned" "$1.logkey" "$3" "${vkeys[@]}" ||
        fail "$1: size $2 is not cosigned by $3"
}

# holds INBOX SIZE: what came back last is of that size.
holds() {
    [ "$(sed -n 2p "$1/cosigned")" = "$2" ]
}

grow a a 1
expect 0 "${submit[@]}" --ledger a
cosigned a 1 3
for size in 255 257 70000; do
    grow a a $size
    expect 0 "${submit[@]}" --ledger a
    cosigned a $size 3
done
grow b b 300
expect 0 "${submit[@]}" --ledger b
cosigned b 300 3
expect 0 "${submit[@]}" --ledger b
rm b/inbox/witnesses-*
grow b b 301
expect 0 "${submit[@]}" --ledger b
cosigned b 301 3
grow b b 302
expect 0 "$witness" submit --policy policy --ledger b --timeout 10
cosigned b 302 2
grep -q "three: later.*certificate" last.log || fail "an unknown certificate is taken"

# The same over HTTP, from a log elsewhere.
cp policy policy.b
echo "log $(cat b.logvkey)" >>policy.b
port=$(free_port)
python3 -m http.server -d b/public -b 127.0.0.1 "$port" >http.log 2>&1 &
daemons+=($!)
until_true 50 python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" ||
    fail "no HTTP server"
expect 2 "$witness" submit --policy policy.b --url "http://127.0.0.1:$port"
expect 0 "$witness" submit --policy policy.b --url "http://127.0.0.1:$port/" --state far
holds far 302 || fail "nothing came from the URL"
expect 3 "$witness" submit --policy policy.b --url "http://127.0.0.1:$port/none" --state far

# One witness down: two are enough. Two down: one is not.
stop "$w3"
grow a a 70001
expect 0 "${submit[@]}" --ledger a
cosigned a 70001 2
stop "$w2"
grow a a 70002
expect 1 "${submit[@]}" --ledger a
! holds a/inbox 70002 || fail "one cosignature passes for enough"
start_witness w2 "$address2" "${logs[@]}" && w2=$pid
expect 0 "${submit[@]}" --ledger a
cosigned a 70002 2

# A witness that lies, and one that never answers, in the place of the third.
port4=$(free_port) port5=$(free_port)
witness_key liar
witness_key hang
VKEY=$(cat liar.vkey) python3 "$here/witness_ask.py" liar "$port4" >liar.log 2>&1 &
daemons+=($!)
python3 "$here/witness_ask.py" hang "$port5" >hang.log 2>&1 &
daemons+=($!)
sed "s/^witness three.*/witness three $(cat liar.vkey | sed 's,/,\\/,g') http:\/\/127.0.0.1:$port4/" policy >policy.liar
sed "s/^witness three.*/witness three $(cat hang.vkey | sed 's,/,\\/,g') http:\/\/127.0.0.1:$port5/" policy >policy.hang
until_true 50 python3 -c "import socket; socket.create_connection(('127.0.0.1', $port4))" || fail liar
grow a a 70003
expect 5 "$witness" submit --policy policy.liar --ledger a
cosigned a 70003 2
found a/inbox signature
grow a a 70004
"$witness" submit --policy policy.hang --ledger a --timeout 8 >slow.log 2>&1 &
slow=$!
daemons+=("$slow")
within 70 holds a/inbox 70004 || fail "a witness that does not answer holds up the others"
! gone "$slow" || fail "the silent witness was not waited for at all"
wait "$slow" || fail "the quorum was met, and yet it fails"

# Silence for an hour is a finding: what is remembered says since when.
sed -i '/hang/s/ [0-9]*$/ 1000/' a/inbox/witnesses-*
grep -q 'hang .* 1000$' a/inbox/witnesses-* || fail "the witnesses are remembered otherwise"
expect 5 "$witness" submit --policy policy.hang --ledger a --timeout 2
found a/inbox stall

# Set back: the log's own memory knows, and so do the witnesses.
cp -r a set-back
grow set-back a 70000
expect 5 "${submit[@]}" --ledger set-back
found set-back/inbox smaller
rm -r set-back/inbox
expect 5 "${submit[@]}" --ledger set-back
found set-back/inbox witness-ahead

# Two histories: the same size with another root, then more on top of it.
mkdir forked
grow forked a 70004 60000
expect 5 "${submit[@]}" --ledger forked
found forked/inbox split-view
expect 5 "$witness" check "$(ls -1 forked/inbox/*.split | head -1)" --log "$(cat a.logvkey)"
found w1.state/evidence split-view
rm -r forked/inbox
grow forked a 70010 60000
expect 5 "${submit[@]}" --ledger forked
found forked/inbox fork
[ -z "$(find forked/inbox set-back/inbox -name cosigned)" ] || fail "a false history was cosigned"
grow a a 70020
expect 0 "${submit[@]}" --ledger a
cosigned a 70020 2

# Going on until told to stop, with a log that grows.
"${submit[@]}" --ledger a --every 0.3 >every.log 2>&1 &
every=$!
daemons+=("$every")
grow a a 70021
until_true 50 holds a/inbox 70021 || fail "the next checkpoint is not taken"
stop "$every"

# Mistakes are explained.
expect 2 "${submit[@]}" --ledger nowhere
expect 2 "$witness" submit --policy nowhere --ledger a
printf 'witness one %s\nquorum two\n' "$(cat w1.vkey)" >policy.bad
expect 2 "$witness" submit --policy policy.bad --ledger a
grep -q "policy.bad:2:" last.log || fail "the error has no line"
stop "$w1"
stop "$w2"
no_violation
