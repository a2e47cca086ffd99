#!/bin/bash
# NTS from end to end on loopback: keys, cookies over a restart, certificates renewed and refused,
# rotation, NAKs, limits. Never is a source with `nts` asked by plain NTP.
source "$(dirname "$0")/lib.sh"

source "$here/lib_nts.sh"

ntp=$(free_port) ke=$(free_port)

# $work/expired.pem and .key, which ended in 2011
expired_certificate() {
    certificate expired 6000 "DNS:localhost,IP:127.0.0.1"
    : >"$work/index"
    printf '%s\n' "[ca]" "default_ca=x" "[x]" "database=$work/index" "rand_serial=yes" \
        "new_certs_dir=$work" "default_md=sha256" "policy=p" "[p]" "commonName=supplied" \
        "[e]" "subjectAltName=DNS:localhost,IP:127.0.0.1" >"$work/ca.conf"
    openssl ca -batch -config "$work/ca.conf" -cert "$work/ca.pem" -keyfile "$work/ca.key" \
        -startdate 20100101000000Z -enddate 20110101000000Z -extensions e -in "$work/csr" \
        -notext -out "$work/expired.pem" 2>/dev/null || fail "no expired certificate"
}

certificate other 6000 "DNS:other.example"
expired_certificate
mkdir "$work/kept" "$work/cookies"

# serve CERTIFICATE DIRECTIVE...: the server, on the ports of all tests
serve() {
    local name=$1
    shift
    configure server local "bindaddress 127.0.0.1" "port $ntp" "allow 127.0.0.0/8" \
        "ntsport $ke" "ntsservercert $work/$name.pem" "ntsserverkey $work/$name.key" "$@"
    start server
    server=$pid
}

# client DIRECTIVE...: the client, polling four times a second
client() {
    configure client "server 127.0.0.1 nts ntsport $ke iburst minpoll -2 maxpoll -2" "port 0" \
        nosystemcert "ntstrustedcerts $work/ca.pem" "$@"
    start client
    client=$pid
}

selected() {
    "$bin/etalon" sources -s "$work/client.sock"
}

served_serial() {
    openssl s_client -connect "127.0.0.1:$ke" -alpn ntske/1 </dev/null 2>/dev/null |
        openssl x509 -noout -serial 2>/dev/null
}

only_nts() {
    until_true 30 holds server status "d['requests']['received'] == d['nts']['requests']" ||
        fail "$1: a source with nts was asked by plain NTP"
}

