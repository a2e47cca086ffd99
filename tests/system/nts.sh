#!/bin/bash
# NTS from end to end on loopback: keys, cookies over a restart, certificates renewed and refused,
# rotation, NAKs, limits. Never is a source with `nts` asked by plain NTP.
source "$(dirname "$0")/lib.sh"

command -v openssl >/dev/null || skip "openssl is not installed"
ntp=$(free_port) ke=$(free_port)

# certificate NAME DAYS SUBJECT-ALTERNATIVE-NAME: $work/NAME.pem and .key, signed by the test's CA
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key.new" \
        -out "$work/csr" -subj "/CN=$1" 2>/dev/null &&
        openssl x509 -req -in "$work/csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
            -CAcreateserial -days "$2" -out "$work/$1.pem.new" \
            -extfile <(echo "subjectAltName=$3") 2>/dev/null &&
        mv "$work/$1.key.new" "$work/$1.key" && mv "$work/$1.pem.new" "$work/$1.pem" ||
        fail "no certificate for $1"
}

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

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" \
    -out "$work/ca.pem" -days 7000 -subj "/CN=Test CA" 2>/dev/null || fail "no CA"
certificate server 6000 "DNS:localhost,IP:127.0.0.1"
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

# client DIRECTIVE...: the client, polling every half second
client() {
    configure client "server 127.0.0.1 nts ntsport $ke iburst minpoll -1 maxpoll -1" "port 0" \
        nosystemcert "ntstrustedcerts $work/ca.pem" "$@"
    start client
    client=$pid
}

# json DAEMON COMMAND EXPRESSION: of `etalon COMMAND --json`, as d
json() {
    "$bin/etalon" "$2" --json -s "$work/$1.sock" 2>/dev/null |
        python3 -c "import json, sys; d = json.load(sys.stdin); print($3)"
}

# holds DAEMON COMMAND EXPRESSION
holds() {
    [ "$(json "$1" "$2" "bool($3)")" = True ]
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

one_source='d[0]["nts"] if isinstance(d, list) else d["sources"][0]["nts"]'

# --- keys are established, the source is used, everything is kept ---
serve server "ntsdumpdir $work/kept"
client "ntsdumpdir $work/cookies"
until_true 100 selected || fail "the source is not selected"
logged client "keys established, 8 cookies" || fail "no keys"
until_true 30 holds server status "d['nts']['replies'] >= 3" || fail "no authenticated replies"
holds client sources "($one_source)['cookies'] >= 7" || fail "cookies are not renewed"
only_nts "first run"
[ "$(head -1 "$work/kept/ntskeys")" = NKS1 ] || fail "no ntskeys"
for file in "$work/kept/ntskeys" "$work"/cookies/*.nts; do
    [ "$(stat -c %a "$file")" = 600 ] || fail "$file can be read by others"
done

# --- cookies serve after a restart, without a new key establishment ---
stop "$client"
client "ntsdumpdir $work/cookies"
logged client "cookies of the last run" || fail "no cookies were kept"
until_true 100 selected || fail "the source is not selected with the cookies that were kept"
holds client sources "($one_source)['establishments'] == 0" || fail "keys were established again"

# --- a new certificate, served without a restart of anything else ---
before=$(served_serial)
jobs_before="$(job "$server" keeper) $(job "$server" server) $(job "$server" status)"
certificate server 6000 "DNS:localhost,IP:127.0.0.1"
kill -HUP "$server"
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
holds client sources "($one_source)['naks'] == 0" || fail "keys were lost with the certificate"

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
"$here/nts_clients.py" hold "$ke" 6 $(many 30 9) >"$work/hold.txt"
[ "$(sed -n 's/held //p' "$work/hold.txt")" = 16 ] || fail "one address: $(cat "$work/hold.txt")"
[ "$(sed -n 's/done //p' "$work/hold.txt")" = 0 ] || fail "no end: $(cat "$work/hold.txt")"
until_true 30 holds server status \
    "d['nts']['connections_refused'] >= 14 and d['nts']['drops']['STALE'] >= 16" ||
    fail "slow connections are not counted"
stop "$server"
stop "$client"

# --- rotation, and a table that is full of slow connections ---
serve server "ntsrotate 2" "maxntsconnections 12"
# shellcheck disable=SC2046
"$here/nts_clients.py" hold "$ke" 4 $(many 4 11) $(many 4 12) $(many 4 13) $(many 4 14) \
    >"$work/full.txt" &
full=$!
sleep 1.5
client
until_true 40 logged client "keys established" || fail "slow connections keep others out"
wait $full
grep -q "held 12" "$work/full.txt" || fail "more places than there may be: $(cat "$work/full.txt")"
until_true 150 holds server status "d['nts']['rotations'] >= 4" || fail "keys do not rotate"
until_true 50 holds client sources "($one_source)['cookies'] >= 7 and ($one_source)['naks'] == 0" ||
    fail "rotation lost the client"
stop "$client"
stop "$server"

# --- a fleet: keys are established with one host, time is asked of another one ---
printf '%d %064d\n' "$(($(date +%s) / 60 - 1000))" 7 >"$work/secret"
serve server "ntsrotate 60" "ntsfleetsecret $work/secret" "bindaddress ::1"
front_ke=$(free_port)
configure front local "bindaddress 127.0.0.1" "port $ntp" "ntsport $front_ke" \
    "ntsntpserver localhost" "ntsservercert $work/server.pem" "ntsserverkey $work/server.key" \
    "ntsrotate 60" "ntsfleetsecret $work/secret"
start front
front=$pid
configure client "server 127.0.0.1 nts ntsport $front_ke iburst minpoll -1 maxpoll -1" "port 0" \
    nosystemcert "ntstrustedcerts $work/ca.pem"
start client
client=$pid
until_true 150 selected || fail "the fleet gives no time"
logged client "localhost: using" || fail "the server's name was not looked up"
holds front status "d['nts']['served'] >= 1 and d['requests']['received'] == 0" || fail "front end"
holds server status "d['nts']['served'] == 0 and d['nts']['replies'] >= 1" || fail "fleet's server"
stop "$client"
stop "$front"
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
    holds server status "d['requests']['received'] == 0" || fail "$name: asked without keys"
    stop "$client"
    stop "$server"
done

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
echo "NTS: keys, restart, certificates, NAK, limits, rotation, fleet, one process"