# --- keys are established, the source is used, everything is kept ---
serve server "ntsdumpdir $work/kept"
client "ntsdumpdir $work/cookies"
until_true 100 selected || fail "the source is not selected"
logged client "keys established, 8 cookies" || fail "no keys"
until_true 30 holds server status "d['nts']['replies'] >= 3" || fail "no authenticated replies"
until_true 20 holds client sources "($one_source)['cookies'] >= 7" || fail "cookies are not renewed"
only_nts "first run"
until_true 20 test -s "$work/kept/ntskeys" || fail "no keys are kept"
until_true 20 compgen -G "$work/cookies/*.nts" || fail "no cookies are kept"
[ "$(head -1 "$work/kept/ntskeys")" = NKS1 ] || fail "no ntskeys"
for file in "$work/kept/ntskeys" "$work"/cookies/*.nts; do
    [ "$(stat -c %a "$file")" = 600 ] || fail "$file can be read by others"
done

# --- cookies serve after a restart, without a new key establishment ---
stop "$client"
client "ntsdumpdir $work/cookies"
logged client "cookies of the last run" || fail "no cookies were kept"
until_true 100 selected || fail "the source is not selected with the cookies that were kept"
until_true 20 holds client sources "($one_source)['establishments'] == 0" ||
    fail "keys were established again"

# --- a new certificate, served without a restart of anything else ---
before=$(served_serial)
jobs_before="$(job "$server" keeper) $(job "$server" server) $(job "$server" status)"
certificate server 6000 "DNS:localhost,IP:127.0.0.1" # and nobody tells the daemon
renewed() {
    local now
    now=$(served_serial)
    [ -n "$now" ] && [ "$now" != "$before" ]
}
until_true 100 renewed || fail "the old certificate is still served"
[ "$jobs_before" = "$(job "$server" keeper) $(job "$server" server) $(job "$server" status)" ] ||
    fail "other jobs were restarted"
before=$(served_serial)
cp "$work/server.pem" "$work/good.pem"
echo "no certificate" >"$work/server.pem"
kill -HUP "$server"
until_true 50 logged server "going on with the old one" || fail "the bad certificate was not refused"
[ "$(served_serial)" = "$before" ] || fail "the old certificate is not served any more"
cp "$work/good.pem" "$work/server.pem"
kill -HUP "$server"
until_true 20 holds client sources "($one_source)['naks'] == 0" ||
    fail "keys were lost with the certificate"

# --- the server has lost its keys: NAK, then new ones are established ---
stop "$server"
rm "$work/kept/ntskeys"
serve server "ntsdumpdir $work/kept"
recovered() {
    holds client sources "($one_source)['naks'] >= 1 and ($one_source)['establishments'] >= 1" &&
        holds server status "d['nts']['replies'] >= 2"
}
until_true 200 recovered || fail "no recovery from erased keys"
only_nts "after NAKs"

# --- connections that only hold places: each address has few, and all of them keep nobody out ---
many() {
    yes "127.0.0.$2" | head -n "$1"
}
# shellcheck disable=SC2046
"$here/nts_clients.py" hold "$ke" 20 $(many 30 9) >"$work/hold.txt"
[ "$(sed -n 's/held //p' "$work/hold.txt")" = 16 ] || fail "one address: $(cat "$work/hold.txt")"
[ "$(sed -n 's/done //p' "$work/hold.txt")" = 0 ] || fail "no end: $(cat "$work/hold.txt")"
until_true 30 holds server status \
    "d['nts']['connections_refused'] >= 14 and d['nts']['drops']['STALE'] >= 16" ||
    fail "slow connections are not counted"
"$here/nts_clients.py" drip "$ke" 20 127.0.0.8 127.0.0.8 >"$work/drip.txt"
[ "$(sed -n 's/done //p' "$work/drip.txt")" = 0 ] || fail "a byte at a time: $(cat "$work/drip.txt")"

# --- another TLS, another protocol, no TLS: no connection, each of them counted ---
negotiated() { # OPTION...
    openssl s_client -connect "127.0.0.1:$ke" -CAfile "$work/ca.pem" "$@" </dev/null 2>&1 |
        grep -q "ALPN protocol: ntske/1"
}
negotiated -alpn ntske/1 || fail "TLS 1.3 with the right ALPN is refused"
! negotiated -alpn ntske/1 -tls1_2 || fail "TLS 1.2 is accepted"
! negotiated -alpn h2 || fail "another ALPN is accepted"
! openssl s_client -connect "127.0.0.1:$ke" </dev/null >"$work/none.txt" 2>&1 ||
    fail "no ALPN is accepted"
printf 'GET / HTTP/1.0\r\n\r\n' | timeout 5 python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(sys.stdin.buffer.read())
while s.recv(100): pass' "$ke" || fail "HTTP is not ended"
until_true 30 holds server status \
    "d['nts']['drops']['NEGOTIATION'] == 3 and d['nts']['drops']['TLS'] >= 1" ||
    fail "what is not negotiated is not counted: $(json server status "d['nts']['drops']")"
stop "$server"
stop "$client"

# --- rotation, and a table that is full of slow connections ---
# A cookie serves for one to two rotations, and is used after seven others, at four a second.
serve server "ntsrotate 4" "maxntsconnections 12"
# shellcheck disable=SC2046
"$here/nts_clients.py" hold "$ke" 20 $(many 4 11) $(many 4 12) $(many 4 13) $(many 4 14) \
    >"$work/full.txt" &
full=$!
until_true 50 grep -q held "$work/full.txt" || fail "no slow connections"
sleep 1 # that long nobody has to give way
client
within 40 logged client "keys established" || fail "slow connections keep others out"
wait $full
grep -q "held 12" "$work/full.txt" || fail "more places than there may be: $(cat "$work/full.txt")"
until_true 200 holds server status "d['nts']['rotations'] >= 3" || fail "keys do not rotate"
until_true 50 holds client sources "($one_source)['cookies'] >= 7 and ($one_source)['naks'] == 0" ||
    fail "rotation lost the client"
stop "$client"
stop "$server"

# --- certificates that are refused ---
for name in other expired; do
    serve "$name"
    client
    until_true 50 logged client "gives no keys: " || fail "$name: not refused"
    case $name in
    other) logged client "gives no keys: .*127\.0\.0\.1" || fail "the reason does not name the host" ;;
    expired) logged client "gives no keys: .*\(expired\|ended\|until\|valid\)" || fail "no reason" ;;
    esac
    until_true 30 holds client sources "($one_source)['last_refusal'] == 'CERTIFICATE'" ||
        fail "$name: no reason in sources"
    sleep 1
    until_true 20 holds server status "d['requests']['received'] == 0" || fail "$name: asked without keys"
    stop "$client"
    stop "$server"
done

# --- servers that speak something else, or cut off in the middle ---
# stranger NAME OPTION...: not our server; the client says what is wrong with it
stranger() {
    local words=$1
    shift
    openssl s_server -accept "127.0.0.1:$ke" -cert "$work/server.pem" -key "$work/server.key" -www \
        "$@" >/dev/null 2>&1 </dev/null &
    local stranger=$!
    daemons+=("$stranger")
    until_true 50 bash -c "exec 3<>/dev/tcp/127.0.0.1/$ke" || fail "no stranger on TCP $ke"
    client
    until_true 60 logged client "gives no keys: .*$words" || fail "nobody says \"$words\""
    stop "$client"
    kill "$stranger"
    wait "$stranger" 2>/dev/null
}
stranger "protocol version" -tls1_2 -alpn ntske/1
stranger "ALPN" -tls1_3
stranger "alert 120" -tls1_3 -alpn h2

# --- all of it in one process ---
configure server local "bindaddress 127.0.0.1" "port $ntp" "allow 127.0.0.0/8" "ntsport $ke" \
    "ntsservercert $work/server.pem" "ntsserverkey $work/server.key"
start server --single
server=$pid
configure client "server 127.0.0.1 nts ntsport $ke iburst minpoll -1 maxpoll -1" "port 0" \
    nosystemcert "ntstrustedcerts $work/ca.pem"
start client --single
client=$pid
until_true 100 selected || fail "not selected in one process"
stop "$client"
stop "$server"
no_violation
echo "NTS: keys, restart, certificates, NAK, limits, rotation, one process"
